package io.bantam.trainer.stage.export;

import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import io.bantam.compression.export.PackWriter;
import io.bantam.compression.quantizer.AsymmetricQuantizer;
import io.bantam.compression.quantizer.BinaryQuantizer;
import io.bantam.compression.quantizer.Granularity;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.compression.quantizer.SymmetricQuantizer;
import io.bantam.compression.quantizer.TernaryQuantizer;
import io.bantam.compression.quantizer.WeightQuantization;
import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.ActivationQuantization.Range;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.PackedFile;
import io.bantam.runtime.model.ExactDecoder;
import io.bantam.runtime.model.PackedDecoder;
import io.bantam.trainer.engine.Operations;
import io.bantam.trainer.engine.Precision;
import io.bantam.trainer.model.Decoder;
import io.bantam.trainer.model.TinyGpt2;
import io.bantam.trainer.stage.ModelState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The logits of packed files against those of the fake-quantized models they were written from. */
class PackedLogitsTest {
    private static final DecoderConfig CONFIG = TinyGpt2.config(61, 1024, 32, 2, 4);

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

    static Stream<Arguments> schemes() {
        Granularity row = Granularity.perRow();
        Granularity group = Granularity.perGroup(16);
        List<Quantizer> quantizers = List.of(
                new BinaryQuantizer(row),
                new BinaryQuantizer(group),
                new TernaryQuantizer(row),
                new TernaryQuantizer(group),
                new SymmetricQuantizer(2, row),
                new SymmetricQuantizer(3, group),
                new SymmetricQuantizer(4, row),
                new SymmetricQuantizer(8, row),
                new AsymmetricQuantizer(2, group),
                new AsymmetricQuantizer(4, group),
                new AsymmetricQuantizer(8, row));
        Map<String, Range> ranges = new HashMap<>();
        for (int layer = 0; layer < CONFIG.layers(); layer++) {
            DecoderConfig.linears(layer).forEach(linear -> ranges.put(linear, new Range(-2, 2.5f)));
        }
        List<ActivationQuantization> activations = List.of(
                ActivationQuantization.NONE,
                ActivationQuantization.dynamic(8, true),
                ActivationQuantization.dynamic(8, false),
                ActivationQuantization.dynamic(4, false),
                ActivationQuantization.dynamic(8, true).withGroup(8),
                ActivationQuantization.dynamic(8, false).withGroup(32),
                ActivationQuantization.fixed(8, true, ranges),
                ActivationQuantization.fixed(8, false, ranges));
        return quantizers.stream().flatMap(q -> activations.stream().map(a -> Arguments.of(q, a)));
    }

    /** Sums of the residual stream on grids, of 16 or fewer bits, and inputs that have other bits than the rest. */
    static Stream<Arguments> mixedActivations() {
        Map<String, Range> ranges = new HashMap<>();
        Map<String, Integer> sums16 = new HashMap<>();
        Map<String, Integer> mixed = new HashMap<>();
        for (int layer = 0; layer < CONFIG.layers(); layer++) {
            DecoderConfig.activations(layer).forEach(name -> ranges.put(name, new Range(-3, 3.5f)));
            DecoderConfig.sums(layer).forEach(sum -> sums16.put(sum, 16));
            mixed.put("h." + layer + ".attn.sum", 8);
            mixed.put("h." + layer + ".mlp.c_proj", 16);
            mixed.put("h." + layer + ".mlp.c_fc", 4);
        }
        Quantizer rows = new SymmetricQuantizer(8, Granularity.perRow());
        Quantizer groups = new AsymmetricQuantizer(4, Granularity.perGroup(16));
        return Stream.of(
                        ActivationQuantization.dynamic(8, true).withWidths(sums16),
                        ActivationQuantization.fixed(8, false, ranges).withWidths(sums16),
                        ActivationQuantization.dynamic(8, false).withWidths(mixed),
                        ActivationQuantization.dynamic(8, true)
                                .withWidths(mixed)
                                .withGroup(4),
                        ActivationQuantization.fixed(8, true, ranges).withWidths(mixed),
                        ActivationQuantization.fixed(16, true, ranges).withWidths(mixed))
                .flatMap(activations -> Stream.of(Arguments.of(rows, activations), Arguments.of(groups, activations)));
    }

    /**
     * In float64 the packed file and the fake-quantized model are the same function. In float32 a last digit may move
     * an input to the next code, which in a model this small shows by more than in a trained one.
     */
    @ParameterizedTest
    @MethodSource({"schemes", "mixedActivations"})
    void areThoseOfTheFakeQuantizedModel(Quantizer quantizer, ActivationQuantization activations, @TempDir Path folder)
            throws IOException {
        List<String> linears =
                WeightQuantization.select(CONFIG.shapes().keySet(), WeightQuantization.GPT2_LINEARS, List.of());
        WeightQuantization weights = WeightQuantization.none()
                .with(linears, quantizer)
                .with(List.of("wte.weight"), new SymmetricQuantizer(8, Granularity.perRow()));
        ModelState model =
                ModelState.teacher(CONFIG, TinyGpt2.weights(CONFIG, 11)).quantized(weights, activations);
        Path file = folder.resolve("model.bantam");
        PackWriter.write(file, CONFIG, model.weights(), weights, activations, "{}".getBytes(StandardCharsets.UTF_8));
        PackedFile packed = PackedFile.read(file);
        ExactDecoder exact = ExactDecoder.of(packed);
        try (Decoder simulated = model.simulatedDecoder(operations, manager, Precision.FLOAT64);
                PackedDecoder decoder = PackedDecoder.of(packed, 1)) {
            for (int length : new int[] {1, 2, 17, 64, 1024}) {
                int[] tokens = TinyGpt2.ids(length, length, CONFIG.vocabularySize());
                float[] wanted = simulated.logits(tokens, 1, model.running());
                double[] found = Arrays.stream(exact.logits(tokens))
                        .flatMapToDouble(Arrays::stream)
                        .toArray();
                assertWithin(1e-6, wanted, found, length);
                double[] fast = new double[wanted.length];
                decoder.forwardAll(tokens, decoder.newCache(), (index, logits) -> {
                    for (int word = 0; word < logits.length; word++) {
                        fast[index * logits.length + word] = logits[word];
                    }
                });
                assertWithin(activations.enabled() ? 2e-2 : 1e-5, wanted, fast, length);
            }
        }
    }

    private static void assertWithin(double tolerance, float[] wanted, double[] found, int length) {
        double differences = 0;
        double squares = 0;
        for (int i = 0; i < wanted.length; i++) {
            differences += (found[i] - wanted[i]) * (found[i] - wanted[i]);
            squares += (double) wanted[i] * wanted[i];
        }
        double relative = Math.sqrt(differences / squares);
        assertTrue(relative <= tolerance, length + " tokens: off by " + relative);
    }
}
