package io.bantam.compression.export;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.compression.quantizer.AsymmetricQuantizer;
import io.bantam.compression.quantizer.BinaryQuantizer;
import io.bantam.compression.quantizer.Granularity;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.compression.quantizer.SymmetricQuantizer;
import io.bantam.compression.quantizer.TernaryQuantizer;
import io.bantam.compression.quantizer.WeightQuantization;
import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.DType;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.ModelTensor;
import io.bantam.runtime.format.PackedFile;
import io.bantam.runtime.format.PackedTensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorwisePackWriterTest {
    /** Rows enough for several chunks: 600 words. */
    private static final DecoderConfig CONFIG = new DecoderConfig(600, 16, 20, 80, 2, 2, 1e-5f, 0, 1, 4);

    @TempDir
    Path folder;

    private static Map<String, float[]> weights() {
        Random random = new Random(3);
        Map<String, float[]> weights = new LinkedHashMap<>();
        CONFIG.shapes().forEach((name, shape) -> {
            float[] values = new float[shape.stream().reduce(1, (a, b) -> a * b)];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) random.nextGaussian();
            }
            weights.put(name, values);
        });
        return weights;
    }

    private static WeightQuantization quantization(Quantizer quantizer) {
        return WeightQuantization.none()
                .with(
                        WeightQuantization.select(CONFIG.shapes().keySet(), WeightQuantization.GPT2_LINEARS, List.of()),
                        quantizer)
                .with(List.of("wte.weight"), quantizer);
    }

    @Test
    void theFileIsThatOfAWholeModel() throws IOException {
        Map<String, float[]> weights = weights();
        for (Granularity granularity :
                List.of(Granularity.perTensor(), Granularity.perRow(), Granularity.perGroup(10))) {
            for (Quantizer quantizer : List.of(
                    new BinaryQuantizer(granularity),
                    new TernaryQuantizer(granularity),
                    new SymmetricQuantizer(4, granularity),
                    new AsymmetricQuantizer(3, granularity))) {
                Path whole = folder.resolve("whole.bantam");
                PackWriter.write(
                        whole, CONFIG, weights, quantization(quantizer), ActivationQuantization.NONE, new byte[] {7});
                Path tensorwise = folder.resolve("tensorwise.bantam");
                new TensorwisePackWriter(CONFIG, weights::get, quantization(quantizer), false)
                        .write(tensorwise, ActivationQuantization.NONE, new byte[] {7}, Optional.empty());
                PackedFile expected = PackedFile.read(whole);
                PackedFile actual = PackedFile.read(tensorwise);
                assertArrayEquals(expected.tokenizerJson(), actual.tokenizerJson());
                for (String name : weights.keySet()) {
                    String where = quantizer + " " + name;
                    ModelTensor tensor = actual.tensors().get(name);
                    assertEquals(expected.tensors().get(name).getClass(), tensor.getClass(), where);
                    assertArrayEquals(expected.tensors().get(name).toFloats(), tensor.toFloats(), where);
                }
            }
        }
    }

    @Test
    void halvesAreThoseOfHalfPrecision() throws IOException {
        Map<String, float[]> weights = weights();
        Quantizer quantizer = new AsymmetricQuantizer(4, Granularity.perGroup(10));
        Path file = folder.resolve("halves.bantam");
        new TensorwisePackWriter(CONFIG, weights::get, quantization(quantizer), true)
                .write(file, ActivationQuantization.NONE, null, Optional.empty());
        Map<String, ModelTensor> read = PackedFile.read(file).tensors();
        PackWriter.tensors(CONFIG, weights, PackWriter.quantize(CONFIG, weights, quantization(quantizer)))
                .forEach((name, tensor) -> assertArrayEquals(
                        HalfPrecision.tensor(tensor).toFloats(), read.get(name).toFloats(), name));
        PackedTensor words = (PackedTensor) read.get("wte.weight");
        assertEquals(DType.F16, DType.exactly(words.scales()));
    }

    @Test
    void nothingIsKeptOfAModel() throws IOException {
        int[] reads = {0};
        new TensorwisePackWriter(
                        CONFIG,
                        name -> {
                            reads[0]++;
                            return weights().get(name);
                        },
                        quantization(new SymmetricQuantizer(4, Granularity.perRow())),
                        true)
                .write(folder.resolve("model.bantam"), ActivationQuantization.NONE, null, Optional.empty());
        int quantized = quantization(new BinaryQuantizer(Granularity.perRow()))
                .quantizers()
                .size();
        // Plain tensors are looked at before, to know whether float16 holds them.
        assertEquals(2 * CONFIG.shapes().size() - quantized, reads[0]);
    }

    @Test
    void whatDoesNotFitIsRefusedBeforeAnythingIsWritten() {
        TensorwisePackWriter writer = new TensorwisePackWriter(
                CONFIG, weights()::get, quantization(new SymmetricQuantizer(4, Granularity.perGroup(7))), false);
        IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class,
                () -> writer.write(
                        folder.resolve("model.bantam"), ActivationQuantization.NONE, null, Optional.empty()));
        assertTrue(refused.getMessage().startsWith("wte.weight: group size 7 does not divide"), refused.getMessage());
    }
}
