package io.bantam.compression.range;

/**
 * Equally spaced values {@code scale * code + zero} for the whole codes from {@code lowestCode} to {@code highestCode}.
 *
 * <p>{@code code(x) = clamp(roundHalfEven((x - zero) / scale), lowestCode, highestCode)}, all in float32. A scale of 0
 * is a grid of one value: every input has code 0 and becomes {@code zero}; nothing is divided by 0.
 *
 * @param scale distance of neighbouring values, not negative
 * @param zero value of code 0
 * @param lowestCode smallest code, at most 0
 * @param highestCode largest code
 */
public record UniformGrid(float scale, float zero, int lowestCode, int highestCode) {

    public UniformGrid {
        if (!(scale >= 0) || !Float.isFinite(scale) || !Float.isFinite(zero)) {
            throw new IllegalArgumentException("a grid needs a finite scale of at least 0 and a finite zero, not scale "
                    + scale + " and zero " + zero);
        }
        if (lowestCode > 0 || highestCode < 0) {
            throw new IllegalArgumentException("codes " + lowestCode + " to " + highestCode + " do not hold 0");
        }
    }

    /** The code whose value is nearest to {@code value}; ties go to the even code. */
    public int code(float value) {
        // Math.round rounds halves up; the published quantizers round halves to even, as Math.rint does.
        return scale == 0 ? 0 : (int) Math.clamp(Math.rint((value - zero) / scale), lowestCode, highestCode);
    }

    /** {@code scale * code + zero}, two float32 operations. */
    public float value(int code) {
        return scale * code + zero;
    }

    /** The grid's value for {@code value}. */
    public float fakeQuantize(float value) {
        return value(code(value));
    }
}
