package io.bantam.runtime.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.ActivationQuantization.Range;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.ModelTensor;
import io.bantam.runtime.format.PackedFile;
import io.bantam.runtime.format.Scheme;
import io.bantam.runtime.kernel.Kernels;
import io.bantam.runtime.kernel.ScalarKernels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PackedDecoderTest {
    private static final DecoderConfig SMALL = RandomModels.config(53, 80, 24, 3, 3);
    private static final DecoderConfig WIDER = RandomModels.config(101, 96, 128, 2, 4);

    static Stream<Kernels> kernels() {
        return Stream.of(new ScalarKernels(), Kernels.best());
    }

    private static List<float[]> allLogits(PackedDecoder decoder, int[] tokens) {
        List<float[]> all = new ArrayList<>();
        decoder.forwardAll(tokens, decoder.newCache(), (index, logits) -> {
            assertEquals(all.size(), index);
            all.add(logits.clone());
        });
        return all;
    }

    private static double difference(double[] expected, float[] actual) {
        double worst = 0;
        for (int i = 0; i < expected.length; i++) {
            double difference = Math.abs(expected[i] - actual[i]);
            worst = difference <= worst ? worst : difference;
        }
        return worst;
    }

    /** Random weights, every length around panel widths; absolute difference of logits of about 1. */
    @ParameterizedTest
    @MethodSource("kernels")
    void floatLogitsAgreeWithFloat64(Kernels kernels) {
        for (DecoderConfig config : List.of(SMALL, WIDER)) {
            Map<String, ModelTensor> tensors = RandomModels.floats(config, 1);
            PackedDecoder decoder = new PackedDecoder(config, ActivationQuantization.NONE, tensors, 1, kernels);
            ExactDecoder reference = new ExactDecoder(config, ActivationQuantization.NONE, tensors);
            int[] tokens = RandomModels.tokens(config, 80, 2);
            double[][] expected = reference.logits(tokens);
            for (int length : new int[] {1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 48, 63, 64, 65, 80}) {
                int[] prefix = Arrays.copyOf(tokens, length);
                assertEquals(0, difference(expected[length - 1], decoder.forward(prefix, decoder.newCache())), 1e-4);
                List<float[]> all = allLogits(decoder, prefix);
                assertEquals(length, all.size());
                for (int t = 0; t < length; t++) {
                    assertEquals(0, difference(expected[t], all.get(t)), 1e-4, length + " tokens, token " + t);
                }
            }
        }
    }

    static Stream<Arguments> schemes() {
        List<Arguments> list = new ArrayList<>();
        List<ActivationQuantization> activations = List.of(
                ActivationQuantization.NONE,
                ActivationQuantization.dynamic(8, true),
                ActivationQuantization.dynamic(8, false),
                ActivationQuantization.dynamic(4, false),
                ActivationQuantization.dynamic(8, true).withGroup(32),
                ActivationQuantization.dynamic(8, true).withGroup(4),
                ActivationQuantization.dynamic(8, false).withGroup(16),
                fixed(8, true),
                fixed(8, false));
        for (ActivationQuantization activation : activations) {
            for (int group : new int[] {0, 8, 32, 64}) {
                list.add(Arguments.of(Scheme.BINARY, 1, group, activation));
                list.add(Arguments.of(Scheme.TERNARY, 2, group, activation));
                for (int bits : new int[] {2, 3, 4, 5, 8}) {
                    list.add(Arguments.of(Scheme.SYMMETRIC, bits, group, activation));
                    list.add(Arguments.of(Scheme.ASYMMETRIC, bits, group, activation));
                }
            }
        }
        return list.stream();
    }

    private static ActivationQuantization fixed(int bits, boolean symmetric) {
        Map<String, Range> ranges = new HashMap<>();
        for (int layer = 0; layer < 3; layer++) {
            for (String linear : DecoderConfig.linears(layer)) {
                ranges.put(linear, new Range(-1.5f, 2));
            }
        }
        return ActivationQuantization.fixed(bits, symmetric, ranges);
    }

    /**
     * Every scheme against float64 on the dequantized weights. Rounding an activation may fall to either side where
     * float32 and float64 differ in the last digit, so most logits, not all, must agree closely.
     */
    @ParameterizedTest(name = "{0} {1} bits, group {2}, {3}")
    @MethodSource("schemes")
    void quantizedLogitsAgreeWithDequantizedFloat64(
            Scheme scheme, int bits, int group, ActivationQuantization activations) {
        DecoderConfig config = RandomModels.config(37, 24, 64, 1, 2);
        Map<String, ModelTensor> tensors = RandomModels.quantized(config, 5, scheme, bits, group, true);
        ExactDecoder reference = new ExactDecoder(config, activations, tensors);
        int[] tokens = RandomModels.tokens(config, 20, 6);
        double[][] expected = reference.logits(tokens);
        double largest = Arrays.stream(expected)
                .flatMapToDouble(Arrays::stream)
                .map(Math::abs)
                .max()
                .orElseThrow();
        for (Kernels kernels : List.of(new ScalarKernels(), Kernels.best())) {
            PackedDecoder decoder = new PackedDecoder(config, activations, tensors, 1, kernels);
            List<float[]> all = allLogits(decoder, tokens);
            KvCache cache = decoder.newCache();
            List<Double> differences = new ArrayList<>();
            for (int t = 0; t < tokens.length; t++) {
                differences.add(difference(expected[t], all.get(t)) / largest);
                float[] single = decoder.forward(new int[] {tokens[t]}, cache);
                differences.add(difference(expected[t], single) / largest);
            }
            differences.sort(null);
            double median = differences.get(differences.size() / 2);
            double worst = differences.getLast();
            // Behind quantized layers the vocabulary product takes its input to 16 bits.
            double usual = activations.enabled() ? 5e-5 : 2e-5;
            assertTrue(median < usual, kernels.name() + ": median difference " + median);
            double allowed = activations.enabled() ? 5.0 / (1 << activations.bits()) : 2e-5;
            assertTrue(worst < allowed, kernels.name() + ": largest difference " + worst);
        }
    }

    @Test
    void floatWeightsWithIntegerActivationsAgreeWithFloat64() {
        ActivationQuantization activations = ActivationQuantization.dynamic(8, true);
        DecoderConfig config = RandomModels.config(37, 24, 64, 1, 2);
        Map<String, ModelTensor> tensors = RandomModels.floats(config, 9);
        double[] expected = new ExactDecoder(config, activations, tensors).logits(new int[] {1, 2, 3})[2];
        PackedDecoder decoder = new PackedDecoder(config, activations, tensors, 1, Kernels.best());
        assertEquals(0, difference(expected, decoder.forward(new int[] {1, 2, 3}, decoder.newCache())), 1e-4);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 10, 64, 79})
    void incrementalEqualsWhole(int split) {
        Map<String, ModelTensor> tensors = RandomModels.quantized(SMALL, 3, Scheme.BINARY, 1, 24, false);
        PackedDecoder decoder = new PackedDecoder(SMALL, ActivationQuantization.NONE, tensors, 1, Kernels.best());
        int[] tokens = RandomModels.tokens(SMALL, 80, 4);
        float[] whole = decoder.forward(tokens, decoder.newCache());
        KvCache cache = decoder.newCache();
        float[] logits = new float[53];
        for (int from = 0; from < tokens.length; from += split) {
            decoder.forward(tokens, from, Math.min(tokens.length, from + split), cache, logits);
        }
        assertEquals(80, cache.length());
        assertArrayEquals(whole, logits, 2e-5f);
    }

    @Test
    void longContextsGoThroughInSeveralBlocks() {
        DecoderConfig config = RandomModels.config(29, 600, 16, 2, 2);
        Map<String, ModelTensor> tensors = RandomModels.floats(config, 8);
        PackedDecoder decoder = new PackedDecoder(config, ActivationQuantization.NONE, tensors, 1, Kernels.best());
        int[] tokens = RandomModels.tokens(config, 600, 9);
        double[][] expected = new ExactDecoder(config, ActivationQuantization.NONE, tensors).logits(tokens);
        assertEquals(0, difference(expected[599], decoder.forward(tokens, decoder.newCache())), 1e-4);
        assertEquals(0, difference(expected[333], allLogits(decoder, tokens).get(333)), 1e-4);
    }

    @Test
    void threadsAndCallersDoNotChangeTheResult() throws Exception {
        Map<String, ModelTensor> tensors = RandomModels.quantized(WIDER, 3, Scheme.SYMMETRIC, 4, 64, true);
        ActivationQuantization activations = ActivationQuantization.dynamic(8, true);
        int[] tokens = RandomModels.tokens(WIDER, 90, 4);
        PackedDecoder one = new PackedDecoder(WIDER, activations, tensors, 1, Kernels.best());
        float[] expected = one.forward(tokens, one.newCache());
        try (PackedDecoder three = new PackedDecoder(WIDER, activations, tensors, 3, Kernels.best())) {
            List<Thread> callers = new ArrayList<>();
            List<float[]> results = Collections.synchronizedList(new ArrayList<>());
            for (int i = 0; i < 4; i++) {
                callers.add(Thread.ofPlatform().start(() -> results.add(three.forward(tokens, three.newCache()))));
            }
            for (Thread caller : callers) {
                caller.join();
            }
            assertEquals(4, results.size());
            results.forEach(result -> assertArrayEquals(expected, result));
        }
    }

    @Test
    void aPackedFileGivesTheSameLogits(@TempDir Path folder) throws IOException {
        Map<String, ModelTensor> tensors = RandomModels.quantized(SMALL, 3, Scheme.TERNARY, 2, 24, true);
        ActivationQuantization activations = ActivationQuantization.dynamic(8, false);
        Path path = folder.resolve("model.bantam");
        PackedFile.write(path, SMALL, activations, tensors, null);
        PackedDecoder memory = new PackedDecoder(SMALL, activations, tensors, 1, Kernels.best());
        PackedDecoder file = PackedDecoder.load(path);
        int[] tokens = RandomModels.tokens(SMALL, 20, 4);
        assertArrayEquals(memory.forward(tokens, memory.newCache()), file.forward(tokens, file.newCache()));
        assertTrue(file.memoryBytes() > 0);
    }

    @Test
    void refusesWhatDoesNotFit() {
        PackedDecoder decoder =
                new PackedDecoder(SMALL, ActivationQuantization.NONE, RandomModels.floats(SMALL, 1), 1, Kernels.best());
        KvCache cache = decoder.newCache(4);
        decoder.forward(new int[] {1, 2, 3}, cache);
        assertProblem(
                "token 1 is 53; the vocabulary has 0 to 52",
                () -> decoder.forward(new int[] {5, 53}, decoder.newCache()));
        assertProblem("token 0 is -1", () -> decoder.forward(new int[] {-1}, cache));
        assertProblem(
                "2 tokens do not fit behind the 3 in a cache of 4", () -> decoder.forward(new int[] {1, 2}, cache));
        assertProblem("expected at least one token", () -> decoder.forward(new int[0], cache));
        assertProblem("a cache of 81 tokens: expected 1 to 80", () -> decoder.newCache(81));
        assertProblem("cannot cut a cache of 3 tokens to 4", () -> cache.truncate(4));
        assertEquals(3, cache.length());
        PackedDecoder other =
                new PackedDecoder(WIDER, ActivationQuantization.NONE, RandomModels.floats(WIDER, 1), 1, Kernels.best());
        assertProblem("made for another model", () -> other.forward(new int[] {1}, cache));
        Map<String, ModelTensor> incomplete = RandomModels.floats(SMALL, 1);
        incomplete.remove("ln_f.bias");
        assertProblem(
                "tensor 'ln_f.bias'",
                () -> new PackedDecoder(SMALL, ActivationQuantization.NONE, incomplete, 1, Kernels.best()));
    }

    private static void assertProblem(String problem, Runnable action) {
        String message =
                assertThrows(IllegalArgumentException.class, action::run).getMessage();
        assertTrue(message.contains(problem), message);
    }
}
