package io.bantam.trainer.recipe;

/** The width of a quantized weight: {@code bits: 1}, {@code bits: ternary}, or {@code bits: 2} to {@code 8}. */
public sealed interface WeightBits {

    /** 1 bit: the sign times the mean magnitude. */
    record Binary() implements WeightBits {}

    /** Three values: -1, 0 and 1 times a scale. */
    record Ternary() implements WeightBits {}

    /**
     * A uniform grid.
     *
     * @param bits 2 to 8
     */
    record Uniform(int bits) implements WeightBits {
        public Uniform {
            if (bits < 2 || bits > 8) {
                throw new IllegalArgumentException("bits: " + bits + " is not in 2 to 8");
            }
        }
    }
}
