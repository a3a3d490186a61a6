package io.bantam.runtime.kernel;

/**
 * What one token's codes of some columns stand for: {@code x = scale * code + zero}; and their sum, which a product
 * with asymmetric weights needs. Mutable, one for each thread.
 */
public final class InputScale {
    float scale;
    float zero;
    int total;

    /**
     * Sets all three.
     *
     * @param total the sum of the codes
     */
    public InputScale set(float scale, float zero, int total) {
        this.scale = scale;
        this.zero = zero;
        this.total = total;
        return this;
    }
}
