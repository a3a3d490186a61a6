package io.bantam.runtime.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.PackedTensor;
import io.bantam.runtime.format.Scheme;
import io.bantam.runtime.kernel.Kernels;
import io.bantam.runtime.kernel.RowNorms;
import io.bantam.runtime.kernel.ScalarKernels;
import io.bantam.runtime.kernel.WeightMatrix;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The largest output is the one of all outputs, whatever the weights, and most of them are not computed for it. */
class LargestOutputTest {
    private static final int ROWS = 3000;
    private static final int WIDTH = 192;

    /** A linear with room to run it. */
    private static final class Subject implements AutoCloseable {
        final PackedLinear linear;
        final WorkerPool pool;
        final Workspace workspace;
        final RowNorms norms;
        final LargestOutput largest;

        Subject(Kernels kernels, PackedTensor weights, int digits, int threads) {
            linear = PackedLinear.of(
                    kernels, WeightMatrix.of(kernels, weights, false), null, ActivationQuantization.NONE, null, digits);
            pool = new WorkerPool(threads);
            DecoderConfig config = RandomModels.config(ROWS, 32, WIDTH, 1, 2);
            workspace = new Workspace(config, kernels, pool, List.of(linear), 1);
            norms = linear.estimates() ? linear.rowNorms() : null;
            largest = new LargestOutput(kernels, linear, norms);
        }

        float[] outputs(float[] x) {
            float[] outputs = new float[ROWS];
            linear.apply(workspace, 1, x.clone(), null, PackedLinear.Target.STORE, outputs);
            return outputs;
        }

        int find(float[] x, IntPredicate allowed) {
            return largest.find(workspace, x.clone(), null, allowed);
        }

        @Override
        public void close() {
            pool.close();
        }
    }

    private static PackedTensor weights(Scheme scheme, int bits, int group, long seed) {
        return RandomModels.random(new Random(seed), scheme, bits, List.of(ROWS, WIDTH), group);
    }

    private static float[] input(Random random) {
        float[] x = new float[WIDTH];
        for (int k = 0; k < WIDTH; k++) {
            x[k] = (float) random.nextGaussian();
        }
        return x;
    }

    private static int best(float[] outputs, IntPredicate allowed) {
        int best = -1;
        for (int row = 0; row < outputs.length; row++) {
            if (allowed.test(row) && (best < 0 || outputs[row] > outputs[best])) {
                best = row;
            }
        }
        return best;
    }

    @ParameterizedTest(name = "{0} {1} bits, group {2}, {3} digits")
    @CsvSource({
        "BINARY, 1, 192, 2",
        "BINARY, 1, 0, 3",
        "BINARY, 1, 64, 2",
        "TERNARY, 2, 192, 2",
        "SYMMETRIC, 2, 192, 3",
        "ASYMMETRIC, 4, 64, 2",
        "SYMMETRIC, 4, 192, 2",
        "SYMMETRIC, 3, 64, 2",
        "SYMMETRIC, 8, 192, 2",
        "SYMMETRIC, 8, 0, 2",
        "SYMMETRIC, 8, 64, 2",
        "ASYMMETRIC, 8, 192, 2"
    })
    void isTheLargestOfAllAndEstimatesAreWithinTheirBounds(Scheme scheme, int bits, int group, int digits) {
        for (Kernels kernels : List.of(Kernels.best(), new ScalarKernels())) {
            try (Subject subject = new Subject(kernels, weights(scheme, bits, group, 1), digits, 1)) {
                Random random = new Random(2);
                for (int i = 0; i < 40; i++) {
                    float[] x = input(random);
                    x[7] *= i % 4 == 3 ? 100 : 1; // a large feature
                    float[] outputs = subject.outputs(x);
                    assertEquals(best(outputs, row -> true), subject.find(x, null), "input " + i);
                    IntPredicate every = row -> row % 64 == 5;
                    assertEquals(best(outputs, every), subject.find(x, every), "allowed, input " + i);
                    if (subject.norms != null) {
                        // Ternary rows count as if no code were 0.
                        checkBounds(subject, x, outputs, scheme == Scheme.TERNARY ? 1.4 : 1.1);
                    }
                }
            }
        }
    }

    private static void checkBounds(Subject subject, float[] x, float[] outputs, double longer) {
        float[] estimates = new float[ROWS];
        float lost = subject.linear.estimate(subject.workspace, x.clone(), null, estimates);
        float[] row = new float[WIDTH];
        for (int r = 0; r < ROWS; r++) {
            float bound = subject.norms.factor() * subject.norms.norms()[r];
            subject.linear.weights().row(r, WeightMatrix.scratch(WIDTH), row, 0);
            double length = 0;
            for (float weight : row) {
                length += weight * weight;
            }
            assertTrue(Math.sqrt(length) <= bound && bound < longer * Math.sqrt(length), "length of row " + r);
            assertTrue(Math.abs(estimates[r] - outputs[r]) <= lost * bound, "row " + r);
        }
    }

    @ParameterizedTest
    @CsvSource({"BINARY, 1", "SYMMETRIC, 4", "SYMMETRIC, 8"})
    void mostRowsAreOnlyEstimated(Scheme scheme, int bits) {
        try (Subject subject = new Subject(Kernels.best(), weights(scheme, bits, WIDTH, 3), 2, 2)) {
            float[] x = input(new Random(4));
            int chunk = subject.linear.chunkRows();
            int[] chunks = {1, ROWS / chunk};
            float[] some = new float[ROWS];
            subject.linear.applyTo(subject.workspace, x.clone(), null, chunks, 2, some);
            float[] outputs = subject.outputs(x);
            for (int row = 0; row < ROWS; row++) {
                boolean computed = row / chunk == 1 || row / chunk == ROWS / chunk;
                assertEquals(computed ? outputs[row] : 0, some[row], "row " + row);
            }
            // An input that fits one row best: nothing else comes near.
            float[] row = new float[WIDTH];
            subject.linear.weights().row(1234, WeightMatrix.scratch(WIDTH), row, 0);
            assertEquals(1234, subject.find(row, null));
            assertEquals(1, subject.largest.computedChunks());
        }
    }

    @Test
    void theFirstOfEqualRowsIsTaken() {
        int[] codes = new int[ROWS * WIDTH];
        Random random = new Random(5);
        for (int k = 0; k < WIDTH; k++) {
            int code = random.nextInt(-128, 128);
            for (int row : new int[] {700, 701, 2900}) {
                codes[row * WIDTH + k] = code;
            }
        }
        float[] scales = new float[ROWS];
        Arrays.fill(scales, 0.01f);
        PackedTensor tensor = PackedTensor.pack(Scheme.SYMMETRIC, 8, ROWS, WIDTH, WIDTH, codes, scales, new float[0]);
        try (Subject subject = new Subject(Kernels.best(), tensor, 2, 2)) {
            float[] row = new float[WIDTH];
            subject.linear.weights().row(700, null, row, 0);
            assertEquals(700, subject.find(row, null));
            assertEquals(701, subject.find(row, r -> r > 700));
            assertEquals(-1, subject.find(row, r -> false));
        }
    }

    /** Rows of one code each, whose zeros take all of it away but for rounding: they are as long as nothing. */
    @Test
    void rowsThatCancelOutAreBoundedToo() {
        int[] codes = new int[ROWS * WIDTH];
        float[] scales = new float[ROWS];
        float[] zeros = new float[ROWS];
        Random random = new Random(10);
        for (int row = 0; row < ROWS; row++) {
            int code = random.nextInt(1, 16);
            Arrays.fill(codes, row * WIDTH, (row + 1) * WIDTH, code);
            scales[row] = 0.1f + random.nextFloat();
            zeros[row] = -code * scales[row];
        }
        PackedTensor tensor = PackedTensor.pack(Scheme.ASYMMETRIC, 4, ROWS, WIDTH, WIDTH, codes, scales, zeros);
        try (Subject subject = new Subject(Kernels.best(), tensor, 2, 1)) {
            for (int i = 0; i < 20; i++) {
                float[] x = input(random);
                assertEquals(best(subject.outputs(x), row -> true), subject.find(x, null), "input " + i);
            }
        }
    }

    @Test
    void inputsOfZeroAndNoNumbersAreTakenAsAllOutputsSay() {
        for (int bits : new int[] {4, 8}) {
            try (Subject subject = new Subject(Kernels.best(), weights(Scheme.SYMMETRIC, bits, WIDTH, 6), 2, 1)) {
                assertEquals(0, subject.find(new float[WIDTH], null));
                assertEquals(9, subject.find(new float[WIDTH], row -> row > 8));
                float[] x = input(new Random(7));
                x[3] = Float.NaN;
                assertEquals(Kernels.best().indexOfLargest(subject.outputs(x)), subject.find(x, null));
            }
        }
    }

    @Test
    void aDecoderChoosesTheWordOfTheLargestLogit() {
        DecoderConfig config = RandomModels.config(400, 64, 64, 2, 2);
        for (Scheme scheme : new Scheme[] {Scheme.BINARY, Scheme.TERNARY, Scheme.SYMMETRIC}) {
            int bits = scheme == Scheme.BINARY ? 1 : scheme == Scheme.TERNARY ? 2 : 8;
            try (PackedDecoder decoder = new PackedDecoder(
                    config,
                    ActivationQuantization.dynamic(8, true),
                    RandomModels.quantized(config, 8, scheme, bits, 64, true),
                    2,
                    Kernels.best())) {
                int[] tokens = RandomModels.tokens(config, 60, 9);
                KvCache cache = decoder.newCache();
                KvCache other = decoder.newCache();
                float[] logits = new float[config.vocabularySize()];
                int[] expected = new int[60];
                int[] actual = new int[60];
                for (int from = 0, to = 5; from < 60; from = to, to = Math.min(60, to + 3)) {
                    decoder.forward(tokens, from, to, cache, logits);
                    expected[from] = Kernels.best().indexOfLargest(logits);
                    actual[from] = decoder.mostProbable(tokens, from, to, other, null);
                }
                assertArrayEquals(expected, actual);
            }
        }
    }
}
