package io.bantam.runtime.format;

import java.util.Random;

/** Packed matrices of random codes. */
final class RandomTensors {
    private RandomTensors() {}

    static PackedTensor packed(Scheme scheme, int bits, int rows, int columns, int group, long seed) {
        Random random = new Random(seed);
        PackLayout layout = new PackLayout(scheme, bits);
        int[] codes = new int[rows * columns];
        for (int i = 0; i < codes.length; i++) {
            codes[i] = scheme == Scheme.BINARY
                    ? 2 * random.nextInt(2) - 1
                    : random.nextInt(layout.minimumCode(), layout.maximumCode() + 1);
        }
        float[] scales = new float[group == 0 ? 1 : rows * columns / group];
        float[] zeros = new float[scheme == Scheme.ASYMMETRIC ? scales.length : 0];
        for (int i = 0; i < scales.length; i++) {
            scales[i] = random.nextFloat();
        }
        for (int i = 0; i < zeros.length; i++) {
            zeros[i] = random.nextFloat();
        }
        return PackedTensor.pack(scheme, bits, rows, columns, group, codes, scales, zeros);
    }
}
