package io.bantam.compression.export;

import io.bantam.runtime.format.Scheme;
import java.util.Random;

/** Random codes of every kind of grid. */
final class RandomCodes {
    private RandomCodes() {}

    static int[] of(Random random, Scheme scheme, int bits, int count) {
        int[] codes = new int[count];
        for (int i = 0; i < count; i++) {
            codes[i] = switch (scheme) {
                case BINARY -> 2 * random.nextInt(2) - 1;
                case TERNARY -> random.nextInt(3) - 1;
                case SYMMETRIC -> random.nextInt(1 << bits) - (1 << bits - 1);
                case ASYMMETRIC -> random.nextInt(1 << bits);
            };
        }
        return codes;
    }
}
