package io.bantam.trainer.evaluation;

import io.bantam.runtime.model.CachePrecision;
import io.bantam.runtime.model.PackedDecoder;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;

/**
 * Measures speed and memory of a packed file where nothing else is in memory: in a Java process of its own that holds
 * the runtime and nothing of training.
 *
 * <p>That process uses the serial collector, which gives memory back and adds none of its own threads' to the peak.
 */
public final class LatencyProbe {
    private static final long LONGEST_MINUTES = 10;
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    /**
     * What to measure.
     *
     * @param promptTokens to read before writing; fewer if the model has not that many positions
     * @param generatedTokens to write a repetition; at most half the model's positions are used
     * @param repetitions of both; the median is reported
     * @param threads that share a call
     * @param watts power to assume where no counter can be read; 0 for that of a usual core each thread
     * @param cache how contexts are kept
     */
    public record Settings(
            int promptTokens, int generatedTokens, int repetitions, int threads, double watts, CachePrecision cache) {
        /** Reads 128 tokens and writes 64, twenty times, on one thread. */
        public static final Settings STANDARD = new Settings(128, 64, 20, 1);

        public Settings {
            if (promptTokens < 1 || generatedTokens < 1 || repetitions < 1 || threads < 1) {
                throw new IllegalArgumentException("all settings must be at least 1");
            }
            if (!(watts >= 0)) {
                throw new IllegalArgumentException("watts must be at least 0, not " + watts);
            }
        }

        /** Settings with float32 contexts, and the power of usual cores where it cannot be measured. */
        public Settings(int promptTokens, int generatedTokens, int repetitions, int threads) {
            this(promptTokens, generatedTokens, repetitions, threads, 0, CachePrecision.FLOAT32);
        }

        /** These settings with a declared power, in watts. */
        public Settings withWatts(double declared) {
            return new Settings(promptTokens, generatedTokens, repetitions, threads, declared, cache);
        }

        /** These settings with contexts kept in another precision. */
        public Settings withCache(CachePrecision precision) {
            return new Settings(promptTokens, generatedTokens, repetitions, threads, watts, precision);
        }
    }

    private LatencyProbe() {}

    /**
     * Runs a packed file in a new process and returns what that took. Other work on the machine slows it down, so call
     * it while nothing else runs.
     *
     * @throws EvaluationException if the process cannot run the file, with its own last words
     */
    public static LatencyReading measure(Path packedFile, Settings settings) {
        if (!Files.isReadable(packedFile)) {
            throw new EvaluationException(packedFile + ": no such packed file, or not readable");
        }
        Path folder = null;
        try {
            folder = Files.createTempDirectory("bantam-latency");
            Path result = folder.resolve("result.json");
            Path log = folder.resolve("log.txt");
            int exit = run(command(packedFile, result, settings), log);
            if (exit != 0) {
                throw new EvaluationException(
                        packedFile + ": measuring its speed failed (exit code " + exit + "): " + lastLines(log));
            }
            return MAPPER.readValue(Files.readString(result), LatencyReading.class);
        } catch (IOException e) {
            throw new EvaluationException(packedFile + ": measuring its speed failed: " + e.getMessage(), e);
        } finally {
            delete(folder);
        }
    }

    private static List<String> command(Path packedFile, Path result, Settings settings) {
        String classPath = Stream.of(PackedDecoder.class, LatencyProcess.class)
                .map(LatencyProbe::origin)
                .distinct()
                .collect(Collectors.joining(File.pathSeparator));
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xms16m",
                "-Xmn8m",
                "-XX:MinHeapFreeRatio=10",
                "-XX:MaxHeapFreeRatio=20",
                "--add-modules",
                "jdk.incubator.vector",
                "-cp",
                classPath,
                LatencyProcess.class.getName(),
                packedFile.toString(),
                result.toString(),
                Integer.toString(settings.promptTokens()),
                Integer.toString(settings.generatedTokens()),
                Integer.toString(settings.repetitions()),
                Integer.toString(settings.threads()),
                Double.toString(settings.watts()),
                settings.cache().name());
    }

    private static String origin(Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static int run(List<String> command, Path log) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        // What the launcher sets for training, which trades memory for speed, is not the runtime's.
        builder.environment().remove("GLIBC_TUNABLES");
        Process process = builder.start();
        try {
            if (!process.waitFor(LONGEST_MINUTES, TimeUnit.MINUTES)) {
                throw new IOException("no answer within " + LONGEST_MINUTES + " minutes");
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("measuring was interrupted");
        } finally {
            process.destroyForcibly();
        }
    }

    /** The process writes its reason in the last line; what Java says before is of no use to a user. */
    private static String lastLines(Path log) throws IOException {
        List<String> lines = Files.readString(log, StandardCharsets.UTF_8)
                .lines()
                .filter(line -> !line.isBlank() && !line.startsWith("\tat "))
                .toList();
        return lines.isEmpty() ? "it said nothing" : lines.getLast();
    }

    private static void delete(Path folder) {
        if (folder == null) {
            return;
        }
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
            Files.delete(folder);
        } catch (IOException e) {
            folder.toFile().deleteOnExit(); // a leftover of a few bytes in the temporary folder is no reason to fail
        }
    }
}
