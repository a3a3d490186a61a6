package io.bantam.compression.range;

/**
 * The grids of one bit width: give it a range and it gives the grid.
 *
 * @param bits width of a code, 2 to 8
 * @param symmetric whether the value of code 0 is always 0
 * @param rule how the grid is laid over the range
 */
public record GridFamily(int bits, boolean symmetric, GridRule rule) {

    public GridFamily {
        if (bits < 2 || bits > 8) {
            throw new IllegalArgumentException("a uniform grid has 2 to 8 bits, not " + bits
                    + (bits == 1 ? "; use the binary quantizer for 1 bit" : ""));
        }
    }

    /** The grid for a range, by this family's {@link GridRule}. A range of one value gives a scale of 0. */
    public UniformGrid grid(Range range) {
        return symmetric ? symmetricGrid(range) : asymmetricGrid(range);
    }

    /** Smallest code of a grid that holds negative values. */
    public int lowestCode() {
        return symmetric ? -(1 << (bits - 1)) : 0;
    }

    /** Largest code of a grid that holds negative values. */
    public int highestCode() {
        return symmetric ? (1 << (bits - 1)) - 1 : (1 << bits) - 1;
    }

    /**
     * The factor by which a range must grow so that the grid clips none of its values: more than 1 only under
     * {@link GridRule#XTC}, whose grids end one step short of the upper end.
     */
    public float growthWithoutClipping() {
        if (rule == GridRule.UNIFORM) {
            return 1;
        }
        int steps = symmetric ? 1 << (bits - 1) : 1 << bits;
        return (float) steps / (steps - 1);
    }

    private UniformGrid symmetricGrid(Range range) {
        float magnitude = range.magnitude();
        if (rule == GridRule.UNIFORM && range.minimum() >= 0) {
            int highest = (1 << bits) - 1;
            return new UniformGrid(magnitude / highest, 0, 0, highest);
        }
        int steps = rule == GridRule.XTC ? 1 << (bits - 1) : (1 << (bits - 1)) - 1;
        return new UniformGrid(magnitude / steps, 0, lowestCode(), highestCode());
    }

    private UniformGrid asymmetricGrid(Range range) {
        if (rule == GridRule.XTC) {
            float minimum = range.minimum();
            float scale = (range.maximum() - minimum) / (1 << bits);
            // A constant group (or one too narrow for float32) keeps its value: code 0 stands for it.
            float zero = scale == 0 ? minimum : (float) Math.rint(minimum / scale) * scale;
            return new UniformGrid(scale, zero, lowestCode(), highestCode());
        }
        float minimum = Math.min(range.minimum(), 0);
        float maximum = Math.max(range.maximum(), 0);
        float scale = (maximum - minimum) / highestCode();
        float zeroPoint = scale == 0 ? 0 : (float) Math.clamp(Math.rint(-minimum / scale), 0, highestCode());
        return new UniformGrid(scale, -scale * zeroPoint, lowestCode(), highestCode());
    }
}
