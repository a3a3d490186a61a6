package io.bantam.runtime.kernel;

import io.bantam.runtime.format.CodeLayout;
import io.bantam.runtime.format.CodebookTensor;
import io.bantam.runtime.format.FloatTensor;
import io.bantam.runtime.format.ModelTensor;
import io.bantam.runtime.format.PackLayout;
import io.bantam.runtime.format.PackedTensor;
import io.bantam.runtime.format.Scheme;
import io.bantam.runtime.format.Tiles;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The weights of a linear or an embedding, in the form that the kernels read; immutable.
 *
 * <p>Codes are in native memory: in the file that they were read from, where its layout is the one that kernels read, else in a
 * copy. Those of 1 to 4 bits are {@link Tiles}, as {@link CodeForm} says; 8 bits are signed
 * bytes; others stay the packed stream. Codes of asymmetric weights are moved by 2^(k-1) to become signed, and their zeros
 * with them, so {@code weight = scale * code + zero} holds with codes from -2^(k-1). Scales, zeros and sums of codes of tiles lie
 * group by group, all rows of a group side by side.
 */
public final class WeightMatrix {
    private enum Storage {
        FLOATS,
        TILES,
        BYTES,
        STREAM
    }

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int CACHE_LINE = 64;
    /** More than float32 sums of some thousand squares may be short of. */
    private static final float ROUNDED_UP = 1.001f;
    /** Many times what rounding can be of it. */
    private static final float ROUNDED_ZEROS = 0.01f;

    private final Kernels kernels;
    private final Storage storage;
    private final int rows;
    private final int columns;
    /** Elements of the array in use from one row to the next; bytes of a row in tiles. */
    private final int stride;

    private final float[] floats;
    private final MemorySegment codes;
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
        this.codes = null;
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
        this.form = form(kernels, tensor);
        this.storage = form != null
                ? Storage.TILES
                : tensor.bits() == 8 || tensor.scheme() == Scheme.BINARY || tensor.scheme() == Scheme.TERNARY
                        ? Storage.BYTES
                        : Storage.STREAM;
        // Tiles have a scale for every row.
        this.oneGroup = tensor.group() == 0 && storage != Storage.TILES;
        this.floats = null;
        this.stride = switch (storage) {
            case TILES -> form.rowBytes(columns);
            case BYTES -> columns;
            default -> layout.rowBytes(columns);
        };
        this.codes = switch (storage) {
            case TILES -> tiles(tensor);
            case BYTES -> signedBytes(tensor);
            default -> inNativeMemory(tensor.storedCodes());
        };
        this.scales = storage == Storage.TILES ? byGroup(tensor, tensor.scales()) : tensor.scales();
        this.zeros = signedZeros(tensor);
        this.codeSums = needsCodeSums ? codeSums() : null;
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

    /** How a tensor's codes fill tiles; null if they do not, or if groups begin within bytes that belong together. */
    private static CodeForm form(Kernels kernels, PackedTensor tensor) {
        CodeForm form = switch (tensor.scheme()) {
            case BINARY -> CodeForm.BINARY;
            case TERNARY ->
                tensor.fileLayout() == CodeLayout.TERNARY_5IN3 && kernels.prefersTernary5In3()
                        ? CodeForm.TERNARY_5IN3
                        : CodeForm.TERNARY_2BIT;
            default ->
                switch (tensor.bits()) {
                    case 2 -> CodeForm.INT2;
                    case 3 -> CodeForm.INT3;
                    case 4 -> CodeForm.INT4;
                    default -> null;
                };
        };
        boolean wholeUnits = tensor.groupsPerRow() == 1
                || form != null && tensor.columns() / tensor.groupsPerRow() % form.unitColumns() == 0;
        return wholeUnits ? form : null;
    }

    /** Kernels that have met arrays too would be slow. */
    private static MemorySegment inNativeMemory(MemorySegment codes) {
        return codes.isNative() ? codes : nativeMemory(codes.byteSize()).copyFrom(codes);
    }

    private static MemorySegment nativeMemory(long bytes) {
        return Arena.ofAuto().allocate(bytes, CACHE_LINE);
    }

    private MemorySegment tiles(PackedTensor tensor) {
        MemorySegment stored = tensor.storedCodes();
        boolean to2Bit = form == CodeForm.TERNARY_2BIT;
        if (tensor.codeLayout() != CodeLayout.ROWS && !to2Bit) {
            return inNativeMemory(stored);
        }
        MemorySegment tiles = nativeMemory(Tiles.byteSize(rows, stride));
        if (!to2Bit) {
            tiles.copyFrom(MemorySegment.ofArray(tensor.fileCodes()));
        } else if (tensor.codeLayout() == CodeLayout.TERNARY_5IN3) {
            Ternary2BitTiles.from5In3(stored, rows, columns, tiles);
        } else {
            Ternary2BitTiles.fromRows(stored, rows, columns, tiles);
        }
        release(stored);
        return tiles;
    }

    /** Takes what was copied from a file out of memory again. */
    private static void release(MemorySegment stored) {
        if (stored.isMapped()) {
            stored.unload();
        }
    }

    private MemorySegment signedBytes(PackedTensor tensor) {
        if (tensor.codeLayout() == CodeLayout.BYTES) {
            return inNativeMemory(tensor.storedCodes());
        }
        MemorySegment signed = nativeMemory((long) rows * columns);
        int[] unpacked = new int[columns];
        byte[] row = new byte[columns];
        int shift = codeShift(layout);
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
        release(tensor.storedCodes());
        return signed;
    }

    /** What is added to an asymmetric code to make it signed, negated; 0 for the other schemes. */
    private static int codeShift(PackLayout layout) {
        return layout.scheme() == Scheme.ASYMMETRIC ? 1 << (layout.bits() - 1) : 0;
    }

    /** With room behind the last row, so that a whole tile can be read. */
    private float[] byGroup(PackedTensor tensor, float[] values) {
        float[] sorted = new float[Math.addExact(Math.multiplyExact(rows, groupsPerRow), Tiles.ROWS - 1)];
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

    private float[] codeSums() {
        float[] sums = new float[Math.multiplyExact(rows, groupsPerRow)];
        float[] row = new float[columns];
        MemorySegment scratch = scratch(columns);
        int groupColumns = columns / groupsPerRow;
        for (int r = 0; r < rows; r++) {
            unpackRow(r, scratch, row, 0);
            for (int group = 0; group < groupsPerRow; group++) {
                int sum = 0;
                for (int k = group * groupColumns; k < (group + 1) * groupColumns; k++) {
                    sum += (int) row[k];
                }
                sums[groupIndex(r, group)] = sum;
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

    /** Whether codes of 5, 6 or 7 bits, or in groups that begin within a byte, follow one another: a row has to be unpacked before it is used. */
    public boolean streamed() {
        return storage == Storage.STREAM;
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

    /** The lengths of all rows of weights, or a little more, computed anew; only for bytes and tiles. */
    public RowNorms rowNorms() {
        boolean digitsOfOne = form == CodeForm.BINARY || form == CodeForm.TERNARY_2BIT || form == CodeForm.TERNARY_5IN3;
        if (digitsOfOne && groupsPerRow == 1 && noneNegative(scales)) {
            // Rows of signs are as long as their scales; ternary ones are shorter, but not by much.
            return new RowNorms(scales, (float) Math.sqrt(columns) * ROUNDED_UP);
        }
        float[] squares = new float[storage == Storage.TILES ? Math.ceilDiv(rows, Tiles.ROWS) * Tiles.ROWS : rows];
        if (storage == Storage.TILES) {
            addTileSquares(squares);
        } else {
            float[] row = new float[columns];
            for (int r = 0; r < rows; r++) {
                row(r, null, row, 0);
                kernels.dots(row, 0, columns, 1, columns, row, 0, squares, r);
            }
        }
        for (int r = 0; r < rows; r++) {
            squares[r] = (float) Math.sqrt(squares[r]) + roundedZeros(r);
        }
        return new RowNorms(squares, ROUNDED_UP);
    }

    /** A part of the zeros' length: float32 rounds products of codes and of zeros that may cancel out. */
    private float roundedZeros(int row) {
        float sum = 0;
        for (int group = 0; zeros != null && group < groupsPerRow; group++) {
            sum += Math.abs(zero(row, group));
        }
        return ROUNDED_ZEROS * sum * (float) Math.sqrt((double) columns / groupsPerRow);
    }

    private static boolean noneNegative(float[] values) {
        for (float value : values) {
            if (!(value >= 0)) {
                return false;
            }
        }
        return true;
    }

    private void addTileSquares(float[] squares) {
        int groupColumns = columns / groupsPerRow;
        float[] panel = new float[CodeForm.COLUMNS_AT_ONCE * Tiles.ROWS];
        for (int tile = 0; tile < squares.length / Tiles.ROWS; tile++) {
            for (int group = 0; group < groupsPerRow; group++) {
                for (int from = 0; from < groupColumns; from += CodeForm.COLUMNS_AT_ONCE) {
                    int count = Math.min(CodeForm.COLUMNS_AT_ONCE, groupColumns - from);
                    unpackTile(tile, group, from, count, true, panel);
                    for (int k = 0; k < count; k++) {
                        for (int r = 0; r < Tiles.ROWS; r++) {
                            float weight = panel[k * Tiles.ROWS + r];
                            squares[tile * Tiles.ROWS + r] += weight * weight;
                        }
                    }
                }
            }
        }
    }

    /** Bytes that the weights take in memory. */
    public long memoryBytes() {
        long total = 0;
        total += floats == null ? 0 : 4L * floats.length;
        total += codes == null ? 0 : codes.byteSize();
        total += scales == null ? 0 : 4L * scales.length;
        total += zeros == null ? 0 : 4L * zeros.length;
        return total + (codeSums == null ? 0 : 4L * codeSums.length);
    }

    /** Room for one row of codes as bytes. */
    public static MemorySegment scratch(int columns) {
        return nativeMemory(columns + Long.BYTES);
    }

    /**
     * Writes the signed codes of one row as floats.
     *
     * @param scratch of {@link #scratch}
     */
    public void unpackRow(int row, MemorySegment scratch, float[] out, int outOffset) {
        switch (storage) {
            case FLOATS -> System.arraycopy(floats, row * stride, out, outOffset, columns);
            case TILES -> unpackTileRow(row, out, outOffset);
            case BYTES -> kernels.widen(codes, (long) row * stride, columns, out, outOffset);
            case STREAM -> {
                unpackStream((long) row * stride, scratch);
                kernels.widen(scratch, 0, columns, out, outOffset);
            }
        }
    }

    private void unpackTileRow(int row, float[] out, int outOffset) {
        long at = Tiles.offset(row, stride);
        int unitColumns = form.unitColumns();
        for (int k = 0; k < columns; k += unitColumns, at += (long) form.unitBytes() * Tiles.ROWS) {
            long unit = ScalarKernels.unit(form, codes, at);
            for (int j = 0; j < Math.min(unitColumns, columns - k); j++) {
                out[outOffset + k + j] = form.code(form.digit(unit, j));
            }
        }
    }

    /** Spreads a row's codes into signed bytes, eight at a time: eight codes fill exactly {@code bits} bytes of the stream. */
    private void unpackStream(long at, MemorySegment out) {
        int bits = layout.bits();
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

    /** Writes one row of weights: {@code scale * code + zero}. */
    public void row(int row, MemorySegment scratch, float[] out, int outOffset) {
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
     * Plain floats are their own codes. Only for plain floats and bytes: others have to be unpacked.
     *
     * @param x the vector over all columns
     */
    public void dots(int firstRow, int rowCount, int firstColumn, int count, float[] x, float[] sums, int sumsOffset) {
        long at = (long) firstRow * stride + firstColumn;
        if (storage == Storage.FLOATS) {
            kernels.dots(floats, (int) at, stride, rowCount, count, x, firstColumn, sums, sumsOffset);
        } else {
            kernels.byteDots(codes, at, stride, rowCount, count, x, firstColumn, sums, sumsOffset);
        }
    }

    /** Whether these are bytes with a scale for whole rows, as {@link #addEstimates} takes them. */
    public boolean estimable() {
        return storage == Storage.BYTES && groupsPerRow == 1 && columns % 2 == 0;
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
        kernels.roundedDots(codes, (long) firstRow * stride, stride, rowCount, columns, rounded, sums);
        for (int r = 0; r < rowCount; r++) {
            int row = firstRow + r;
            out[row] += step * (scale(row, 0) * sums[r] + zero(row, 0) * total);
        }
    }

    /**
     * Multiplies the codes of tiles with prepared activations over one part of the columns, in whole numbers, as {@link
     * Kernels#tileSums}.
     *
     * @param part counts from 0
     * @param parts of equal size that the columns are divided into, each whole bytes of one group
     * @param many as the activations were prepared
     * @param prepared for all columns, from {@code preparedOffset}, token by token and in these part by part
     * @param sums from the beginning
     * @param sumsStride from one token's sums to the next one's
     * @param scratch at least {@link Kernels#TILE_SCRATCH} elements
     */
    public void tileSums(
            int firstTile,
            int tileCount,
            int part,
            int parts,
            int tokens,
            boolean many,
            byte[] prepared,
            int preparedOffset,
            int[] sums,
            int sumsStride,
            int[] scratch) {
        int partBytes = stride / parts;
        int partPrepared = kernels.preparedBytes(form, partBytes, many);
        kernels.tileSums(
                form,
                codes,
                ((long) firstTile * stride + part * partBytes) * Tiles.ROWS,
                (long) stride * Tiles.ROWS,
                tileCount,
                partBytes,
                tokens,
                many,
                prepared,
                preparedOffset + part * partPrepared,
                parts * partPrepared,
                sums,
                0,
                sumsStride,
                scratch);
    }

    /**
     * Reads tiles through, so that they are in the cache when {@link #tileSums} comes to them. That takes so many instructions a line that
     * the processor looks only a few lines ahead and waits for memory; here it looks far ahead. Tiles behind the last one are left out.
     *
     * @return a number without meaning, which must be used, or compiled code would read nothing
     */
    public long fetchTiles(int firstTile, int tileCount) {
        long at = (long) firstTile * stride * Tiles.ROWS;
        int bytes = (int) Math.min(codes.byteSize() - at, (long) tileCount * stride * Tiles.ROWS);
        long all = 0;
        for (int line = 0; line < bytes; line += CACHE_LINE) {
            all |= codes.get(LONG, at + line);
        }
        return all;
    }

    /**
     * Unpacks columns of a tile: {@code out[64 * k + r]}, as {@link Kernels#unpackTile}. What stands in rows behind the last one has no
     * meaning.
     *
     * @param firstColumn within the group, at the beginning of a byte
     * @param scaled whether weights are asked for; else digits less their base, as {@link #tileSums} multiplies them
     */
    public void unpackTile(int tile, int group, int firstColumn, int count, boolean scaled, float[] out) {
        int first = group * (stride / groupsPerRow) + form.rowBytes(firstColumn);
        kernels.unpackTile(
                form,
                codes,
                ((long) tile * stride + first) * Tiles.ROWS,
                form.rowBytes(count),
                scaled ? scales : null,
                scaled ? zeros : null,
                groupIndex(tile * Tiles.ROWS, group),
                out,
                0);
    }

    /**
     * Gives sums of {@link #tileSums} their scales and adds them to outputs, as {@link Kernels#addSums}.
     *
     * @param group that the sums are of, or of a part of; of a part only if {@code zero} is 0
     * @param total the sum of the same columns' activation codes
     * @param scale of the activations
     * @param zero of the activations
     */
    public void addSums(
            int firstRow,
            int count,
            int group,
            int[] sums,
            int sumsOffset,
            int total,
            float scale,
            float zero,
            float[] out,
            int outOffset) {
        kernels.addSums(
                sums,
                sumsOffset,
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
                outOffset);
    }
}
