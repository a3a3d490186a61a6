package io.bantam.trainer.bench;

import io.bantam.trainer.engine.Precision;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Times the steps of {@link TrainingBenchmark} written as plain PyTorch in Python, {@code distillation_step.py} beside
 * this class, in a process of its own: what such a training costs without this project, on the same machine.
 */
public final class PythonBenchmark {
    private static final String SCRIPT = "distillation_step.py";
    private static final int LONGEST_MINUTES = 30;

    private final String python;

    /**
     * @param python command or path of a Python 3
     */
    public PythonBenchmark(String python) {
        this.python = python;
    }

    /**
     * The outcome.
     *
     * @param version of PyTorch
     * @param compiled whether {@code torch.compile} was used
     * @param peakBytes of the device's memory on a GPU, else of the process
     */
    public record Result(String version, boolean compiled, double tokensPerSecond, long peakBytes) {
        /** The name shown to people: PyTorch with its version, compiled or eager. */
        public String name() {
            return "PyTorch " + version + ", " + (compiled ? "compiled" : "eager");
        }
    }

    /** The script could not be run. The message says why, in one line. */
    public static final class UnavailableException extends Exception {
        private static final long serialVersionUID = 1;

        UnavailableException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** The version of PyTorch that this Python has; empty without one, or without a Python. */
    public Optional<String> torch() throws IOException {
        try {
            String answer = output(List.of(python, "-c", "import torch; print('torch', torch.__version__)"));
            return answer.lines()
                    .filter(line -> line.startsWith("torch "))
                    .map(line -> line.substring("torch ".length()))
                    .findFirst();
        } catch (UnavailableException none) {
            return Optional.empty();
        }
    }

    /**
     * Runs the steps.
     *
     * @param gpu whether on the GPU
     * @param compiled whether by {@code torch.compile}
     * @throws UnavailableException if there is no such Python, it has no PyTorch, or the script failed
     */
    public Result run(TrainingBenchmark.Settings work, boolean gpu, boolean compiled)
            throws IOException, UnavailableException {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("layers", work.layers());
        settings.put("width", work.width());
        settings.put("heads", work.heads());
        settings.put("vocabulary", work.vocabulary());
        settings.put("batch", work.batch());
        settings.put("tokens", work.tokens());
        settings.put("steps", work.steps());
        settings.put("warmup", work.warmup());
        settings.put("threads", work.threads());
        settings.put("device", gpu ? "gpu" : "cpu");
        settings.put("bfloat16", work.precision() == Precision.BFLOAT16);
        settings.put("compiled", compiled);
        Path script = Files.createTempFile("bantam-", SCRIPT);
        try {
            try (InputStream source = PythonBenchmark.class.getResourceAsStream(SCRIPT)) {
                Files.write(script, source.readAllBytes());
            }
            String answer = output(
                    List.of(python, script.toString(), JsonMapper.shared().writeValueAsString(settings)));
            JsonNode figures = JsonMapper.shared().readTree(lastLine(answer));
            if (!figures.path("secondsPerStep").isNumber()) {
                throw unavailable("'" + lastLine(answer) + "'", null);
            }
            return new Result(
                    figures.path("torch").asString(),
                    compiled,
                    (double) work.batch()
                            * work.tokens()
                            / figures.path("secondsPerStep").asDouble(),
                    figures.path("peakBytes").asLong());
        } catch (JacksonException unread) {
            throw unavailable("it printed no figures", unread);
        } finally {
            Files.deleteIfExists(script);
        }
    }

    private String output(List<String> command) throws IOException, UnavailableException {
        Path out = Files.createTempFile("bantam-python", ".log");
        Process process = null;
        try {
            process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(out.toFile())
                    .start();
            if (!process.waitFor(LONGEST_MINUTES, TimeUnit.MINUTES)) {
                throw unavailable("it did not end within " + LONGEST_MINUTES + " minutes", null);
            }
            String text = Files.readString(out, StandardCharsets.UTF_8);
            if (process.exitValue() != 0) {
                throw unavailable(lastLine(text), null);
            }
            return text;
        } catch (IOException none) {
            throw unavailable(none.getMessage(), none);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw unavailable("interrupted", stopped);
        } finally {
            if (process != null) {
                process.destroyForcibly();
            }
            Files.deleteIfExists(out);
        }
    }

    private UnavailableException unavailable(String why, Throwable cause) {
        return new UnavailableException("the step in Python could not be timed with '" + python + "': " + why, cause);
    }

    private static String lastLine(String text) {
        return text.strip().lines().reduce("", (before, line) -> line);
    }
}
