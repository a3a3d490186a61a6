package io.bantam.trainer.functional;

/**
 * The chance that at least one of k generated programs passes, estimated without bias from n of which c passed:
 * {@code 1 - C(n - c, k) / C(n, k)} (Chen et al., arXiv:2107.03374, equation 1).
 */
public final class PassAtK {
    private PassAtK() {}

    /**
     * Returns the estimate, 0 to 1.
     *
     * @param samples n, at least {@code k}
     * @param passed c, 0 to n
     * @param k at least 1
     */
    public static double of(int samples, int passed, int k) {
        if (k < 1 || k > samples || passed < 0 || passed > samples) {
            throw new IllegalArgumentException(
                    "pass@" + k + " of " + passed + " passed among " + samples + " is not defined");
        }
        // C(n - c, k) / C(n, k) as a product, which neither overflows nor loses digits.
        double noneOfThem = 1;
        for (int i = samples - passed + 1; i <= samples; i++) {
            noneOfThem *= Math.max(0, 1 - (double) k / i);
        }
        return 1 - noneOfThem;
    }
}
