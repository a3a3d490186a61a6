package io.bantam.runtime.model;

import com.sun.management.ThreadMXBean;
import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.ModelTensor;
import io.bantam.runtime.format.Scheme;
import io.bantam.runtime.kernel.Kernels;
import java.lang.management.ManagementFactory;
import java.util.Map;

/**
 * Generates with several models, and reads prompts, until neither allocates anything, as they must once the compiler
 * has seen the kernels; until then the Vector API makes an object of every vector. A main class, since other tests'
 * kernels in a process would change what the compiler makes of these.
 */
public final class TokenAllocation {
    private static final DecoderConfig CONFIG = RandomModels.config(130, 32, 96, 1, 2);

    /** Calls in a row that must allocate nothing. */
    private static final int CLEAN = 100;
    /** The compiler's time to find them: fast machines make many calls meanwhile. */
    private static final long PATIENCE_NANOS = 60_000_000_000L;

    private TokenAllocation() {}

    /** Prints for each model how many calls it took. */
    public static void main(String[] arguments) {
        System.out.println(Kernels.best().name());
        ActivationQuantization codes = ActivationQuantization.dynamic(8, true);
        Map<String, ModelTensor> signs = RandomModels.quantized(CONFIG, 1, Scheme.BINARY, 1, 96, true);
        generate("1-bit, int8 cache", signs, codes, CachePrecision.INT8);
        Map<String, ModelTensor> ternary = RandomModels.quantized(CONFIG, 2, Scheme.TERNARY, 2, 0, true);
        ternary.put(
                "wte.weight",
                RandomModels.quantized(CONFIG, 3, Scheme.SYMMETRIC, 8, 96, true).get("wte.weight"));
        generate("ternary, 8-bit embedding", ternary, ActivationQuantization.dynamic(8, false), CachePrecision.FLOAT16);
        Map<String, ModelTensor> groups = RandomModels.quantized(CONFIG, 4, Scheme.ASYMMETRIC, 3, 32, false);
        generate("3 bits in groups", groups, ActivationQuantization.NONE, CachePrecision.FLOAT32);
        System.out.println("allocated nothing");
    }

    private static void generate(
            String name, Map<String, ModelTensor> tensors, ActivationQuantization codes, CachePrecision precision) {
        PackedDecoder decoder = new PackedDecoder(CONFIG, codes, tensors, 1, precision, Kernels.best());
        KvCache cache = decoder.newCache();
        float[] logits = new float[CONFIG.vocabularySize()];
        int[] tokens = {1};
        untilClean(name + ", tokens", () -> {
            if (cache.length() == cache.capacity()) {
                cache.truncate(0);
            }
            decoder.forward(tokens, 0, 1, cache, logits);
            tokens[0] = decoder.mostProbable(tokens, 0, 1, cache, null);
        });
        int[] prompt = RandomModels.tokens(CONFIG, CONFIG.positions(), 5);
        untilClean(name + ", prompts", () -> {
            cache.truncate(0);
            decoder.forward(prompt, 0, prompt.length, cache, logits);
        });
    }

    private static void untilClean(String name, Runnable call) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        int clean = 0;
        long start = System.nanoTime();
        for (int i = 1; clean < CLEAN; i++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            call.run();
            long bytes = threads.getCurrentThreadAllocatedBytes() - before;
            clean = bytes == 0 ? clean + 1 : 0;
            if (System.nanoTime() - start > PATIENCE_NANOS) {
                throw new AssertionError(name + ": call " + i + " still allocates " + bytes + " bytes");
            }
            if (clean == CLEAN) {
                System.out.println(name + ": " + i + " calls");
            }
        }
    }
}
