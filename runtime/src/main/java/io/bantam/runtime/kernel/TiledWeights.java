package io.bantam.runtime.kernel;

import io.bantam.runtime.format.CodeLayout;
import io.bantam.runtime.format.PackedTensor;
import io.bantam.runtime.format.Tiles;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Weights as tiles of 64 rows whose bytes lie side by side, see {@link Tiles}: codes of 1 to 4 bits, in a bit format of
 * {@link CodeForm}. The last tile is filled up; what stands in rows behind the last one has no meaning.
 */
public final class TiledWeights implements WeightMatrix {
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Kernels kernels;
    private final CodeForm form;
    private final int rows;
    private final int columns;
    private final int rowBytes;
    private final MemorySegment codes;
    private final GroupScales scales;

    TiledWeights(Kernels kernels, CodeForm form, PackedTensor tensor, boolean codeSums) {
        this.kernels = kernels;
        this.form = form;
        rows = tensor.rows();
        columns = tensor.columns();
        rowBytes = form.rowBytes(columns);
        codes = tiles(form, rowBytes, tensor);
        GroupScales plain = GroupScales.byGroup(tensor);
        scales = codeSums ? plain.withCodeSums((row, out) -> codes(row, out, 0)) : plain;
    }

    private static MemorySegment tiles(CodeForm form, int rowBytes, PackedTensor tensor) {
        MemorySegment stored = tensor.storedCodes();
        boolean to2Bit = form == CodeForm.TERNARY_2BIT;
        if (tensor.codeLayout() != CodeLayout.ROWS && !to2Bit) {
            return NativeCodes.of(stored);
        }
        MemorySegment tiles = NativeCodes.allocate(Tiles.byteSize(tensor.rows(), rowBytes));
        if (!to2Bit) {
            tiles.copyFrom(MemorySegment.ofArray(tensor.fileCodes()));
        } else if (tensor.codeLayout() == CodeLayout.TERNARY_5IN3) {
            Ternary2BitTiles.from5In3(stored, tensor.rows(), tensor.columns(), tiles);
        } else {
            Ternary2BitTiles.fromRows(stored, tensor.rows(), tensor.columns(), tiles);
        }
        NativeCodes.release(stored);
        return tiles;
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public int columns() {
        return columns;
    }

    /** How codes fill bytes. */
    public CodeForm form() {
        return form;
    }

    /** Bytes of a row. */
    public int rowBytes() {
        return rowBytes;
    }

    @Override
    public GroupScales scales() {
        return scales;
    }

    @Override
    public void row(int row, MemorySegment scratch, float[] out, int outOffset) {
        codes(row, out, outOffset);
        scales.apply(row, out, outOffset);
    }

    private void codes(int row, float[] out, int outOffset) {
        long at = Tiles.offset(row, rowBytes);
        int unitColumns = form.unitColumns();
        for (int k = 0; k < columns; k += unitColumns, at += (long) form.unitBytes() * Tiles.ROWS) {
            long unit = form.unit(codes, at);
            for (int j = 0; j < Math.min(unitColumns, columns - k); j++) {
                out[outOffset + k + j] = form.code(form.digit(unit, j));
            }
        }
    }

    /**
     * Chooses tiles and one part of their columns for a {@link TileProduct}.
     *
     * @param part counts from 0
     * @param parts of equal size that the columns are divided into, each whole units of one group
     */
    public TileRange range(TileRange range, int firstTile, int tileCount, int part, int parts) {
        int partBytes = rowBytes / parts;
        long offset = ((long) firstTile * rowBytes + part * partBytes) * Tiles.ROWS;
        return range.set(codes, offset, (long) rowBytes * Tiles.ROWS, tileCount);
    }

    /**
     * Reads tiles through, so that they are in the cache when a product comes to them. That takes so many instructions
     * a line that the processor looks only a few lines ahead and waits for memory; here it looks far ahead. Tiles
     * behind the last one are left out.
     *
     * @return a number without meaning, which must be used, or compiled code would read nothing
     */
    public long fetch(int firstTile, int tileCount) {
        long at = (long) firstTile * rowBytes * Tiles.ROWS;
        int bytes = (int) Math.min(codes.byteSize() - at, (long) tileCount * rowBytes * Tiles.ROWS);
        long all = 0;
        for (int line = 0; line < bytes; line += NativeCodes.CACHE_LINE) {
            all |= codes.get(LONG, at + line);
        }
        return all;
    }

    /**
     * Unpacks columns of a tile to weights, {@code out[64 * k + r]}: a panel of 64 rows.
     *
     * @param range scratch
     * @param firstColumn within the group, at the beginning of a unit
     * @param count columns
     */
    public void unpackWeights(TileRange range, int tile, int group, int firstColumn, int count, float[] out) {
        int at = scales.index(tile * Tiles.ROWS, group);
        kernels.unpackWeights(form, columns(range, tile, group, firstColumn), form.rowBytes(count), scales, at, out);
    }

    /**
     * Unpacks columns of a tile to digits less their base, which a {@link TileProduct} multiplies; else as {@link
     * #unpackWeights}.
     */
    public void unpackDigits(TileRange range, int tile, int group, int firstColumn, int count, float[] out) {
        kernels.unpackDigits(form, columns(range, tile, group, firstColumn), form.rowBytes(count), out);
    }

    private TileRange columns(TileRange range, int tile, int group, int firstColumn) {
        int first = group * (rowBytes / scales.groupsPerRow()) + form.rowBytes(firstColumn);
        return range.set(codes, ((long) tile * rowBytes + first) * Tiles.ROWS, (long) rowBytes * Tiles.ROWS, 1);
    }

    /**
     * Gives sums of a {@link TileProduct} their scales and adds them to outputs, as {@link Kernels#addSums}.
     *
     * @param group that the sums are of, or of a part of; of a part only if the input's zero is 0
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
        int at = scales.index(firstRow, group);
        kernels.addSums(form, scales, at, count, sums, sumsOffset, total, scale, zero, out, outOffset);
    }

    /** The lengths of all rows of weights, or a little more, computed anew. */
    public RowNorms rowNorms() {
        boolean oneBitOrTernary =
                form == CodeForm.BINARY || form == CodeForm.TERNARY_2BIT || form == CodeForm.TERNARY_5IN3;
        if (oneBitOrTernary && scales.groupsPerRow() == 1 && noneNegative(scales.scales)) {
            // Rows of 1-bit codes are as long as their scales; ternary ones are shorter, but not by much.
            return new RowNorms(scales.scales, (float) Math.sqrt(columns) * RowNorms.ROUNDED_UP);
        }
        float[] squares = new float[Math.ceilDiv(rows, Tiles.ROWS) * Tiles.ROWS];
        addSquares(squares);
        return RowNorms.ofSquares(squares, rows, scales);
    }

    private static boolean noneNegative(float[] values) {
        for (float value : values) {
            if (!(value >= 0)) {
                return false;
            }
        }
        return true;
    }

    private void addSquares(float[] squares) {
        int groupColumns = scales.groupColumns();
        TileRange range = new TileRange();
        float[] panel = new float[CodeForm.COLUMNS_AT_ONCE * Tiles.ROWS];
        for (int tile = 0; tile < squares.length / Tiles.ROWS; tile++) {
            for (int group = 0; group < scales.groupsPerRow(); group++) {
                for (int from = 0; from < groupColumns; from += CodeForm.COLUMNS_AT_ONCE) {
                    int count = Math.min(CodeForm.COLUMNS_AT_ONCE, groupColumns - from);
                    unpackWeights(range, tile, group, from, count, panel);
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

    @Override
    public long memoryBytes() {
        return codes.byteSize() + scales.memoryBytes();
    }
}
