package io.bantam.runtime.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.ModelTensor;
import io.bantam.runtime.kernel.Kernels;
import io.bantam.runtime.kernel.ScalarKernels;
import java.lang.ref.WeakReference;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class KvCacheTest {
    /** Heads of 12 features, which fill no register, and more positions than are unpacked at a time. */
    private static final DecoderConfig CONFIG = RandomModels.config(53, 300, 24, 2, 2);

    private static final Map<String, ModelTensor> TENSORS = RandomModels.floats(CONFIG, 8);

    private static PackedDecoder decoder(CachePrecision precision, Kernels kernels) {
        return new PackedDecoder(CONFIG, ActivationQuantization.NONE, TENSORS, 1, precision, kernels);
    }

    /** Root mean square of the difference over that of the logits, for each way to read 300 tokens. */
    @ParameterizedTest
    @CsvSource({"FLOAT16, 3e-4, 1", "FLOAT16, 3e-4, 2", "INT8, 6e-3, 1", "INT8, 6e-3, 2"})
    void logitsAreNearThoseOfTheFloatCache(CachePrecision precision, double allowed, int kind) {
        Kernels kernels = kind == 1 ? new ScalarKernels() : Kernels.best();
        int[] tokens = RandomModels.tokens(CONFIG, 300, 9);
        PackedDecoder exact = decoder(CachePrecision.FLOAT32, kernels);
        PackedDecoder rounded = decoder(precision, kernels);
        float[] expected = exact.forward(tokens, exact.newCache());
        for (int split : new int[] {300, 77, 1}) {
            KvCache cache = rounded.newCache();
            float[] logits = new float[CONFIG.vocabularySize()];
            for (int from = 0; from < tokens.length; from += split) {
                rounded.forward(tokens, from, Math.min(tokens.length, from + split), cache, logits);
            }
            double squares = 0;
            double wanted = 0;
            for (int i = 0; i < logits.length; i++) {
                squares += Math.pow(logits[i] - expected[i], 2);
                wanted += expected[i] * expected[i];
            }
            double error = Math.sqrt(squares / wanted);
            assertTrue(error < allowed, "split " + split + ": " + error);
            // Rounding must show, or it is not the rounded cache that was read.
            assertTrue(error > allowed / 100, "split " + split + ": " + error);
        }
    }

    @Test
    void aDecoderKeepsNoCache() throws InterruptedException {
        PackedDecoder decoder = decoder(CachePrecision.FLOAT32, Kernels.best());
        WeakReference<KvCache> cache = used(decoder);
        for (int i = 0; i < 50 && cache.get() != null; i++) {
            System.gc();
            Thread.sleep(20);
        }
        assertNull(cache.get());
        decoder.close();
    }

    private static WeakReference<KvCache> used(PackedDecoder decoder) {
        KvCache cache = decoder.newCache();
        decoder.forward(new int[] {1, 2, 3}, cache);
        return new WeakReference<>(cache);
    }

    @ParameterizedTest
    @EnumSource
    void aCopyContinuesAsTheOriginal(CachePrecision precision) {
        PackedDecoder decoder = decoder(precision, Kernels.best());
        int[] tokens = RandomModels.tokens(CONFIG, 150, 3);
        KvCache original = decoder.newCache();
        decoder.forward(tokens, original);
        KvCache copy = decoder.newCache(200);
        copy.copyFrom(original);
        int[] next = {7};
        assertArrayEquals(decoder.forward(next, original), decoder.forward(next, copy));
    }

    @Test
    void roundedCachesTakeLessMemory() {
        long floats =
                decoder(CachePrecision.FLOAT32, new ScalarKernels()).newCache().memoryBytes();
        long halves =
                decoder(CachePrecision.FLOAT16, new ScalarKernels()).newCache().memoryBytes();
        long bytes =
                decoder(CachePrecision.INT8, new ScalarKernels()).newCache().memoryBytes();
        assertEquals(floats, 2 * halves);
        // A scale, 4 bytes, for every vector of 12 features or, of values, 16 with those that fill a panel.
        assertTrue(bytes < floats * 0.35, bytes + " of " + floats);
        KvCache other = decoder(CachePrecision.INT8, Kernels.best()).newCache();
        assertEquals(CachePrecision.INT8, other.precision());
        IllegalArgumentException mixed = assertThrows(
                IllegalArgumentException.class,
                () -> other.copyFrom(
                        decoder(CachePrecision.FLOAT16, Kernels.best()).newCache()));
        assertEquals("cannot copy a cache in float16 into one in int8", mixed.getMessage());
    }

    /** Values beyond the largest half, and tokens whose keys are all zero. */
    @Test
    void extremesStayFinite() {
        for (CachePrecision precision : CachePrecision.values()) {
            KvStorage storage = KvStorage.of(precision, 8, 2);
            storage.put(0, 0, 1, new float[] {1e6f, -1e6f, 0, 3}, 0, 4);
            storage.put(1, 4, 1, new float[4], 0, 4);
            float[] scratch = new float[8];
            float[] read = storage.read(0, 0, 2, 4, false, scratch);
            for (int i = 0; i < 8; i++) {
                assertTrue(Float.isFinite(read[storage.start(0) + i]), precision + " " + i);
            }
            assertEquals(
                    precision == CachePrecision.FLOAT16 ? 65504 : 1e6f, read[storage.start(0)], 1, precision.label());
            assertEquals(0, read[storage.start(0) + 5]);
        }
    }
}
