package io.bantam.runtime.kernel;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products of rows with a panel, the float32 matrix product of the runtime: {@link Kernels#panelProduct}. A block of
 * four rows by one, two or four registers of the panel is held in registers while it runs over the columns.
 */
final class PanelProducts {
    private static final VectorSpecies<Float> FLOATS = Registers.FLOATS;
    private static final int LANES = Registers.LANES;
    /** x86 has 16 registers of 256 bits: a block of 4 rows by 4 registers would spill. */
    private static final int MAXIMUM_PANEL_VECTORS = LANES == 8 ? 2 : 4;
    /** Columns of a panel worked on at a time, so that they stay in the first-level cache. */
    private static final int COLUMN_BLOCK = 128;

    private PanelProducts() {}

    /** The widths of {@link Kernels#panelWidths}: four, two and one registers. */
    static int[] widths() {
        return MAXIMUM_PANEL_VECTORS == 4 ? new int[] {4 * LANES, 2 * LANES, LANES} : new int[] {2 * LANES, LANES};
    }

    /** The product of {@link Kernels#panelProduct}. */
    static void multiply(PanelOperands operands, int rowCount, int columns, int width, boolean accumulate) {
        int rowsStride = operands.rowsStride;
        int sumsStride = operands.sumsStride;
        for (int r = 0; r < rowCount && !accumulate; r++) {
            int out = operands.sumsOffset + r * sumsStride;
            Arrays.fill(operands.sums, out, out + width, 0f);
        }
        for (int from = 0; from < columns; from += COLUMN_BLOCK) {
            int count = Math.min(COLUMN_BLOCK, columns - from);
            int in = operands.panelOffset + from * operands.panelStride;
            int r = 0;
            for (; r + 4 <= rowCount; r += 4) {
                int at = operands.rowsOffset + r * rowsStride + from;
                int out = operands.sumsOffset + r * sumsStride;
                if (width == 4 * LANES) {
                    block4x4(operands, at, count, in, out);
                } else if (width == 2 * LANES) {
                    block4x2(operands, at, count, in, out);
                } else {
                    block4x1(operands, at, count, in, out);
                }
            }
            for (; r < rowCount; r++) {
                int at = operands.rowsOffset + r * rowsStride + from;
                int out = operands.sumsOffset + r * sumsStride;
                if (width == 4 * LANES) {
                    block1x4(operands, at, count, in, out);
                    continue;
                }
                for (int t = 0; t < width; t += LANES) {
                    block1x1(operands, at, count, in + t, out + t);
                }
            }
        }
    }

    /*
     * Blocks of sums, rows by registers: rows from element at, columns of them, with the panel from element in; the
     * sums, from element out, are added to.
     */

    private static void block4x4(PanelOperands operands, int at, int columns, int in, int out) {
        float[] rows = operands.rows;
        float[] panel = operands.panel;
        float[] sums = operands.sums;
        int stride = operands.rowsStride;
        int panelStride = operands.panelStride;
        int sumsStride = operands.sumsStride;
        int out1 = out + sumsStride;
        int out2 = out1 + sumsStride;
        int out3 = out2 + sumsStride;
        FloatVector a0 = FloatVector.fromArray(FLOATS, sums, out);
        FloatVector a1 = FloatVector.fromArray(FLOATS, sums, out + LANES);
        FloatVector a2 = FloatVector.fromArray(FLOATS, sums, out + 2 * LANES);
        FloatVector a3 = FloatVector.fromArray(FLOATS, sums, out + 3 * LANES);
        FloatVector b0 = FloatVector.fromArray(FLOATS, sums, out1);
        FloatVector b1 = FloatVector.fromArray(FLOATS, sums, out1 + LANES);
        FloatVector b2 = FloatVector.fromArray(FLOATS, sums, out1 + 2 * LANES);
        FloatVector b3 = FloatVector.fromArray(FLOATS, sums, out1 + 3 * LANES);
        FloatVector c0 = FloatVector.fromArray(FLOATS, sums, out2);
        FloatVector c1 = FloatVector.fromArray(FLOATS, sums, out2 + LANES);
        FloatVector c2 = FloatVector.fromArray(FLOATS, sums, out2 + 2 * LANES);
        FloatVector c3 = FloatVector.fromArray(FLOATS, sums, out2 + 3 * LANES);
        FloatVector d0 = FloatVector.fromArray(FLOATS, sums, out3);
        FloatVector d1 = FloatVector.fromArray(FLOATS, sums, out3 + LANES);
        FloatVector d2 = FloatVector.fromArray(FLOATS, sums, out3 + 2 * LANES);
        FloatVector d3 = FloatVector.fromArray(FLOATS, sums, out3 + 3 * LANES);
        int at1 = at + stride;
        int at2 = at1 + stride;
        int at3 = at2 + stride;
        for (int k = 0; k < columns; k++) {
            int x = in + k * panelStride;
            FloatVector x0 = FloatVector.fromArray(FLOATS, panel, x);
            FloatVector x1 = FloatVector.fromArray(FLOATS, panel, x + LANES);
            FloatVector x2 = FloatVector.fromArray(FLOATS, panel, x + 2 * LANES);
            FloatVector x3 = FloatVector.fromArray(FLOATS, panel, x + 3 * LANES);
            FloatVector w = FloatVector.broadcast(FLOATS, rows[at + k]);
            a0 = w.fma(x0, a0);
            a1 = w.fma(x1, a1);
            a2 = w.fma(x2, a2);
            a3 = w.fma(x3, a3);
            w = FloatVector.broadcast(FLOATS, rows[at1 + k]);
            b0 = w.fma(x0, b0);
            b1 = w.fma(x1, b1);
            b2 = w.fma(x2, b2);
            b3 = w.fma(x3, b3);
            w = FloatVector.broadcast(FLOATS, rows[at2 + k]);
            c0 = w.fma(x0, c0);
            c1 = w.fma(x1, c1);
            c2 = w.fma(x2, c2);
            c3 = w.fma(x3, c3);
            w = FloatVector.broadcast(FLOATS, rows[at3 + k]);
            d0 = w.fma(x0, d0);
            d1 = w.fma(x1, d1);
            d2 = w.fma(x2, d2);
            d3 = w.fma(x3, d3);
        }
        a0.intoArray(sums, out);
        a1.intoArray(sums, out + LANES);
        a2.intoArray(sums, out + 2 * LANES);
        a3.intoArray(sums, out + 3 * LANES);
        b0.intoArray(sums, out1);
        b1.intoArray(sums, out1 + LANES);
        b2.intoArray(sums, out1 + 2 * LANES);
        b3.intoArray(sums, out1 + 3 * LANES);
        c0.intoArray(sums, out2);
        c1.intoArray(sums, out2 + LANES);
        c2.intoArray(sums, out2 + 2 * LANES);
        c3.intoArray(sums, out2 + 3 * LANES);
        d0.intoArray(sums, out3);
        d1.intoArray(sums, out3 + LANES);
        d2.intoArray(sums, out3 + 2 * LANES);
        d3.intoArray(sums, out3 + 3 * LANES);
    }

    private static void block4x2(PanelOperands operands, int at, int columns, int in, int out) {
        float[] rows = operands.rows;
        float[] panel = operands.panel;
        float[] sums = operands.sums;
        int stride = operands.rowsStride;
        int panelStride = operands.panelStride;
        int sumsStride = operands.sumsStride;
        int out1 = out + sumsStride;
        int out2 = out1 + sumsStride;
        int out3 = out2 + sumsStride;
        FloatVector a0 = FloatVector.fromArray(FLOATS, sums, out);
        FloatVector a1 = FloatVector.fromArray(FLOATS, sums, out + LANES);
        FloatVector b0 = FloatVector.fromArray(FLOATS, sums, out1);
        FloatVector b1 = FloatVector.fromArray(FLOATS, sums, out1 + LANES);
        FloatVector c0 = FloatVector.fromArray(FLOATS, sums, out2);
        FloatVector c1 = FloatVector.fromArray(FLOATS, sums, out2 + LANES);
        FloatVector d0 = FloatVector.fromArray(FLOATS, sums, out3);
        FloatVector d1 = FloatVector.fromArray(FLOATS, sums, out3 + LANES);
        int at1 = at + stride;
        int at2 = at1 + stride;
        int at3 = at2 + stride;
        for (int k = 0; k < columns; k++) {
            int x = in + k * panelStride;
            FloatVector x0 = FloatVector.fromArray(FLOATS, panel, x);
            FloatVector x1 = FloatVector.fromArray(FLOATS, panel, x + LANES);
            FloatVector w = FloatVector.broadcast(FLOATS, rows[at + k]);
            a0 = w.fma(x0, a0);
            a1 = w.fma(x1, a1);
            w = FloatVector.broadcast(FLOATS, rows[at1 + k]);
            b0 = w.fma(x0, b0);
            b1 = w.fma(x1, b1);
            w = FloatVector.broadcast(FLOATS, rows[at2 + k]);
            c0 = w.fma(x0, c0);
            c1 = w.fma(x1, c1);
            w = FloatVector.broadcast(FLOATS, rows[at3 + k]);
            d0 = w.fma(x0, d0);
            d1 = w.fma(x1, d1);
        }
        a0.intoArray(sums, out);
        a1.intoArray(sums, out + LANES);
        b0.intoArray(sums, out1);
        b1.intoArray(sums, out1 + LANES);
        c0.intoArray(sums, out2);
        c1.intoArray(sums, out2 + LANES);
        d0.intoArray(sums, out3);
        d1.intoArray(sums, out3 + LANES);
    }

    private static void block4x1(PanelOperands operands, int at, int columns, int in, int out) {
        float[] rows = operands.rows;
        float[] panel = operands.panel;
        float[] sums = operands.sums;
        int stride = operands.rowsStride;
        int panelStride = operands.panelStride;
        int sumsStride = operands.sumsStride;
        int out1 = out + sumsStride;
        int out2 = out1 + sumsStride;
        int out3 = out2 + sumsStride;
        FloatVector a = FloatVector.fromArray(FLOATS, sums, out);
        FloatVector b = FloatVector.fromArray(FLOATS, sums, out1);
        FloatVector c = FloatVector.fromArray(FLOATS, sums, out2);
        FloatVector d = FloatVector.fromArray(FLOATS, sums, out3);
        int at1 = at + stride;
        int at2 = at1 + stride;
        int at3 = at2 + stride;
        for (int k = 0; k < columns; k++) {
            int x = in + k * panelStride;
            FloatVector x0 = FloatVector.fromArray(FLOATS, panel, x);
            FloatVector w = FloatVector.broadcast(FLOATS, rows[at + k]);
            a = w.fma(x0, a);
            w = FloatVector.broadcast(FLOATS, rows[at1 + k]);
            b = w.fma(x0, b);
            w = FloatVector.broadcast(FLOATS, rows[at2 + k]);
            c = w.fma(x0, c);
            w = FloatVector.broadcast(FLOATS, rows[at3 + k]);
            d = w.fma(x0, d);
        }
        a.intoArray(sums, out);
        b.intoArray(sums, out1);
        c.intoArray(sums, out2);
        d.intoArray(sums, out3);
    }

    private static void block1x4(PanelOperands operands, int at, int columns, int in, int out) {
        float[] rows = operands.rows;
        float[] panel = operands.panel;
        float[] sums = operands.sums;
        int panelStride = operands.panelStride;
        FloatVector a0 = FloatVector.fromArray(FLOATS, sums, out);
        FloatVector a1 = FloatVector.fromArray(FLOATS, sums, out + LANES);
        FloatVector a2 = FloatVector.fromArray(FLOATS, sums, out + 2 * LANES);
        FloatVector a3 = FloatVector.fromArray(FLOATS, sums, out + 3 * LANES);
        for (int k = 0; k < columns; k++) {
            int x = in + k * panelStride;
            FloatVector x0 = FloatVector.fromArray(FLOATS, panel, x);
            FloatVector x1 = FloatVector.fromArray(FLOATS, panel, x + LANES);
            FloatVector x2 = FloatVector.fromArray(FLOATS, panel, x + 2 * LANES);
            FloatVector x3 = FloatVector.fromArray(FLOATS, panel, x + 3 * LANES);
            FloatVector w = FloatVector.broadcast(FLOATS, rows[at + k]);
            a0 = w.fma(x0, a0);
            a1 = w.fma(x1, a1);
            a2 = w.fma(x2, a2);
            a3 = w.fma(x3, a3);
        }
        a0.intoArray(sums, out);
        a1.intoArray(sums, out + LANES);
        a2.intoArray(sums, out + 2 * LANES);
        a3.intoArray(sums, out + 3 * LANES);
    }

    private static void block1x1(PanelOperands operands, int at, int columns, int in, int out) {
        float[] rows = operands.rows;
        float[] panel = operands.panel;
        float[] sums = operands.sums;
        int panelStride = operands.panelStride;
        FloatVector a = FloatVector.fromArray(FLOATS, sums, out);
        for (int k = 0; k < columns; k++) {
            int x = in + k * panelStride;
            FloatVector x0 = FloatVector.fromArray(FLOATS, panel, x);
            FloatVector w = FloatVector.broadcast(FLOATS, rows[at + k]);
            a = w.fma(x0, a);
        }
        a.intoArray(sums, out);
    }
}
