package io.bantam.compression.export;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.bantam.compression.quantizer.AsymmetricQuantizer;
import io.bantam.compression.quantizer.BinaryQuantizer;
import io.bantam.compression.quantizer.Granularity;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.compression.quantizer.SymmetricQuantizer;
import io.bantam.compression.quantizer.TernaryQuantizer;
import io.bantam.compression.quantizer.WeightQuantization;
import io.bantam.compression.range.Range;
import io.bantam.compression.range.RangeSearch;
import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.FloatTensor;
import io.bantam.runtime.format.ModelTensor;
import io.bantam.runtime.format.PackedFile;
import io.bantam.runtime.format.PackedTensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class PackWriterTest {
    private static final DecoderConfig CONFIG = new DecoderConfig(37, 16, 20, 80, 2, 2, 1e-5f, 0, 1, 4);

    @TempDir
    Path folder;

    @Test
    void whatIsReadBackIsExactlyWhatWasFakeQuantized() throws IOException {
        Map<String, float[]> weights = weights();
        List<Granularity> granularities =
                List.of(Granularity.perTensor(), Granularity.perRow(), Granularity.perGroup(10));
        for (Granularity granularity : granularities) {
            List<Quantizer> quantizers = new ArrayList<>();
            quantizers.add(new BinaryQuantizer(granularity));
            quantizers.add(new TernaryQuantizer(granularity));
            for (int bits = 2; bits <= 8; bits++) {
                quantizers.add(new SymmetricQuantizer(bits, granularity));
                quantizers.add(new AsymmetricQuantizer(bits, granularity, RangeSearch.MSE));
            }
            for (Quantizer quantizer : quantizers) {
                WeightQuantization quantization = WeightQuantization.none()
                        .with(
                                WeightQuantization.select(weights.keySet(), WeightQuantization.GPT2_LINEARS, List.of()),
                                quantizer)
                        .with(List.of("wte.weight"), new SymmetricQuantizer(8, Granularity.perRow()));
                Path file = folder.resolve("model.bantam");
                PackWriter.write(file, CONFIG, weights, quantization, ActivationQuantization.NONE, null);
                Map<String, ModelTensor> read = PackedFile.read(file).tensors();
                for (String name : weights.keySet()) {
                    if (quantization.of(name).isEmpty()) {
                        assertTrue(read.get(name) instanceof FloatTensor, name);
                        assertArrayEquals(weights.get(name), read.get(name).toFloats());
                    } else {
                        assertTrue(read.get(name) instanceof PackedTensor, name);
                        float[] expected = fakeQuantize(
                                quantization.of(name).get(),
                                weights.get(name),
                                CONFIG.shapes().get(name));
                        float[] actual = read.get(name).toFloats();
                        for (int i = 0; i < expected.length; i++) {
                            assertEquals(expected[i] + 0f, actual[i] + 0f, quantizer + " " + name + " element " + i);
                        }
                    }
                }
            }
        }
    }

    @Test
    void oneBitIsOneBit() {
        float[] weight = new float[256 * 64];
        // A scale that float16 does not hold.
        Arrays.fill(weight, 0.1f);
        PackedTensor binary = PackWriter.pack(new BinaryQuantizer(Granularity.perRow()).quantize(weight, 256, 64));
        assertEquals(256 * 64 / 8, binary.codes().length);
        assertEquals(256 * 64 / 8 + 4 * 256, binary.packedBytes());
        PackedTensor wholeTensor =
                PackWriter.pack(new BinaryQuantizer(Granularity.perTensor()).quantize(weight, 256, 64));
        assertEquals(256 * 64 / 8 + 4, wholeTensor.packedBytes());
        assertEquals(0, wholeTensor.group());
    }

    @Test
    void staticActivationRangesAreStored() throws IOException {
        Map<String, Range> ranges = new LinkedHashMap<>();
        for (int layer = 0; layer < 2; layer++) {
            for (String linear : DecoderConfig.linears(layer)) {
                ranges.put(linear, new Range(-layer - 0.5f, 2.25f));
            }
        }
        Path file = folder.resolve("static.bantam");
        byte[] tokenizer = {'{', '}'};
        PackWriter.write(
                file,
                CONFIG,
                weights(),
                WeightQuantization.none(),
                PackWriter.staticActivations(8, true, ranges),
                tokenizer);
        PackedFile read = PackedFile.read(file);
        assertEquals(
                new ActivationQuantization.Range(-1.5f, 2.25f),
                read.activations().ranges().get("h.1.mlp.c_fc"));
        assertArrayEquals(tokenizer, read.tokenizerJson());
        ranges.remove("h.1.mlp.c_fc");
        assertMessage(
                "h.1.mlp.c_fc",
                () -> PackWriter.write(
                        file,
                        CONFIG,
                        weights(),
                        WeightQuantization.none(),
                        PackWriter.staticActivations(8, true, ranges),
                        tokenizer));
    }

    @Test
    void mistakesNameTheTensor() {
        Quantizer binary = new BinaryQuantizer(Granularity.perRow());
        assertMessage("ln_f.bias: only matrices are quantized", () -> quantize(weights(), "ln_f.bias", binary));
        assertMessage("h.7.x: the model has no such weight", () -> quantize(weights(), "h.7.x", binary));
        Map<String, float[]> broken = weights();
        broken.get("wte.weight")[3] = Float.POSITIVE_INFINITY;
        assertMessage("wte.weight: weight 3 is Infinity", () -> quantize(broken, "wte.weight", binary));
        Quantizer sevens = new BinaryQuantizer(Granularity.perGroup(7));
        assertMessage(
                "wte.weight: group size 7 does not divide the 20 columns",
                () -> quantize(weights(), "wte.weight", sevens));
        Map<String, float[]> missing = weights();
        missing.remove("ln_f.weight");
        assertMessage("ln_f.weight: the weight is missing", () -> PackWriter.tensors(CONFIG, missing, Map.of()));
        Map<String, float[]> surplus = weights();
        surplus.put("lm_head.weight", new float[1]);
        assertMessage(
                "lm_head.weight: a model of this shape has no such tensor",
                () -> PackWriter.tensors(CONFIG, surplus, Map.of()));
        Map<String, float[]> short1 = weights();
        short1.put("wpe.weight", new float[3]);
        assertMessage("wpe.weight: expected 320 values", () -> PackWriter.tensors(CONFIG, short1, Map.of()));
    }

    private static void quantize(Map<String, float[]> weights, String name, Quantizer quantizer) {
        PackWriter.quantize(CONFIG, weights, WeightQuantization.none().with(List.of(name), quantizer));
    }

    private static void assertMessage(String part, Executable action) {
        String message = assertThrows(IllegalArgumentException.class, action).getMessage();
        assertTrue(message.contains(part), message);
    }

    private static float[] fakeQuantize(Quantizer quantizer, float[] values, List<Integer> shape) {
        try (NDManager manager = NDManager.newBaseManager();
                NDArray array = manager.create(values, new Shape(shape.get(0), shape.get(1)));
                NDArray result = quantizer.fakeQuantize(array)) {
            return result.toFloatArray();
        }
    }

    private static Map<String, float[]> weights() {
        Random random = new Random(17);
        Map<String, float[]> weights = new LinkedHashMap<>();
        CONFIG.shapes().forEach((name, shape) -> {
            float[] values = new float[shape.stream().reduce(1, Math::multiplyExact)];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) random.nextGaussian() * 0.05f;
            }
            weights.put(name, values);
        });
        return weights;
    }
}
