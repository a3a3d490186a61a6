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

    /** The grid for a range, by this family's {@link GridRule}. A range without extent gives a scale and a zero of 0.
     * */
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
     * The factor by which a range must grow so that the grid clips none of its values, that is, has a value within half
     * a step of each: more than 1 only under {@link GridRule#XTC}, whose grids end short of the upper end.
     */
    public float growthWithoutClipping() {
        if (rule != GridRule.XTC) {
            return 1;
        }
        int steps = symmetric ? 1 << (bits - 1) : 1 << bits;
        // A step is missing at the upper end; an asymmetric grid loses up to another by rounding its zero point.
        return (float) steps / (steps - (symmetric ? 1 : 2));
    }

    private UniformGrid symmetricGrid(Range range) {
        float magnitude = range.magnitude();
        if (rule == GridRule.UNIFORM && range.minimum() >= 0) {
            int highest = (1 << bits) - 1;
            return new UniformGrid(magnitude / highest, 0, 0, highest);
        }
        float scale = switch (rule) {
            case XTC -> magnitude / (1 << (bits - 1));
            case UNIFORM -> magnitude / ((1 << (bits - 1)) - 1);
            case GPTQ -> 2 * magnitude / ((1 << bits) - 1);
        };
        return new UniformGrid(scale, 0, lowestCode(), highestCode());
    }

    private UniformGrid asymmetricGrid(Range range) {
        if (rule == GridRule.XTC) {
            float minimum = range.minimum();
            float scale = (range.maximum() - minimum) / (1 << bits);
            float zero = scale == 0 ? 0 : (float) Math.rint(minimum / scale) * scale;
            return new UniformGrid(scale, zero, lowestCode(), highestCode());
        }
        float minimum = Math.min(range.minimum(), 0);
        float maximum = Math.max(range.maximum(), 0);
        float scale = (maximum - minimum) / highestCode();
        float zeroPoint = scale == 0 ? 0 : (float) Math.clamp(Math.rint(-minimum / scale), 0, highestCode());
        return new UniformGrid(scale, -scale * zeroPoint, lowestCode(), highestCode());
    }
}
