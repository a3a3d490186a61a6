package io.bantam.runtime.kernel;

import io.bantam.runtime.format.CodeLayout;
import io.bantam.runtime.format.PackLayout;
import io.bantam.runtime.format.PackedTensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Weights as signed bytes, row-major: codes of 8 bits, and 1-bit and ternary codes whose groups begin within a unit of
 * {@link CodeForm}.
 */
public final class ByteWeights implements RowWeights {
    private final Kernels kernels;
    private final int rows;
    private final int columns;
    private final MemorySegment codes;
    private final GroupScales scales;

    ByteWeights(Kernels kernels, PackedTensor tensor, boolean codeSums) {
        this.kernels = kernels;
        rows = tensor.rows();
        columns = tensor.columns();
        codes = tensor.codeLayout() == CodeLayout.BYTES ? NativeCodes.of(tensor.storedCodes()) : signedBytes(tensor);
        GroupScales plain = GroupScales.byRow(tensor);
        scales = codeSums
                ? plain.withCodeSums((row, out) -> kernels.widen(codes, (long) row * columns, columns, out, 0))
                : plain;
    }

    private static MemorySegment signedBytes(PackedTensor tensor) {
        int rows = tensor.rows();
        int columns = tensor.columns();
        PackLayout layout = tensor.layout();
        MemorySegment signed = NativeCodes.allocate((long) rows * columns);
        int[] unpacked = new int[columns];
        byte[] row = new byte[columns];
        int shift = GroupScales.codeShift(tensor);
        byte[] packed = new byte[layout.rowBytes(columns)];
        for (int r = 0; r < rows; r++) {
            MemorySegment.copy(
                    tensor.storedCodes(), ValueLayout.JAVA_BYTE, (long) r * packed.length, packed, 0, packed.length);
            layout.unpackRow(packed, 0, columns, unpacked, 0);
            for (int k = 0; k < columns; k++) {
                row[k] = (byte) (unpacked[k] - shift);
            }
            MemorySegment.copy(row, 0, signed, ValueLayout.JAVA_BYTE, (long) r * columns, columns);
        }
        NativeCodes.release(tensor.storedCodes());
        return signed;
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
        kernels.widen(codes, (long) row * columns, columns, out, outOffset);
    }

    @Override
    public void row(int row, MemorySegment scratch, float[] out, int outOffset) {
        codes(row, scratch, out, outOffset);
        scales.apply(row, out, outOffset);
    }

    /**
     * Multiplies the codes of some rows with a vector over some columns: {@code sums[r] = sum over k of code * x[k]}
     * for {@code count} columns k from {@code firstColumn} on.
     *
     * @param x the vector over all columns
     */
    public void dots(int firstRow, int rowCount, int firstColumn, int count, float[] x, float[] sums) {
        long at = (long) firstRow * columns + firstColumn;
        kernels.byteDots(codes, at, columns, rowCount, count, x, firstColumn, sums);
    }

    /** Whether {@link #addEstimates} takes these: one scale a row, and an even number of columns. */
    public boolean estimable() {
        return scales.groupsPerRow() == 1 && columns % 2 == 0;
    }

    /**
     * Multiplies some rows with a rounded vector and adds the products to their outputs. Only if {@link #estimable}.
     *
     * @param rounded as {@link Kernels#roundForBytes} made it
     * @param step of it
     * @param total the sum of its codes
     * @param sums scratch of {@code rowCount} elements
     */
    public void addEstimates(
            int firstRow, int rowCount, short[] rounded, float step, int total, int[] sums, float[] out) {
        kernels.roundedDots(codes, (long) firstRow * columns, columns, rowCount, columns, rounded, sums);
        for (int r = 0; r < rowCount; r++) {
            int row = firstRow + r;
            out[row] += step * (scales.scale(row, 0) * sums[r] + scales.zero(row, 0) * total);
        }
    }

    /** The lengths of all rows of weights, or a little more, computed anew. */
    public RowNorms rowNorms() {
        float[] squares = new float[rows];
        float[] row = new float[columns];
        float[] square = new float[1];
        for (int r = 0; r < rows; r++) {
            codes(r, MemorySegment.NULL, row, 0);
            scales.apply(r, row, 0);
            kernels.dots(row, 0, columns, 1, columns, row, 0, square);
            squares[r] = square[0];
        }
        return RowNorms.ofSquares(squares, rows, scales);
    }

    @Override
    public long memoryBytes() {
        return codes.byteSize() + scales.memoryBytes();
    }
}
