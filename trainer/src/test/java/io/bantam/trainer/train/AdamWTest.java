package io.bantam.trainer.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.trainer.engine.Operations;
import io.bantam.trainer.model.DecoderParameters;
import io.bantam.trainer.model.ReferenceGpt2;
import io.bantam.trainer.model.TinyGpt2;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AdamWTest {
    private static final DecoderConfig CONFIG = TinyGpt2.config(7, 5, 6, 1, 2);
    private static final double DECAY = 0.1;

    private static NDManager manager;
    private static Operations operations;

    @BeforeAll
    static void load() {
        manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
        operations = Operations.load(Device.cpu());
    }

    @AfterAll
    static void close() {
        operations.close();
        manager.close();
    }

    /** The update in plain loops and float64. */
    private static final class Plain {
        private final Map<String, double[]> weights;
        private final Map<String, double[]> first;
        private final Map<String, double[]> second;
        private int step;

        Plain(Map<String, float[]> start) {
            weights = ReferenceGpt2.widen(start);
            first = zeros(weights);
            second = zeros(weights);
        }

        private static Map<String, double[]> zeros(Map<String, double[]> like) {
            Map<String, double[]> zeros = new LinkedHashMap<>();
            like.forEach((name, values) -> zeros.put(name, new double[values.length]));
            return zeros;
        }

        double update(Map<String, float[]> gradients, double rate, double largestNorm) {
            double squares = 0;
            for (float[] values : gradients.values()) {
                for (float value : values) {
                    squares += (double) value * value;
                }
            }
            double norm = Math.sqrt(squares);
            double factor = largestNorm == 0 ? 1 : Math.min(1, largestNorm / (norm + 1e-6));
            step++;
            weights.forEach((name, w) -> {
                boolean matrix = CONFIG.shapes().get(name).size() > 1;
                for (int i = 0; i < w.length; i++) {
                    double g = factor * gradients.get(name)[i];
                    double[] m = first.get(name);
                    double[] v = second.get(name);
                    m[i] = 0.9 * m[i] + 0.1 * g;
                    v[i] = 0.98 * v[i] + 0.02 * g * g;
                    w[i] -= matrix ? rate * DECAY * w[i] : 0;
                    double unbiased = m[i] / (1 - Math.pow(0.9, step));
                    w[i] -= rate * unbiased / (Math.sqrt(v[i] / (1 - Math.pow(0.98, step))) + 1e-8);
                }
            });
            return norm;
        }
    }

    private static Map<String, float[]> gradients(long seed) {
        Map<String, float[]> gradients = TinyGpt2.weights(CONFIG, seed);
        // Some without any gradient: their moments stay 0 and only the decay moves them.
        gradients.put("h.0.attn.c_attn.weight", new float[gradients.get("h.0.attn.c_attn.weight").length]);
        return gradients;
    }

    private static List<NDArray> arrays(NDManager scope, DecoderParameters parameters, Map<String, float[]> values) {
        List<NDArray> arrays = new ArrayList<>();
        for (String name : parameters.names()) {
            arrays.add(scope.create(values.get(name), parameters.get(name).getShape()));
        }
        return arrays;
    }

    /** 0: no clipping; 1: the norm, about 6, is clipped; 1000: a limit that is not reached. */
    @ParameterizedTest
    @ValueSource(doubles = {0, 1, 1000})
    void updatesAreThoseOfPlainAdamW(double largestNorm) {
        Map<String, float[]> start = TinyGpt2.weights(CONFIG, 1);
        Plain plain = new Plain(start);
        try (DecoderParameters parameters = DecoderParameters.of(manager, CONFIG, start);
                AdamW adamW = new AdamW(operations, parameters, DECAY, largestNorm)) {
            for (int step = 0; step < 5; step++) {
                double rate = 0.01 / (step + 1);
                Map<String, float[]> gradients = gradients(100 + step);
                try (NDManager scope = manager.newSubManager()) {
                    double norm = adamW.update(scope, arrays(scope, parameters, gradients), rate);
                    assertEquals(plain.update(gradients, rate, largestNorm), norm, 1e-4);
                }
                parameters.toFloats().forEach((name, values) -> {
                    double[] expected = plain.weights.get(name);
                    for (int i = 0; i < values.length; i++) {
                        assertEquals(expected[i], values[i], 2e-6, name + "[" + i + "]");
                    }
                });
            }
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
    void gradientsThatAreNotFiniteChangeNothing(float value) {
        try (DecoderParameters parameters = DecoderParameters.of(manager, CONFIG, TinyGpt2.weights(CONFIG, 1));
                AdamW adamW = new AdamW(operations, parameters, DECAY, 1);
                NDManager scope = manager.newSubManager()) {
            adamW.update(scope, arrays(scope, parameters, gradients(100)), 0.01);
            List<float[]> before = everything(parameters, adamW);
            Map<String, float[]> broken = gradients(101);
            broken.get("h.0.ln_1.bias")[3] = value;
            assertFalse(Double.isFinite(adamW.update(scope, arrays(scope, parameters, broken), 0.01)));
            List<float[]> after = everything(parameters, adamW);
            for (int i = 0; i < before.size(); i++) {
                assertArrayEquals(before.get(i), after.get(i), "array " + i);
            }
        }
    }

    /** Weights and both moments. */
    private static List<float[]> everything(DecoderParameters parameters, AdamW adamW) {
        List<float[]> all = new ArrayList<>();
        parameters.arrays().forEach(array -> all.add(array.toFloatArray()));
        adamW.state().subList(0, 2).forEach(kind -> kind.forEach(array -> all.add(array.toFloatArray())));
        assertEquals(3 * parameters.arrays().size(), all.size());
        return all;
    }
}
