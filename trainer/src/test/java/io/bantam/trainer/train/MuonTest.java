package io.bantam.trainer.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.trainer.engine.Operations;
import io.bantam.trainer.engine.Precision;
import io.bantam.trainer.model.Gpt2Parameters;
import io.bantam.trainer.model.TinyGpt2;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MuonTest {
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

    private static boolean isHidden(String name) {
        return name.startsWith("h.") && CONFIG.shapes().get(name).size() == 2;
    }

    private static double[][] product(double[][] a, double[][] b) {
        double[][] c = new double[a.length][b[0].length];
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < b[0].length; j++) {
                for (int k = 0; k < b.length; k++) {
                    c[i][j] += a[i][k] * b[k][j];
                }
            }
        }
        return c;
    }

    private static double[][] transposed(double[][] a) {
        double[][] t = new double[a[0].length][a.length];
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < a[0].length; j++) {
                t[j][i] = a[i][j];
            }
        }
        return t;
    }

    /** Five Newton-Schulz steps in plain loops; without the transposition of tall matrices, which changes no value. */
    private static double[][] orthogonalized(double[][] u) {
        double squares = 0;
        for (double[] row : u) {
            for (double value : row) {
                squares += value * value;
            }
        }
        double[][] x = new double[u.length][u[0].length];
        for (int i = 0; i < u.length; i++) {
            for (int j = 0; j < u[0].length; j++) {
                x[i][j] = u[i][j] / (Math.sqrt(squares) + 1e-7);
            }
        }
        for (int step = 0; step < 5; step++) {
            double[][] a = product(x, transposed(x));
            double[][] aa = product(a, a);
            double[][] ax = product(a, x);
            double[][] aax = product(aa, x);
            for (int i = 0; i < x.length; i++) {
                for (int j = 0; j < x[0].length; j++) {
                    x[i][j] = 3.4445 * x[i][j] - 4.7750 * ax[i][j] + 2.0315 * aax[i][j];
                }
            }
        }
        return x;
    }

    /** Muon's update of one array of {@code parts} matrices, one above the other. */
    private static void update(double[] w, double[] m, float[] g, int parts, int columns, double rate) {
        int rows = w.length / parts / columns;
        for (int part = 0; part < parts; part++) {
            double[][] u = new double[rows][columns];
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < columns; j++) {
                    int at = (part * rows + i) * columns + j;
                    m[at] = 0.95 * m[at] + 0.05 * g[at];
                    u[i][j] = 0.05 * g[at] + 0.95 * m[at];
                }
            }
            double[][] direction = orthogonalized(u);
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < columns; j++) {
                    int at = (part * rows + i) * columns + j;
                    w[at] = w[at] * (1 - rate * DECAY)
                            - rate * 0.2 * Math.sqrt(Math.max(rows, columns)) * direction[i][j];
                }
            }
        }
    }

    private static List<NDArray> arrays(NDManager scope, Gpt2Parameters parameters, Map<String, float[]> values) {
        List<NDArray> arrays = new ArrayList<>();
        for (String name : parameters.names()) {
            arrays.add(scope.create(values.get(name), parameters.get(name).getShape()));
        }
        return arrays;
    }

    @Test
    void hiddenMatricesMoveAsInThePlainDefinitionAndTheRestByAdamW() {
        Map<String, float[]> start = TinyGpt2.weights(CONFIG, 1);
        Map<String, double[]> expected = new LinkedHashMap<>();
        start.forEach((name, values) -> {
            double[] wide = new double[values.length];
            for (int i = 0; i < wide.length; i++) {
                wide[i] = values[i];
            }
            expected.put(name, wide);
        });
        Map<String, double[]> momentum = new LinkedHashMap<>();
        try (Gpt2Parameters parameters = Gpt2Parameters.of(manager, CONFIG, start);
                Gpt2Parameters compared = Gpt2Parameters.of(manager, CONFIG, start);
                Muon muon = new Muon(operations, parameters, DECAY, 1, Precision.FLOAT32);
                AdamW adamW = new AdamW(operations, compared, DECAY, 1)) {
            for (int step = 0; step < 3; step++) {
                double rate = 0.01 / (step + 1);
                Map<String, float[]> gradients = TinyGpt2.weights(CONFIG, 100 + step);
                try (NDManager scope = manager.newSubManager()) {
                    double norm = muon.update(scope, arrays(scope, parameters, gradients), rate);
                    assertEquals(norm, adamW.update(scope, arrays(scope, compared, gradients), rate), 1e-5);
                    float factor = (float) Math.min(1, 1 / (norm + 1e-6));
                    gradients.values().forEach(values -> {
                        for (int i = 0; i < values.length; i++) {
                            values[i] *= factor;
                        }
                    });
                }
                Map<String, float[]> byAdamW = compared.toFloats();
                parameters.toFloats().forEach((name, values) -> {
                    if (isHidden(name)) {
                        int columns = CONFIG.shapes().get(name).get(1);
                        update(
                                expected.get(name),
                                momentum.computeIfAbsent(name, any -> new double[values.length]),
                                gradients.get(name),
                                name.contains("c_attn") ? 3 : 1,
                                columns,
                                rate);
                        for (int i = 0; i < values.length; i++) {
                            assertEquals(expected.get(name)[i], values[i], 2e-5, name + "[" + i + "]");
                        }
                    } else {
                        assertArrayEquals(byAdamW.get(name), values, name);
                    }
                });
            }
        }
    }

    /** The update's size, in root mean square, is that of AdamW: 0.2 to 0.4 of the rate, whatever the gradient's. */
    @ParameterizedTest
    @ValueSource(floats = {1e-3f, 1, 1e3f})
    void updatesAreOfTheSizeOfTheRate(float scale) {
        DecoderConfig config = TinyGpt2.config(7, 5, 32, 1, 2);
        Map<String, float[]> start = TinyGpt2.weights(config, 1);
        try (Gpt2Parameters parameters = Gpt2Parameters.of(manager, config, start);
                Muon muon = new Muon(operations, parameters, 0, 0);
                NDManager scope = manager.newSubManager()) {
            Map<String, float[]> gradients = TinyGpt2.weights(config, 2);
            gradients.values().forEach(values -> {
                for (int i = 0; i < values.length; i++) {
                    values[i] *= scale;
                }
            });
            muon.update(scope, arrays(scope, parameters, gradients), 0.01);
            for (String name : List.of("h.0.attn.c_attn.weight", "h.0.mlp.c_fc.weight", "h.0.mlp.c_proj.weight")) {
                double squares = 0;
                float[] after = parameters.get(name).toFloatArray();
                for (int i = 0; i < after.length; i++) {
                    squares += Math.pow(after[i] - start.get(name)[i], 2);
                }
                double size = Math.sqrt(squares / after.length) / 0.01;
                assertTrue(size > 0.1 && size < 0.4, name + " moves by " + size + " of the rate");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
    void gradientsThatAreNotFiniteChangeNothing(float value) {
        try (Gpt2Parameters parameters = Gpt2Parameters.of(manager, CONFIG, TinyGpt2.weights(CONFIG, 1));
                Muon muon = new Muon(operations, parameters, DECAY, 1);
                NDManager scope = manager.newSubManager()) {
            muon.update(scope, arrays(scope, parameters, TinyGpt2.weights(CONFIG, 100)), 0.01);
            List<float[]> before = everything(parameters, muon);
            Map<String, float[]> broken = TinyGpt2.weights(CONFIG, 101);
            broken.get("h.0.ln_1.bias")[3] = value;
            assertFalse(Double.isFinite(muon.update(scope, arrays(scope, parameters, broken), 0.01)));
            List<float[]> after = everything(parameters, muon);
            for (int i = 0; i < before.size(); i++) {
                assertArrayEquals(before.get(i), after.get(i), "array " + i);
            }
        }
    }

    private static List<float[]> everything(Gpt2Parameters parameters, Muon muon) {
        List<float[]> all = new ArrayList<>();
        parameters.arrays().forEach(array -> all.add(array.toFloatArray()));
        muon.state().forEach((name, array) -> {
            if (!name.startsWith("adamw.steps.")) {
                all.add(array.toFloatArray());
            }
        });
        return all;
    }
}
