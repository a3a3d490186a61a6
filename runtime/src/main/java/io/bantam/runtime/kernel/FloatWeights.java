package io.bantam.runtime.kernel;

import java.lang.foreign.MemorySegment;

/** Weights in float32, row-major. */
public final class FloatWeights implements RowWeights {
    private final Kernels kernels;
    private final float[] values;
    private final int rows;
    private final int columns;
    private final GroupScales scales;

    FloatWeights(Kernels kernels, float[] values, int rows, int columns) {
        this.kernels = kernels;
        this.values = values;
        this.rows = rows;
        this.columns = columns;
        scales = GroupScales.one(rows, columns);
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
    public void row(int row, MemorySegment scratch, float[] out, int outOffset) {
        System.arraycopy(values, row * columns, out, outOffset, columns);
    }

    @Override
    public void codes(int row, MemorySegment scratch, float[] out, int outOffset) {
        row(row, scratch, out, outOffset);
    }

    /**
     * Multiplies some rows with a vector over some columns: {@code sums[r] = sum over k of weight * x[k]} for {@code
     * count} columns k from {@code firstColumn} on.
     *
     * @param x the vector over all columns
     */
    public void dots(int firstRow, int rowCount, int firstColumn, int count, float[] x, float[] sums) {
        int at = firstRow * columns + firstColumn;
        kernels.dots(values, at, columns, rowCount, count, x, firstColumn, sums);
    }

    @Override
    public long memoryBytes() {
        return (long) Float.BYTES * values.length;
    }
}
