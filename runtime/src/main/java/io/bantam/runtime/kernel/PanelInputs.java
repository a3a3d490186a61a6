package io.bantam.runtime.kernel;

/**
 * What the codes of the tokens of panels stand for. Lanes are tokens, counted through all panels: {@code x =
 * scales[lane] * code + zeros[lane]}; and for products with asymmetric weights the sum of each token's codes, by group
 * of columns.
 *
 * <p>Mutable, so that a thread makes one and sets it before each panel and group: nothing is allocated per token.
 */
public final class PanelInputs {
    final float[] scales;
    final float[] zeros;
    final float[] totals;
    int lane;
    int width;
    int totalsOffset;

    /**
     * Makes a view of arrays.
     *
     * @param scales one a lane
     * @param zeros one a lane
     * @param totals sums of codes, one a group and lane; not read if weights have no zeros
     */
    public PanelInputs(float[] scales, float[] zeros, float[] totals) {
        this.scales = scales;
        this.zeros = zeros;
        this.totals = totals;
    }

    /**
     * Chooses a panel and a group.
     *
     * @param lane the panel's first
     * @param width of the panel
     * @param totalsOffset the sum of the first lane and this group
     */
    public PanelInputs set(int lane, int width, int totalsOffset) {
        this.lane = lane;
        this.width = width;
        this.totalsOffset = totalsOffset;
        return this;
    }
}
