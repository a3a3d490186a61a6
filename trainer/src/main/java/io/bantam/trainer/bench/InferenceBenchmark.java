package io.bantam.trainer.bench;

import io.bantam.runtime.model.CachePrecision;
import io.bantam.trainer.evaluation.LatencyProbe;
import io.bantam.trainer.evaluation.LatencyReading;
import io.bantam.trainer.train.ProgressListener;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Times a packed file on this machine's CPU: reading prompts, generating from an empty context, loading, and the memory
 * of it. Every row and prompt length is measured in a Java process of its own, by {@link LatencyProbe}.
 */
public final class InferenceBenchmark {
    private InferenceBenchmark() {}

    /**
     * What to measure.
     *
     * @param promptTokens lengths of prompts; only the logits after the last token are computed
     * @param generatedTokens tokens generated a repetition, behind a prompt of one token
     * @param threads thread counts, one row each
     * @param repetitions of each; medians are reported
     * @param cache how contexts are kept
     */
    public record Settings(
            List<Integer> promptTokens,
            int generatedTokens,
            List<Integer> threads,
            int repetitions,
            CachePrecision cache) {
        /** Prompts of 128 and 512 tokens, 64 generated ones, on one and two threads. */
        public static final Settings STANDARD =
                new Settings(List.of(128, 512), 64, List.of(1, 2), 5, CachePrecision.FLOAT32);

        public Settings {
            promptTokens = List.copyOf(promptTokens);
            threads = List.copyOf(threads);
            if (promptTokens.isEmpty() || threads.isEmpty()) {
                throw new IllegalArgumentException("at least one prompt length and one thread count are needed");
            }
        }
    }

    /**
     * The outcome for one thread count.
     *
     * @param promptTokensPerSecond by the prompt's length; shorter where the model has fewer positions
     * @param generatedTokensPerSecond from an empty context
     * @param loadMillis from opening the file to a model that can run
     * @param peakResidentBytes the largest of all processes, Java's own memory included; 0 where the system does not
     *     say
     */
    public record Row(
            int threads,
            Map<Integer, Double> promptTokensPerSecond,
            double generatedTokensPerSecond,
            double loadMillis,
            long peakResidentBytes) {
        /** The figures by name, for JSON. */
        public Map<String, Object> figures() {
            Map<String, Object> figures = new LinkedHashMap<>();
            figures.put("threads", threads);
            figures.put("promptTokensPerSecond", promptTokensPerSecond);
            figures.put("generatedTokensPerSecond", generatedTokensPerSecond);
            figures.put("loadMillis", loadMillis);
            figures.put("peakResidentBytes", peakResidentBytes);
            return figures;
        }
    }

    /** Measures a packed file; one row for each thread count. */
    public static List<Row> run(Path packedFile, Settings settings, ProgressListener progress) {
        List<Row> rows = new ArrayList<>();
        int total = settings.threads().size() * (settings.promptTokens().size() + 1);
        int done = 0;
        for (int threads : settings.threads()) {
            LatencyReading generation = LatencyProbe.measure(
                    packedFile,
                    new LatencyProbe.Settings(1, settings.generatedTokens(), settings.repetitions(), threads)
                            .withCache(settings.cache()));
            progress.measured(
                    ++done,
                    total,
                    ProgressListener.Figures.ofSpeed(generation.generatedTokensPerSecond()),
                    "bench: generation");
            Map<Integer, Double> prompts = new LinkedHashMap<>();
            long peak = generation.peakResidentBytes();
            for (int length : settings.promptTokens()) {
                LatencyReading reading = LatencyProbe.measure(
                        packedFile,
                        new LatencyProbe.Settings(length, 1, settings.repetitions(), threads)
                                .withCache(settings.cache()));
                progress.measured(
                        ++done,
                        total,
                        ProgressListener.Figures.ofSpeed(reading.promptTokensPerSecond()),
                        "bench: prompts");
                prompts.put(reading.promptTokens(), reading.promptTokensPerSecond());
                peak = Math.max(peak, reading.peakResidentBytes());
            }
            rows.add(new Row(threads, prompts, generation.generatedTokensPerSecond(), generation.loadMillis(), peak));
        }
        return rows;
    }
}
