package io.bantam.runtime.kernel;

import io.bantam.runtime.format.FloatTensor;
import io.bantam.runtime.format.ModelTensor;
import io.bantam.runtime.format.PackLayout;
import io.bantam.runtime.format.PackedTensor;
import io.bantam.runtime.format.Scheme;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The weights of a linear or an embedding, in the form that the kernels read; immutable.
 *
 * <p>Quantized weights keep their bits: signs stay one bit, ternary digits become two bit planes, 4 and 8 bits become signed
 * halves and bytes, other widths stay the packed stream. Codes of asymmetric weights are moved by 2^(k-1) to become signed, and
 * their zeros with them, so {@code weight = scale * code + zero} holds with codes from -2^(k-1).
 */
public final class WeightMatrix {
    private enum Form {
        FLOATS,
        SIGNS,
        TRITS,
        NIBBLES,
        BYTES,
        STREAM
    }

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final Kernels kernels;
    private final Form form;
    private final int rows;
    private final int columns;
    /** Elements of the array in use from one row to the next. */
    private final int stride;

    private final float[] floats;
    private final long[] words;
    private final long[] minusWords;
    private final byte[] bytes;
    private final PackLayout layout;

    private final int groupsPerRow;
    private final boolean oneGroup;
    private final float[] scales;
    private final float[] zeros;
    private final float[] codeSums;

    private WeightMatrix(Kernels kernels, FloatTensor tensor) {
        this.kernels = kernels;
        this.form = Form.FLOATS;
        this.rows = tensor.shape().get(0);
        this.columns = tensor.shape().get(1);
        this.stride = columns;
        this.floats = tensor.values();
        this.words = null;
        this.minusWords = null;
        this.bytes = null;
        this.layout = null;
        this.groupsPerRow = 1;
        this.oneGroup = true;
        this.scales = null;
        this.zeros = null;
        this.codeSums = null;
    }

    private WeightMatrix(Kernels kernels, PackedTensor tensor, boolean needsCodeSums) {
        this.kernels = kernels;
        this.rows = tensor.rows();
        this.columns = tensor.columns();
        this.layout = tensor.layout();
        this.groupsPerRow = tensor.groupsPerRow();
        this.oneGroup = tensor.group() == 0;
        this.scales = tensor.scales();
        this.floats = null;
        this.form = form(kernels, tensor);
        int wordsPerRow = Math.ceilDiv(columns, Long.SIZE);
        this.words = form == Form.SIGNS || form == Form.TRITS ? new long[Math.multiplyExact(rows, wordsPerRow)] : null;
        this.minusWords = form == Form.TRITS ? new long[words.length] : null;
        this.stride = switch (form) {
            case SIGNS, TRITS -> wordsPerRow;
            case NIBBLES -> columns / 2;
            case BYTES -> columns;
            default -> layout.rowBytes(columns);
        };
        this.bytes = switch (form) {
            case NIBBLES, BYTES -> new byte[Math.multiplyExact(rows, stride)];
            // Eight bytes more, so that unpacking may read whole words.
            case STREAM -> Arrays.copyOf(tensor.codes(), tensor.codes().length + Long.BYTES);
            default -> null;
        };
        this.zeros = signedZeros(tensor);
        this.codeSums = needsCodeSums ? new float[Math.multiplyExact(rows, groupsPerRow)] : null;
        fill(tensor);
    }

    /**
     * Takes a tensor of a model; the arrays of float tensors are shared, not copied.
     *
     * @param integerProducts whether it will be multiplied with asymmetric integer activations, which needs sums of codes
     * @throws IllegalArgumentException if it is not a matrix
     */
    public static WeightMatrix of(Kernels kernels, ModelTensor tensor, boolean integerProducts) {
        return switch (tensor) {
            case PackedTensor packed -> new WeightMatrix(kernels, packed, integerProducts);
            case FloatTensor plain when plain.shape().size() == 2 -> new WeightMatrix(kernels, plain);
            case FloatTensor plain -> throw new IllegalArgumentException("no matrix: shape " + plain.shape());
        };
    }

    private static Form form(Kernels kernels, PackedTensor tensor) {
        int groupColumns = tensor.columns() / tensor.groupsPerRow();
        return switch (tensor.scheme()) {
            case BINARY -> Form.SIGNS;
            case TERNARY -> Form.TRITS;
            default ->
                tensor.bits() == 8
                        ? Form.BYTES
                        : tensor.bits() == 4 && groupColumns % kernels.nibbleBlock() == 0 ? Form.NIBBLES : Form.STREAM;
        };
    }

    /** What is added to an asymmetric code to make it signed, negated; 0 for the other schemes. */
    private static int codeShift(PackLayout layout) {
        return layout.scheme() == Scheme.ASYMMETRIC ? 1 << (layout.bits() - 1) : 0;
    }

    private static float[] signedZeros(PackedTensor tensor) {
        if (tensor.scheme() != Scheme.ASYMMETRIC) {
            return null;
        }
        float[] zeros = new float[tensor.zeros().length];
        for (int i = 0; i < zeros.length; i++) {
            zeros[i] = (float) (tensor.zeros()[i] + (double) codeShift(tensor.layout()) * tensor.scales()[i]);
        }
        return zeros;
    }

    private void fill(PackedTensor tensor) {
        int rowBytes = layout.rowBytes(columns);
        int shift = codeShift(layout);
        int[] codes = new int[columns];
        int groupColumns = columns / groupsPerRow;
        for (int row = 0; row < rows; row++) {
            layout.unpackRow(tensor.codes(), row * rowBytes, columns, codes, 0);
            for (int k = 0; k < columns; k++) {
                int code = codes[k] - shift;
                switch (form) {
                    case SIGNS, TRITS -> {
                        if (code > 0) {
                            words[row * stride + (k >> 6)] |= 1L << k;
                        } else if (code < 0 && form == Form.TRITS) {
                            minusWords[row * stride + (k >> 6)] |= 1L << k;
                        }
                    }
                    case NIBBLES -> {
                        int half = kernels.nibbleBlock() / 2;
                        int inBlock = k % (2 * half);
                        int at = row * stride + k / (2 * half) * half + inBlock % half;
                        bytes[at] |= (byte) (inBlock < half ? code & 15 : code << 4);
                    }
                    case BYTES -> bytes[row * stride + k] = (byte) code;
                    default -> {}
                }
                if (codeSums != null) {
                    codeSums[row * groupsPerRow + k / groupColumns] += code;
                }
            }
        }
    }

    /** Output rows, or words of an embedding. */
    public int rows() {
        return rows;
    }

    /** Input columns, or features of an embedding. */
    public int columns() {
        return columns;
    }

    /** Whether these are codes with scales, not plain floats. */
    public boolean quantized() {
        return form != Form.FLOATS;
    }

    /** Groups of each row with a scale of their own. */
    public int groupsPerRow() {
        return groupsPerRow;
    }

    /** Whether weights have zeros beside their scales. */
    public boolean hasZeros() {
        return zeros != null;
    }

    /** The largest absolute value of a code. */
    public int largestCode() {
        return form == Form.SIGNS || form == Form.TRITS ? 1 : 1 << (layout.bits() - 1);
    }

    /**
     * Adds products to one token's outputs where each row has one group and no zeros: {@code out[firstRow + r] = bias + scale *
     * (weightScale * sums[r])}.
     *
     * @param bias one per row, or null for none
     */
    public void scaleRows(int firstRow, int rowCount, float[] sums, float scale, float[] bias, float[] out) {
        for (int r = 0; r < rowCount; r++) {
            float weightScale = scales[oneGroup ? 0 : firstRow + r];
            out[firstRow + r] = (bias == null ? 0 : bias[firstRow + r]) + scale * (weightScale * sums[r]);
        }
    }

    /** The scale of a group. */
    public float scale(int row, int group) {
        return scales[oneGroup ? 0 : row * groupsPerRow + group];
    }

    /** The zero of a group that belongs to signed codes; 0 where the scheme has none. */
    public float zero(int row, int group) {
        return zeros == null ? 0 : zeros[oneGroup ? 0 : row * groupsPerRow + group];
    }

    /** The sum of a group's codes. */
    public float codeSum(int row, int group) {
        return codeSums[row * groupsPerRow + group];
    }

    /** The plain weights, row-major; null if quantized. */
    public float[] floats() {
        return floats;
    }

    /** Bytes that the weights take in memory. */
    public long memoryBytes() {
        long total = 0;
        total += floats == null ? 0 : 4L * floats.length;
        total += words == null ? 0 : 8L * words.length;
        total += minusWords == null ? 0 : 8L * minusWords.length;
        total += bytes == null ? 0 : bytes.length;
        total += scales == null ? 0 : 4L * scales.length;
        total += zeros == null ? 0 : 4L * zeros.length;
        return total + (codeSums == null ? 0 : 4L * codeSums.length);
    }

    /** Elements that a scratch array for {@link #unpackRow} needs. */
    public static int scratchBytes(int columns) {
        return columns + Long.BYTES;
    }

    /**
     * Writes the signed codes of one row as floats.
     *
     * @param scratch at least {@link #scratchBytes} elements
     */
    public void unpackRow(int row, byte[] scratch, float[] out, int outOffset) {
        int at = row * stride;
        switch (form) {
            case FLOATS -> System.arraycopy(floats, at, out, outOffset, columns);
            case SIGNS -> kernels.unpackSigns(words, at, columns, out, outOffset);
            case TRITS -> kernels.unpackTrits(words, minusWords, at, columns, out, outOffset);
            case BYTES -> kernels.widen(bytes, at, columns, out, outOffset);
            case NIBBLES -> kernels.unpackNibbles(bytes, at, columns, out, outOffset);
            case STREAM -> {
                unpackStream(at, scratch);
                kernels.widen(scratch, 0, columns, out, outOffset);
            }
        }
    }

    /** Spreads a row's codes into signed bytes, eight at a time: eight codes fill exactly {@code bits} bytes of the stream. */
    private void unpackStream(int at, byte[] out) {
        int bits = layout.bits();
        long each = 0x0101010101010101L;
        long mask = each * ((1 << bits) - 1);
        long middle = each << (bits - 1);
        long high = each << 7;
        for (int k = 0; k < columns; k += 8) {
            long eight = Long.expand((long) LONG.get(bytes, at + k / 8 * bits), mask);
            // Byte-wise eight - middle: the set upper bits keep borrows from crossing into the next byte.
            LONG.set(out, k, ((eight | high) - middle) ^ high);
        }
    }

    /** Writes one row of weights: {@code scale * code + zero}. */
    public void row(int row, byte[] scratch, float[] out, int outOffset) {
        unpackRow(row, scratch, out, outOffset);
        if (!quantized()) {
            return;
        }
        int groupColumns = columns / groupsPerRow;
        for (int group = 0; group < groupsPerRow; group++) {
            float scale = scale(row, group);
            float zero = zero(row, group);
            int from = outOffset + group * groupColumns;
            for (int k = from; k < from + groupColumns; k++) {
                out[k] = scale * out[k] + zero;
            }
        }
    }

    /**
     * Multiplies the codes of some rows with a vector, group by group: {@code sums[group * rowCount + r] = sum of code * x}.
     * Plain floats are their own codes, in one group.
     *
     * @param x the vector over all columns
     * @param totals the sums of {@code x} over the columns of each group; used for signs only
     * @param unpacked scratch of at least {@code columns} elements
     * @param scratch at least {@link #scratchBytes} elements
     */
    public void dots(
            int firstRow, int rowCount, float[] x, float[] totals, float[] unpacked, byte[] scratch, float[] sums) {
        int count = columns / groupsPerRow;
        if (form == Form.STREAM) {
            for (int r = 0; r < rowCount; r++) {
                unpackStream((firstRow + r) * stride, scratch);
                for (int group = 0; group < groupsPerRow; group++) {
                    int from = group * count;
                    kernels.byteDots(scratch, from, columns, 1, count, x, from, sums, group * rowCount + r);
                }
            }
            return;
        }
        boolean bits = form == Form.SIGNS || form == Form.TRITS;
        if (bits && groupsPerRow > 1 && count % Long.SIZE != 0) {
            for (int r = 0; r < rowCount; r++) {
                unpackRow(firstRow + r, scratch, unpacked, 0);
                for (int group = 0; group < groupsPerRow; group++) {
                    int from = group * count;
                    kernels.dots(unpacked, from, columns, 1, count, x, from, sums, group * rowCount + r);
                }
            }
            return;
        }
        int at = firstRow * stride;
        for (int group = 0; group < groupsPerRow; group++) {
            int from = group * count;
            int out = group * rowCount;
            switch (form) {
                case FLOATS -> kernels.dots(floats, at, stride, rowCount, columns, x, 0, sums, out);
                case BYTES -> kernels.byteDots(bytes, at + from, stride, rowCount, count, x, from, sums, out);
                case NIBBLES -> kernels.nibbleDots(bytes, at + from / 2, stride, rowCount, count, x, from, sums, out);
                case TRITS ->
                    kernels.tritDots(words, minusWords, at + from / 64, stride, rowCount, count, x, from, sums, out);
                default ->
                    kernels.signDots(words, at + from / 64, stride, rowCount, count, x, from, totals[group], sums, out);
            }
        }
    }
}
