package io.bantam.trainer.evaluation;

import io.bantam.runtime.format.PackedFile;
import io.bantam.runtime.model.CachePrecision;
import io.bantam.runtime.model.KvCache;
import io.bantam.runtime.model.PackedDecoder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.SplittableRandom;

/**
 * The process that {@link LatencyProbe} starts. Uses nothing but the JDK and the runtime module, so that the peak of
 * memory is what an editor plug-in would see. It answers in a file, since anything may be printed beside.
 */
final class LatencyProcess {
    /** Repetitions before measuring go on for this long at least, for the compiler to settle. */
    private static final long SHORTEST_WARM_UP_NANOS = 1_500_000_000L;
    /** Repetitions before measuring go on for this long at most: the compiler shares the cores with the model. */
    private static final long LONGEST_WARM_UP_NANOS = 8_000_000_000L;

    private static final long WINDOW_NANOS = 500_000_000L;
    /** A window that is faster than all before by less than this ends the warm-up. */
    private static final double SETTLED = 1.05;

    private LatencyProcess() {}

    /**
     * Arguments: packed file, result file, prompt tokens, generated tokens, repetitions, threads, declared watts or 0,
     * precision of the cache.
     */
    public static void main(String[] arguments) throws IOException {
        int promptLength = Integer.parseInt(arguments[2]);
        int generatedLength = Integer.parseInt(arguments[3]);
        int repetitions = Integer.parseInt(arguments[4]);
        long start = System.nanoTime();
        int threads = Integer.parseInt(arguments[5]);
        CachePrecision cache = CachePrecision.valueOf(arguments[7]);
        try (PackedDecoder decoder = PackedDecoder.of(PackedFile.read(Path.of(arguments[0])), threads, cache)) {
            double loadMillis = (System.nanoTime() - start) / 1e6;
            int positions = decoder.config().positions();
            int generated = Math.clamp(generatedLength, 1, Math.max(1, positions / 2));
            int prompt = Math.clamp(promptLength, 1, Math.max(1, positions - generated));
            Run run = new Run(decoder, prompt, generated);
            run.warmUp();
            double[] reading = new double[repetitions];
            double[] writing = new double[repetitions];
            double[] contextMillis = new double[repetitions];
            double[] tokenMillis = new double[repetitions * generated];
            EnergyReading energy;
            double watts = Double.parseDouble(arguments[6]);
            OptionalDouble declared = watts > 0 ? OptionalDouble.of(watts) : OptionalDouble.empty();
            try (EnergyProbe.Meter meter =
                    EnergyProbe.of(EnergyProbe.POWERCAP, declared, threads).start()) {
                for (int i = 0; i < repetitions; i++) {
                    run.once();
                    reading[i] = prompt / run.readSeconds;
                    writing[i] = generated / run.writeSeconds;
                    contextMillis[i] = 1000 * run.readSeconds;
                    System.arraycopy(run.tokenMillis, 0, tokenMillis, i * generated, generated);
                }
                energy = meter.read();
            }
            Percentiles context = Percentiles.of(contextMillis);
            Percentiles token = Percentiles.of(tokenMillis);
            Files.writeString(
                    Path.of(arguments[1]),
                    String.format(
                            Locale.ROOT,
                            "{\"loadMillis\":%.3f,\"promptTokensPerSecond\":%.3f,\"generatedTokensPerSecond\":%.3f,"
                                    + "\"peakResidentBytes\":%d,\"promptTokens\":%d,\"generatedTokens\":%d,"
                                    + "\"repetitions\":%d,\"contextMillis\":{\"p50\":%.4f,\"p95\":%.4f},"
                                    + "\"tokenMillis\":{\"p50\":%.4f,\"p95\":%.4f},\"prediction\":{\"joules\":%.6f,"
                                    + "\"seconds\":%.6f,\"estimate\":%b,\"method\":\"%s\"}}%n",
                            loadMillis,
                            median(reading),
                            median(writing),
                            MemoryProbe.peakResidentBytes().orElse(0),
                            prompt,
                            generated,
                            repetitions,
                            context.p50(),
                            context.p95(),
                            token.p50(),
                            token.p95(),
                            energy.joules() / repetitions,
                            energy.seconds() / repetitions,
                            energy.estimate(),
                            energy.method()));
        }
    }

    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /** Reads a prompt and writes greedily behind it, as long as asked whatever is written. */
    private static final class Run {
        private final PackedDecoder decoder;
        private final KvCache cache;
        private final int[] prompt;
        private final int generated;
        private final double[] tokenMillis;
        private double readSeconds;
        private double writeSeconds;

        Run(PackedDecoder decoder, int promptLength, int generated) {
            this.decoder = decoder;
            this.cache = decoder.newCache(Math.min(decoder.config().positions(), promptLength + generated));
            this.prompt = new SplittableRandom(1)
                    .ints(promptLength, 0, decoder.config().vocabularySize())
                    .toArray();
            this.generated = generated;
            this.tokenMillis = new double[generated];
        }

        void warmUp() {
            long start = System.nanoTime();
            long elapsed;
            double best = 0;
            boolean settled;
            do {
                long window = System.nanoTime();
                int count = 0;
                do {
                    once();
                    count++;
                } while (System.nanoTime() - window < WINDOW_NANOS);
                double rate = count / (double) (System.nanoTime() - window);
                settled = rate < SETTLED * best;
                best = Math.max(best, rate);
                elapsed = System.nanoTime() - start;
            } while (elapsed < SHORTEST_WARM_UP_NANOS || !settled && elapsed < LONGEST_WARM_UP_NANOS);
        }

        void once() {
            cache.truncate(0);
            long start = System.nanoTime();
            int[] token = {decoder.mostProbable(prompt, 0, prompt.length, cache, null)};
            long read = System.nanoTime();
            // The first new token comes with the prompt; each further one needs a pass, the last token's included.
            for (int i = 0; i < generated; i++) {
                if (cache.length() == cache.capacity()) {
                    cache.truncate(prompt.length); // a model of very few positions
                }
                long before = System.nanoTime();
                token[0] = decoder.mostProbable(token, 0, 1, cache, null);
                tokenMillis[i] = (System.nanoTime() - before) / 1e6;
            }
            writeSeconds = Math.max(1e-9, (System.nanoTime() - read) / 1e9);
            readSeconds = Math.max(1e-9, (read - start) / 1e9);
        }
    }
}
