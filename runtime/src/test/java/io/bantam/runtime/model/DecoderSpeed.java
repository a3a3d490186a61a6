package io.bantam.runtime.model;

import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.ModelTensor;
import io.bantam.runtime.format.Scheme;
import io.bantam.runtime.kernel.Kernels;
import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/**
 * Prints how fast one thread reads prompts and generates, by its CPU time so that other work on the machine does not
 * count. Not a test: run its main class with {@code --add-modules jdk.incubator.vector}; arguments: vocabulary,
 * positions, width, layers, heads, prompt tokens; {@code -Donly=binary} picks cases by name.
 */
public final class DecoderSpeed {
    private DecoderSpeed() {}

    /** Runs every scheme. */
    public static void main(String[] arguments) {
        int[] sizes = {8192, 512, 192, 12, 6, 400};
        for (int i = 0; i < arguments.length; i++) {
            sizes[i] = Integer.parseInt(arguments[i]);
        }
        DecoderConfig config = RandomModels.config(sizes[0], sizes[1], sizes[2], sizes[3], sizes[4]);
        System.out.println(config + ", " + Kernels.best().name());
        ActivationQuantization w8 = ActivationQuantization.dynamic(8, true);
        int c = config.width();
        Map<String, Runnable> cases = new LinkedHashMap<>();
        cases.put(
                "float32",
                () -> measure(config, ActivationQuantization.NONE, RandomModels.floats(config, 1), sizes[5]));
        cases.put("binary A8", () -> measure(config, w8, quantized(config, Scheme.BINARY, 1, c), sizes[5]));
        cases.put("ternary A8", () -> measure(config, w8, quantized(config, Scheme.TERNARY, 2, c), sizes[5]));
        cases.put("W8 A8", () -> measure(config, w8, quantized(config, Scheme.SYMMETRIC, 8, c), sizes[5]));
        cases.put("W4 A8", () -> measure(config, w8, quantized(config, Scheme.SYMMETRIC, 4, c), sizes[5]));
        cases.put("W4 group 64", () -> measure(config, w8, quantized(config, Scheme.ASYMMETRIC, 4, 64), sizes[5]));
        cases.put("W3 A8", () -> measure(config, w8, quantized(config, Scheme.SYMMETRIC, 3, c), sizes[5]));
        String only = System.getProperty("only", "");
        cases.forEach((name, run) -> {
            if (!name.contains(only)) {
                return;
            }
            System.out.printf("%-12s ", name);
            run.run();
        });
    }

    private static Map<String, ModelTensor> quantized(DecoderConfig config, Scheme scheme, int bits, int group) {
        Map<String, ModelTensor> tensors = RandomModels.quantized(config, 1, scheme, bits, group, false);
        tensors.put(
                "wte.weight",
                RandomModels.random(
                        new Random(1), Scheme.SYMMETRIC, 8, config.shapes().get("wte.weight"), config.width()));
        return tensors;
    }

    private static double cpuSeconds() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() * 1e-9;
    }

    private static void measure(
            DecoderConfig config,
            ActivationQuantization activations,
            Map<String, ModelTensor> tensors,
            int promptTokens) {
        PackedDecoder decoder = new PackedDecoder(config, activations, tensors, 1, Kernels.best());
        long perToken =
                config.layers() * (4L * config.width() * config.width() + 2L * config.width() * config.innerWidth());
        int[] prompt = RandomModels.tokens(config, promptTokens, 1);
        KvCache cache = decoder.newCache();
        float[] logits = new float[config.vocabularySize()];
        double promptSeconds = Double.MAX_VALUE;
        for (double start = cpuSeconds(), begin = start; begin - start < 6; ) {
            cache.truncate(0);
            decoder.forward(prompt, 0, prompt.length, cache, logits);
            double end = cpuSeconds();
            promptSeconds = Math.min(promptSeconds, end - begin);
            begin = end;
        }
        int steps = Math.min(64, config.positions() - promptTokens);
        double stepSeconds = Double.MAX_VALUE;
        for (double start = cpuSeconds(), begin = start; begin - start < 6; ) {
            cache.truncate(promptTokens);
            for (int i = 0; i < steps; i++) {
                decoder.forward(prompt, i, i + 1, cache, logits);
            }
            double end = cpuSeconds();
            stepSeconds = Math.min(stepSeconds, (end - begin) / steps);
            begin = end;
        }
        System.out.printf(
                "prompt %7.0f tokens/s (%5.1f GMAC/s in linears), generation %6.1f tokens/s (%5.1f GMAC/s), %6.1f MB%n",
                promptTokens / promptSeconds,
                perToken * promptTokens / promptSeconds * 1e-9,
                1 / stepSeconds,
                (perToken + (long) config.vocabularySize() * config.width()) / stepSeconds * 1e-9,
                decoder.memoryBytes() * 1e-6);
    }
}
