package io.bantam.runtime.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.ModelTensor;
import io.bantam.runtime.format.Scheme;
import io.bantam.runtime.kernel.Kernels;
import io.bantam.runtime.kernel.ScalarKernels;
import java.lang.management.ManagementFactory;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The fastest kernels give the logits of the plain ones at every length, and running a model allocates nothing. */
class DecoderAgreementTest {
    private static final DecoderConfig CONFIG = RandomModels.config(70, 1024, 64, 1, 2);
    private static final int[] LENGTHS = {1, 2, 3, 15, 16, 17, 63, 64, 65, 255, 256, 257, 511, 600, 1023, 1024};

    /** Root mean square of the difference over that of the expected logits. */
    private static double difference(float[] expected, float[] actual) {
        double squares = 0;
        double all = 0;
        for (int i = 0; i < expected.length; i++) {
            squares += Math.pow(expected[i] - actual[i], 2);
            all += Math.pow(expected[i], 2);
        }
        return Math.sqrt(squares / all);
    }

    @ParameterizedTest(name = "{0} {1} bits, group {2}")
    @CsvSource({
        "BINARY, 1, 64",
        "BINARY, 1, 0",
        "TERNARY, 2, 64",
        "SYMMETRIC, 2, 64",
        "SYMMETRIC, 3, 64",
        "ASYMMETRIC, 4, 32",
        "SYMMETRIC, 8, 64"
    })
    void fastAndPlainKernelsGiveTheSameLogits(Scheme scheme, int bits, int group) {
        Map<String, ModelTensor> tensors = RandomModels.quantized(CONFIG, 3, scheme, bits, group, true);
        int[] tokens = RandomModels.tokens(CONFIG, 1024, 4);
        ActivationQuantization activations = ActivationQuantization.NONE;
        PackedDecoder plain = new PackedDecoder(CONFIG, activations, tensors, 1, new ScalarKernels());
        PackedDecoder fast = new PackedDecoder(CONFIG, activations, tensors, 1, Kernels.best());
        KvCache cache = plain.newCache();
        float[] expected = new float[CONFIG.vocabularySize()];
        float[] actual = new float[CONFIG.vocabularySize()];
        for (int length : LENGTHS) {
            // The plain kernels go on from the length before: they are slow.
            plain.forward(tokens, cache.length(), length, cache, expected);
            fast.forward(tokens, 0, length, fast.newCache(), actual);
            assertEquals(0, difference(expected, actual), 1e-4, "length " + length);
        }
    }

    /** Inputs of 8 bits that lie near a rounding boundary may fall to either side; few do. */
    @ParameterizedTest
    @CsvSource({"BINARY, 1", "TERNARY, 2", "SYMMETRIC, 4", "SYMMETRIC, 8"})
    void withIntegerInputsMostLogitsAreTheSame(Scheme scheme, int bits) {
        Map<String, ModelTensor> tensors = RandomModels.quantized(CONFIG, 3, scheme, bits, 64, true);
        int[] tokens = RandomModels.tokens(CONFIG, 256, 5);
        ActivationQuantization activations = ActivationQuantization.dynamic(8, true);
        PackedDecoder plain = new PackedDecoder(CONFIG, activations, tensors, 1, new ScalarKernels());
        PackedDecoder fast = new PackedDecoder(CONFIG, activations, tensors, 1, Kernels.best());
        KvCache plainCache = plain.newCache();
        KvCache fastCache = fast.newCache();
        int close = 0;
        for (int token : tokens) {
            float[] expected = plain.forward(new int[] {token}, plainCache);
            double difference = difference(expected, fast.forward(new int[] {token}, fastCache));
            close += difference < 1e-3 ? 1 : 0;
            assertTrue(difference < 2e-2, "difference " + difference);
        }
        assertTrue(close > 0.9 * tokens.length, close + " of " + tokens.length + " within 1e-3");
    }

    /** Runs the plain kernels, since vectors are objects until the compiler has seen to them. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void allocatesNothingPerToken(int threads) {
        for (Scheme scheme : new Scheme[] {Scheme.BINARY, Scheme.SYMMETRIC}) {
            int bits = scheme == Scheme.BINARY ? 1 : 8;
            Map<String, ModelTensor> tensors = RandomModels.quantized(CONFIG, 3, scheme, bits, 64, true);
            ActivationQuantization activations = ActivationQuantization.dynamic(8, true);
            try (PackedDecoder decoder =
                    new PackedDecoder(CONFIG, activations, tensors, threads, new ScalarKernels())) {
                KvCache cache = decoder.newCache();
                float[] logits = new float[CONFIG.vocabularySize()];
                int[] tokens = RandomModels.tokens(CONFIG, 40, 6);
                decoder.forward(tokens, 0, 1, cache, logits);
                ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
                long before = thread.getCurrentThreadAllocatedBytes();
                for (int i = 1; i < tokens.length; i++) {
                    decoder.forward(tokens, i, i + 1, cache, logits);
                }
                long each = (thread.getCurrentThreadAllocatedBytes() - before) / (tokens.length - 1);
                assertTrue(each < 64, scheme + ": " + each + " bytes a token");
            }
        }
    }
}
