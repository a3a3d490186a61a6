package io.bantam.runtime.kernel;

import io.bantam.runtime.format.PackedTensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Weights as a stream of bits, row by row, as {@link io.bantam.runtime.format.PackLayout} has them: codes of 5, 6 or 7
 * bits, and of 2 to 4 bits in groups that begin within a unit of {@link CodeForm}. A row has to be unpacked before it
 * is used.
 */
public final class StreamedWeights implements RowWeights {
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Kernels kernels;
    private final int rows;
    private final int columns;
    private final int bits;
    private final int rowBytes;
    private final MemorySegment codes;
    private final GroupScales scales;

    StreamedWeights(Kernels kernels, PackedTensor tensor, boolean codeSums) {
        this.kernels = kernels;
        rows = tensor.rows();
        columns = tensor.columns();
        bits = tensor.bits();
        rowBytes = tensor.layout().rowBytes(columns);
        codes = NativeCodes.of(tensor.storedCodes());
        GroupScales plain = GroupScales.byRow(tensor);
        MemorySegment scratch = WeightMatrix.scratch(columns);
        scales = codeSums ? plain.withCodeSums((row, out) -> codes(row, scratch, out, 0)) : plain;
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public int columns() {
        return columns;
    }

    @Override
    public GroupScales scales() {
        return scales;
    }

    @Override
    public void codes(int row, MemorySegment scratch, float[] out, int outOffset) {
        unpack((long) row * rowBytes, scratch);
        kernels.widen(scratch, 0, columns, out, outOffset);
    }

    @Override
    public void row(int row, MemorySegment scratch, float[] out, int outOffset) {
        codes(row, scratch, out, outOffset);
        scales.apply(row, out, outOffset);
    }

    /**
     * Spreads a row's codes into signed bytes, eight at a time: eight codes fill exactly {@code bits} bytes of the
     * stream.
     */
    private void unpack(long at, MemorySegment out) {
        long each = 0x0101010101010101L;
        long mask = each * ((1 << bits) - 1);
        long middle = each << (bits - 1);
        long high = each << 7;
        long lastWord = codes.byteSize() - Long.BYTES;
        for (int k = 0; k < columns; k += 8) {
            long from = at + k / 8 * bits;
            long word = from <= lastWord ? codes.get(LONG, from) : lastBytes(from);
            long eight = Long.expand(word, mask);
            // Byte-wise eight - middle: the set upper bits keep borrows from crossing into the next byte.
            out.set(LONG, k, ((eight | high) - middle) ^ high);
        }
    }

    /** The bytes from somewhere to the end, fewer than eight. */
    private long lastBytes(long from) {
        long word = 0;
        for (long i = codes.byteSize() - 1; i >= from; i--) {
            word = word << 8 | codes.get(ValueLayout.JAVA_BYTE, i) & 0xff;
        }
        return word;
    }

    @Override
    public long memoryBytes() {
        return codes.byteSize() + scales.memoryBytes();
    }
}
