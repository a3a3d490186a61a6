package io.bantam.runtime.kernel;

import io.bantam.runtime.format.CodebookTensor;
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
 * <p>Codes of 1, 2 and 4 bits are kept as tiles, see below; 8 bits become signed bytes; other widths stay the packed stream.
 * Codes of asymmetric weights are moved by 2^(k-1) to become signed, and their zeros with them, so {@code weight = scale * code +
 * zero} holds with codes from -2^(k-1).
 *
 * <h2>Tiles</h2>
 *
 * <p>64 rows together, the last tile filled up with rows of zero bytes. A row is a stream of bits as in the packed file, ternary
 * codes with 2 bits a column: 0, 1, 2 for -1, 0, +1. Byte c of all 64 rows of a tile lies side by side: byte c of row r of tile i
 * is {@code tiles[(i * rowBytes + c) * 64 + 4 * (r % 16) + r / 16]}: when every fourth byte is added up in a 32-bit lane, the lanes
 * are neighbouring rows. Scales, zeros and sums of codes lie group by group, all rows
 * of a group side by side.
 */
public final class WeightMatrix {
    /** Rows of a tile. */
    public static final int TILE_ROWS = 64;

    private enum Storage {
        FLOATS,
        TILES,
        BYTES,
        STREAM
    }

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int[] PAIRS_OF_TRITS = pairsOfTrits();

    private final Kernels kernels;
    private final Storage storage;
    private final int rows;
    private final int columns;
    /** Elements of the array in use from one row to the next; bytes of a row in tiles. */
    private final int stride;

    private final float[] floats;
    private final byte[] bytes;
    private final PackLayout layout;
    private final CodeForm form;

    private final int groupsPerRow;
    private final boolean oneGroup;
    private final float[] scales;
    private final float[] zeros;
    private final float[] codeSums;

    private WeightMatrix(Kernels kernels, FloatTensor tensor) {
        this.kernels = kernels;
        this.storage = Storage.FLOATS;
        this.rows = tensor.shape().get(0);
        this.columns = tensor.shape().get(1);
        this.stride = columns;
        this.floats = tensor.values();
        this.bytes = null;
        this.layout = null;
        this.form = null;
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
        this.form = form(tensor);
        this.storage = form != null
                ? Storage.TILES
                : tensor.bits() == 8 || tensor.scheme() == Scheme.BINARY || tensor.scheme() == Scheme.TERNARY
                        ? Storage.BYTES
                        : Storage.STREAM;
        // Tiles have a scale for every row.
        this.oneGroup = tensor.group() == 0 && storage != Storage.TILES;
        this.floats = null;
        this.stride = switch (storage) {
            case TILES -> Math.ceilDiv(columns, form.columnsPerByte());
            case BYTES -> columns;
            default -> layout.rowBytes(columns);
        };
        this.bytes = switch (storage) {
            case TILES -> tiles(tensor);
            case BYTES -> signedBytes(tensor);
            // Eight bytes more, so that unpacking may read whole words.
            default -> Arrays.copyOf(tensor.codes(), tensor.codes().length + Long.BYTES);
        };
        this.scales = storage == Storage.TILES ? byGroup(tensor, tensor.scales()) : tensor.scales();
        this.zeros = signedZeros(tensor);
        this.codeSums = needsCodeSums ? codeSums(tensor) : null;
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
            // Read as plain floats: small on disk only.
            case CodebookTensor codebooks ->
                new WeightMatrix(kernels, FloatTensor.of(codebooks.toFloats(), codebooks.rows(), codebooks.columns()));
            case FloatTensor plain when plain.shape().size() == 2 -> new WeightMatrix(kernels, plain);
            case FloatTensor plain -> throw new IllegalArgumentException("no matrix: shape " + plain.shape());
        };
    }

    /** How a tensor's codes fill nibbles; null if they do not, or if groups begin within a byte. */
    private static CodeForm form(PackedTensor tensor) {
        CodeForm form = switch (tensor.scheme()) {
            case BINARY -> CodeForm.SIGNS;
            case TERNARY -> CodeForm.TRITS;
            default -> tensor.bits() == 2 ? CodeForm.PAIRS : tensor.bits() == 4 ? CodeForm.SINGLES : null;
        };
        boolean wholeBytes = tensor.groupsPerRow() == 1
                || form != null && tensor.columns() / tensor.groupsPerRow() % form.columnsPerByte() == 0;
        return wholeBytes ? form : null;
    }

    /** Where a row of a tile lies within each 64 bytes. */
    static int tileLane(int row) {
        return 4 * (row % (TILE_ROWS / 4)) + row / (TILE_ROWS / 4);
    }

    private byte[] tiles(PackedTensor tensor) {
        byte[] tiles = new byte[Math.multiplyExact(Math.ceilDiv(rows, TILE_ROWS) * TILE_ROWS, stride)];
        byte[] codes = tensor.codes();
        int rowBytes = layout.rowBytes(columns);
        byte[] row = new byte[stride];
        for (int r = 0; r < rows; r++) {
            int at = r / TILE_ROWS * stride * TILE_ROWS + tileLane(r % TILE_ROWS);
            if (form == CodeForm.TRITS) {
                spreadTrits(codes, r * rowBytes, rowBytes, row);
            } else {
                System.arraycopy(codes, r * rowBytes, row, 0, stride);
            }
            for (int c = 0; c < stride; c++) {
                tiles[at + c * TILE_ROWS] = row[c];
            }
        }
        return tiles;
    }

    /** Five digits of 2 bits for every byte of five ternary digits. */
    private static int[] pairsOfTrits() {
        int[] pairs = new int[243];
        for (int code = 0; code < pairs.length; code++) {
            for (int rest = code, bit = 0; rest > 0; rest /= 3, bit += 2) {
                pairs[code] |= rest % 3 << bit;
            }
        }
        return pairs;
    }

    private static void spreadTrits(byte[] codes, int offset, int rowBytes, byte[] row) {
        int held = 0;
        int bits = 0;
        int at = 0;
        for (int c = 0; c < rowBytes; c++) {
            held |= PAIRS_OF_TRITS[codes[offset + c] & 0xff] << bits;
            bits += 2 * PackLayout.TRITS_PER_BYTE;
            for (; bits >= 8 && at < row.length; bits -= 8) {
                row[at++] = (byte) held;
                held >>>= 8;
            }
        }
        if (at < row.length) {
            row[at] = (byte) held;
        }
    }

    private byte[] signedBytes(PackedTensor tensor) {
        byte[] signed = new byte[Math.multiplyExact(rows, columns)];
        int[] codes = new int[columns];
        int rowBytes = layout.rowBytes(columns);
        int shift = codeShift(layout);
        for (int row = 0; row < rows; row++) {
            layout.unpackRow(tensor.codes(), row * rowBytes, columns, codes, 0);
            for (int k = 0; k < columns; k++) {
                signed[row * columns + k] = (byte) (codes[k] - shift);
            }
        }
        return signed;
    }

    /** What is added to an asymmetric code to make it signed, negated; 0 for the other schemes. */
    private static int codeShift(PackLayout layout) {
        return layout.scheme() == Scheme.ASYMMETRIC ? 1 << (layout.bits() - 1) : 0;
    }

    private float[] byGroup(PackedTensor tensor, float[] values) {
        float[] sorted = new float[Math.multiplyExact(rows, groupsPerRow)];
        for (int row = 0; row < rows; row++) {
            for (int group = 0; group < groupsPerRow; group++) {
                sorted[group * rows + row] = values[tensor.scaleIndex(row, group)];
            }
        }
        return sorted;
    }

    private float[] signedZeros(PackedTensor tensor) {
        if (tensor.scheme() != Scheme.ASYMMETRIC) {
            return null;
        }
        float[] signed = new float[tensor.zeros().length];
        for (int i = 0; i < signed.length; i++) {
            signed[i] = (float) (tensor.zeros()[i] + (double) codeShift(tensor.layout()) * tensor.scales()[i]);
        }
        return storage == Storage.TILES ? byGroup(tensor, signed) : signed;
    }

    private float[] codeSums(PackedTensor tensor) {
        float[] sums = new float[Math.multiplyExact(rows, groupsPerRow)];
        int[] codes = new int[columns];
        int rowBytes = layout.rowBytes(columns);
        int shift = codeShift(layout);
        int groupColumns = columns / groupsPerRow;
        for (int row = 0; row < rows; row++) {
            layout.unpackRow(tensor.codes(), row * rowBytes, columns, codes, 0);
            for (int group = 0; group < groupsPerRow; group++) {
                int sum = 0;
                for (int k = group * groupColumns; k < (group + 1) * groupColumns; k++) {
                    sum += codes[k] - shift;
                }
                sums[groupIndex(row, group)] = sum;
            }
        }
        return sums;
    }

    private int groupIndex(int row, int group) {
        return storage == Storage.TILES ? group * rows + row : row * groupsPerRow + group;
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
        return storage != Storage.FLOATS;
    }

    /** How codes fill the bytes of tiles; null if these weights are not kept as tiles. */
    public CodeForm form() {
        return form;
    }

    /** Bytes of a row in tiles. */
    public int tileRowBytes() {
        return stride;
    }

    /** Groups of each row with a scale of their own. */
    public int groupsPerRow() {
        return groupsPerRow;
    }

    /** Whether weights have zeros beside their scales. */
    public boolean hasZeros() {
        return zeros != null;
    }

    /** The scale of a group. */
    public float scale(int row, int group) {
        return scales[oneGroup ? 0 : groupIndex(row, group)];
    }

    /** The zero of a group that belongs to signed codes; 0 where the scheme has none. */
    public float zero(int row, int group) {
        return zeros == null ? 0 : zeros[oneGroup ? 0 : groupIndex(row, group)];
    }

    /** The sum of a group's codes. */
    public float codeSum(int row, int group) {
        return codeSums[groupIndex(row, group)];
    }

    /** The plain weights, row-major; null if quantized. */
    public float[] floats() {
        return floats;
    }

    /** Bytes that the weights take in memory. */
    public long memoryBytes() {
        long total = 0;
        total += floats == null ? 0 : 4L * floats.length;
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
        switch (storage) {
            case FLOATS -> System.arraycopy(floats, row * stride, out, outOffset, columns);
            case TILES -> unpackTileRow(row, out, outOffset);
            case BYTES -> kernels.widen(bytes, row * stride, columns, out, outOffset);
            case STREAM -> {
                unpackStream(row * stride, scratch);
                kernels.widen(scratch, 0, columns, out, outOffset);
            }
        }
    }

    private void unpackTileRow(int row, float[] out, int outOffset) {
        int at = row / TILE_ROWS * stride * TILE_ROWS + tileLane(row % TILE_ROWS);
        int bits = form.bits();
        int mask = (1 << bits) - 1;
        for (int k = 0, c = 0; k < columns; c++) {
            int codes = bytes[at + c * TILE_ROWS];
            int end = Math.min(columns, k + form.columnsPerByte());
            for (; k < end; k++, codes >>= bits) {
                out[outOffset + k] = form.code(codes & mask);
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
     * Multiplies the codes of some rows with a vector over some columns of a group: {@code sums[sumsOffset + r] = sum of code * x}.
     * Plain floats are their own codes. Not for tiles.
     *
     * @param x the vector over all columns
     * @param scratch at least {@link #scratchBytes} elements
     */
    public void dots(
            int firstRow,
            int rowCount,
            int firstColumn,
            int count,
            float[] x,
            byte[] scratch,
            float[] sums,
            int sumsOffset) {
        int at = firstRow * stride;
        switch (storage) {
            case FLOATS ->
                kernels.dots(floats, at + firstColumn, stride, rowCount, count, x, firstColumn, sums, sumsOffset);
            case BYTES ->
                kernels.byteDots(bytes, at + firstColumn, stride, rowCount, count, x, firstColumn, sums, sumsOffset);
            default -> {
                for (int r = 0; r < rowCount; r++) {
                    unpackStream(at + r * stride, scratch);
                    kernels.byteDots(scratch, firstColumn, columns, 1, count, x, firstColumn, sums, sumsOffset + r);
                }
            }
        }
    }

    /**
     * Multiplies the codes of tiles with prepared activations over one group, in whole numbers, as {@link Kernels#tileSums}.
     *
     * @param prepared for all columns, from {@code preparedOffset}
     * @param scratch at least {@link Kernels#TILE_SCRATCH} elements
     */
    public void tileSums(
            int firstTile, int tileCount, int group, byte[] prepared, int preparedOffset, int[] sums, int[] scratch) {
        int groupBytes = stride / groupsPerRow;
        kernels.tileSums(
                form,
                bytes,
                (firstTile * stride + group * groupBytes) * TILE_ROWS,
                stride * TILE_ROWS,
                tileCount,
                groupBytes,
                prepared,
                preparedOffset + group * groupBytes * kernels.preparedBytes(),
                sums,
                0,
                scratch);
    }

    /**
     * Gives sums of {@link #tileSums} their scales and adds them to outputs, as {@link Kernels#addSums}.
     *
     * @param total the sum of the group's activation codes
     * @param scale of the activations
     * @param zero of the activations
     */
    public void addSums(
            int firstRow, int count, int group, int[] sums, int total, float scale, float zero, float[] out) {
        kernels.addSums(
                sums,
                count,
                form.factor(),
                form.shift() * total,
                scales,
                zeros,
                codeSums,
                groupIndex(firstRow, group),
                total,
                columns / groupsPerRow,
                scale,
                zero,
                out,
                0);
    }
}
