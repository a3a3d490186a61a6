package io.bantam.compression.ptq;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.bantam.compression.quantizer.FloatMatrix;
import io.bantam.compression.quantizer.Granularity;
import io.bantam.compression.quantizer.QuantizedMatrix;
import io.bantam.compression.quantizer.SymmetricQuantizer;
import io.bantam.compression.quantizer.WeightQuantization;
import io.bantam.compression.range.AllMinMax;
import io.bantam.compression.range.GridFamily;
import io.bantam.compression.range.GridRule;
import io.bantam.compression.range.MseRange;
import io.bantam.compression.range.Range;
import io.bantam.compression.range.RangeSearch;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PostTrainingTest {

    @Test
    void moreBitsAndFinerGroupsMeanLessNoise() {
        FloatMatrix weight = matrix(48, 64, 9);
        double last = Double.POSITIVE_INFINITY;
        for (int bits = 2; bits <= 8; bits++) {
            double noise = noise(weight, new SymmetricQuantizer(bits, Granularity.perRow(), RangeSearch.MSE));
            assertTrue(noise < 0.6 * last, bits + " bits: " + noise + " after " + last);
            last = noise;
        }
        double tensor = noise(weight, new SymmetricQuantizer(4, Granularity.perTensor()));
        double row = noise(weight, new SymmetricQuantizer(4, Granularity.perRow()));
        double group = noise(weight, new SymmetricQuantizer(4, Granularity.perGroup(16)));
        assertTrue(group < row && row < tensor, group + " " + row + " " + tensor);
    }

    private static double noise(FloatMatrix weight, SymmetricQuantizer quantizer) {
        WeightQuantization quantization = WeightQuantization.none().with(List.of("w"), quantizer);
        QuantizedMatrix quantized =
                RoundToNearest.quantize(Map.of("w", weight), quantization).get("w");
        return QuantizationError.relativeNoise(weight.values(), quantized.dequantize());
    }

    @Test
    void onlyTheNamedWeightsAreQuantizedAndMistakesNameTheTensor() {
        Map<String, FloatMatrix> weights = new LinkedHashMap<>();
        weights.put("a", matrix(4, 6, 1));
        weights.put("b", matrix(4, 6, 2));
        SymmetricQuantizer quantizer = new SymmetricQuantizer(4, Granularity.perGroup(4));
        SymmetricQuantizer fits = new SymmetricQuantizer(4, Granularity.perGroup(3));
        assertEquals(
                List.of("b"),
                List.copyOf(RoundToNearest.quantize(
                                weights, WeightQuantization.none().with(List.of("b"), fits))
                        .keySet()));
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> RoundToNearest.quantize(
                                weights, WeightQuantization.none().with(List.of("a"), quantizer)))
                .getMessage();
        assertTrue(message.startsWith("a: group size 4 does not divide the 6 columns"), message);
        message = assertThrows(
                        IllegalArgumentException.class,
                        () -> RoundToNearest.quantize(
                                weights, WeightQuantization.none().with(List.of("c"), fits)))
                .getMessage();
        assertTrue(message.startsWith("c: the model has no such weight"), message);
    }

    @Test
    void relativeNoiseCorners() {
        assertEquals(0, QuantizationError.relativeNoise(new float[2], new float[2]));
        assertEquals(0.25, QuantizationError.relativeNoise(new float[] {2, 0}, new float[] {1, 0}));
        assertThrows(IllegalArgumentException.class, () -> QuantizationError.relativeNoise(new float[2], new float[3]));
    }

    @Test
    void theWorstTensorsAreNamedWithAdvice() {
        Map<String, Double> noise = new LinkedHashMap<>(Map.of("a", 0.02, "b", 0.2, "c", 0.05, "d", 0.001));
        assertEquals(List.of("b", "c", "a"), WorstTensors.names(noise));
        String sentence = WorstTensors.sentence(noise);
        assertTrue(sentence.startsWith("largest relative noise: b 20 %, c 5.0 %, a 2.0 %; give them more"), sentence);
        assertEquals("no weight was quantized", WorstTensors.sentence(Map.of()));
    }

    @Test
    void calibrationKeepsARangeForEachLinear() {
        ActivationCalibration calibration = new ActivationCalibration(AllMinMax::new);
        assertThrows(IllegalStateException.class, calibration::ranges);
        try (NDManager manager = NDManager.newBaseManager()) {
            calibration.observe("h.0.attn.c_attn", manager.create(new float[] {1, -2, 3, 0}, new Shape(1, 2, 2)));
            calibration.observe("h.0.mlp.c_fc", manager.create(new float[] {5, 6}, new Shape(1, 1, 2)));
            calibration.observe("h.0.attn.c_attn", new float[] {-4, 1});
            int before = manager.getManagedArrays().size();
            calibration.observe("h.0.attn.c_attn", manager.ones(new Shape(2)));
            assertEquals(before + 1, manager.getManagedArrays().size());
        }
        Map<String, Range> ranges = calibration.ranges();
        assertEquals(List.of("h.0.attn.c_attn", "h.0.mlp.c_fc"), List.copyOf(ranges.keySet()));
        assertEquals(new Range(-4, 3), ranges.get("h.0.attn.c_attn"));
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> calibration.observe("h.0.mlp.c_fc", new float[] {Float.NaN}))
                .getMessage();
        assertTrue(message.startsWith("input of h.0.mlp.c_fc: "), message);
    }

    @Test
    void mseCalibrationCutsOffAnOutlierAtFourBits() {
        GridFamily family = new GridFamily(4, true, GridRule.XTC);
        ActivationCalibration calibration = new ActivationCalibration(() -> new MseRange(family));
        Random random = new Random(2);
        for (int batch = 0; batch < 10; batch++) {
            float[] values = new float[4000];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) random.nextGaussian();
            }
            values[0] = batch == 7 ? 15 : 0;
            calibration.observe("linear", values);
        }
        float maximum = calibration.ranges().get("linear").maximum();
        assertTrue(maximum > 2 && maximum < 5, "clips at " + maximum);
    }

    private static FloatMatrix matrix(int rows, int columns, long seed) {
        Random random = new Random(seed);
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian() * 0.02f * (1 + i / columns % 3);
        }
        return new FloatMatrix(rows, columns, values);
    }

    @Test
    void outlierDimensionsAreThoseOfAllBatches() {
        OutlierDimensions outliers = new OutlierDimensions();
        assertThrows(IllegalStateException.class, () -> outliers.largest(1));
        try (NDManager manager = NDManager.newBaseManager()) {
            outliers.observe(manager.create(new float[] {1, -2, 1, 0, 1, -30, 1, 1}, new Shape(1, 2, 4)));
            outliers.observe(manager.create(new float[] {-1.5f, 3, 40, 2}, new Shape(1, 4)));
            assertEquals(
                    List.of(new OutlierDimensions.Outlier(2, 40, 40 / 30.0), new OutlierDimensions.Outlier(1, 30, 1)),
                    outliers.largest(2));
            assertThrows(IllegalArgumentException.class, () -> outliers.observe(manager.create(new float[] {1, 2})));
        }
    }
}
