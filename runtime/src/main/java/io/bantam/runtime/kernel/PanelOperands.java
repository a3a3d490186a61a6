package io.bantam.runtime.kernel;

/**
 * The three float32 matrices of a panel product, each a view of an array: element (r, c) is at {@code offset + r *
 * stride + c}.
 *
 * <ul>
 *   <li>rows: {@code [row count, columns]}
 *   <li>panel: {@code [columns, width]}, values of neighbouring tokens (or rows, or features) side by side
 *   <li>sums: {@code [row count, width]}, the product
 * </ul>
 *
 * <p>Mutable, so that a thread makes one and sets it before each product: nothing is allocated per token.
 */
public final class PanelOperands {
    private static final float[] NONE = {};

    float[] rows = NONE;
    int rowsOffset;
    int rowsStride;
    float[] panel = NONE;
    int panelOffset;
    int panelStride;
    float[] sums = NONE;
    int sumsOffset;
    int sumsStride;

    /** Sets what is multiplied row by row. */
    public PanelOperands rows(float[] values, int offset, int stride) {
        rows = values;
        rowsOffset = offset;
        rowsStride = stride;
        return this;
    }

    /** Sets the panel. */
    public PanelOperands panel(float[] values, int offset, int stride) {
        panel = values;
        panelOffset = offset;
        panelStride = stride;
        return this;
    }

    /** Sets where the product goes. */
    public PanelOperands sums(float[] values, int offset, int stride) {
        sums = values;
        sumsOffset = offset;
        sumsStride = stride;
        return this;
    }

    /** Lets go of the arrays, which would be kept from collection. */
    public void clear() {
        rows = NONE;
        panel = NONE;
        sums = NONE;
    }
}
