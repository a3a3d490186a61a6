package io.bantam.compression.ptq;

import io.bantam.compression.quantizer.FloatMatrix;
import java.util.Random;

/** Weights and inputs to test methods with: features go together and differ in size, as activations do. */
final class CorrelatedInputs {
    private CorrelatedInputs() {}

    static FloatMatrix weight(int rows, int columns, long seed) {
        Random random = new Random(seed);
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian() * 0.05f;
        }
        return new FloatMatrix(rows, columns, values);
    }

    /** {@code tokens * features} values. */
    static float[] inputs(int features, int tokens, long seed) {
        Random random = new Random(seed);
        float[] x = new float[tokens * features];
        for (int token = 0; token < tokens; token++) {
            double last = 0;
            for (int i = 0; i < features; i++) {
                last = 0.8 * last + random.nextGaussian() * (1 + i % 5) * (i == 3 ? 20 : 1);
                x[token * features + i] = (float) last;
            }
        }
        return x;
    }

    /** {@code X^T X / tokens}. */
    static double[] moments(float[] x, int features) {
        double[] moments = new double[features * features];
        int tokens = x.length / features;
        for (int token = 0; token < tokens; token++) {
            for (int i = 0; i < features; i++) {
                for (int j = 0; j < features; j++) {
                    moments[i * features + j] += (double) x[token * features + i] * x[token * features + j] / tokens;
                }
            }
        }
        return moments;
    }
}
