package io.bantam.trainer.cli;

import ai.djl.Device;
import io.bantam.trainer.bench.TrainingBenchmark;
import io.bantam.trainer.bench.TrainingBenchmark.Settings;
import io.bantam.trainer.engine.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;
import tools.jackson.databind.json.JsonMapper;

/** {@code bench}: how fast this machine trains. */
final class BenchCommand implements Command {
    private static final String TRAIN = "train";

    @Override
    public String name() {
        return "bench";
    }

    @Override
    public String summary() {
        return "time quantization-aware distillation steps on this machine";
    }

    @Override
    public String arguments() {
        return TRAIN;
    }

    @Override
    public Options options() {
        Settings standard = Settings.CODEGPT;
        return new Options()
                .addOption(number("layers", "blocks of the teacher, even; the student has half", standard.layers()))
                .addOption(number("width", "features of the hidden state", standard.width()))
                .addOption(number("heads", "attention heads", standard.heads()))
                .addOption(number("vocabulary", "words of the vocabulary", standard.vocabulary()))
                .addOption(number("batch", "sequences a step", standard.batch()))
                .addOption(number("tokens", "tokens a sequence", standard.tokens()))
                .addOption(number("steps", "steps that are measured", standard.steps()))
                .addOption(number("warmup", "steps before them", standard.warmup()))
                .addOption(number("threads", "CPU threads, 0 for all cores", standard.threads()))
                .addOption(
                        Arguments.option("precision", "NAME", "of the matrix products: float32 or bfloat16 (float32)"))
                .addOption(Arguments.option("device", "NAME", "cpu or gpu (cpu)"))
                .addOption(Arguments.option("json", "FILE", "also write the figures as JSON"));
    }

    private static Option number(String name, String description, int standard) {
        return Arguments.option(name, "N", description + " (" + standard + ")");
    }

    @Override
    public List<String> details() {
        return List.of(
                "A step is the forward pass of a teacher, forward and backward pass of a student with 1-bit weights,"
                        + " 8-bit inputs and an 8-bit embedding, and the update by AdamW. The default sizes are those of"
                        + " CodeGPT. Weights and tokens are random: only the speed means something.",
                "The ratio compares the rate of the matrix products within a step with that of a plain product of two"
                        + " 2048 x 2048 matrices, timed between the steps.");
    }

    @Override
    public ExitCode run(CommandLine line, Terminal terminal) throws IOException {
        String what = Arguments.one(line, TRAIN);
        if (!what.equals(TRAIN)) {
            throw new UsageException("'bench " + what + "' does not exist; there is 'bench train'.");
        }
        Settings settings = settings(line);
        Device device = device(line);
        TrainingBenchmark.Result result;
        try (Progress progress = Progress.on(terminal)) {
            result = TrainingBenchmark.run(settings, device, progress);
        }
        terminal.out()
                .printf(
                        Locale.ROOT,
                        "tokens/s                   %,.0f%n"
                                + "seconds a step             %.3f%n"
                                + "matrix products in a step  %.1f Gflop/s%n"
                                + "2048 x 2048 product        %.1f Gflop/s%n"
                                + "ratio                      %.2f%n"
                                + "peak memory                %s%n",
                        result.tokensPerSecond(),
                        result.secondsPerStep(),
                        result.flopsPerSecond() / 1e9,
                        result.productFlopsPerSecond() / 1e9,
                        result.ratio(),
                        result.peakResidentBytes() < 0 ? "unknown" : Bytes.text(result.peakResidentBytes()));
        if (line.hasOption("json")) {
            byte[] json = JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsBytes(result.figures());
            Files.write(Path.of(line.getOptionValue("json")), json);
        }
        return ExitCode.OK;
    }

    private static Settings settings(CommandLine line) {
        Settings standard = Settings.CODEGPT;
        try {
            return new Settings(
                    Arguments.integer(line, "layers", standard.layers(), 2),
                    Arguments.integer(line, "width", standard.width(), 1),
                    Arguments.integer(line, "heads", standard.heads(), 1),
                    Arguments.integer(line, "vocabulary", standard.vocabulary(), 2),
                    Arguments.integer(line, "batch", standard.batch(), 1),
                    Arguments.integer(line, "tokens", standard.tokens(), 1),
                    Arguments.integer(line, "steps", standard.steps(), 1),
                    Arguments.integer(line, "warmup", standard.warmup(), 0),
                    Arguments.integer(line, "threads", standard.threads(), 0),
                    precision(line));
        } catch (IllegalArgumentException refused) {
            throw new UsageException(refused.getMessage() + ".");
        }
    }

    private static Precision precision(CommandLine line) {
        String name = line.getOptionValue("precision", "float32");
        return switch (name) {
            case "float32" -> Precision.FLOAT32;
            case "bfloat16" -> Precision.BFLOAT16;
            default -> throw new UsageException("--precision must be float32 or bfloat16, not '" + name + "'.");
        };
    }

    private static Device device(CommandLine line) {
        String name = line.getOptionValue("device", "cpu");
        return switch (name) {
            case "cpu" -> Device.cpu();
            case "gpu" -> Device.gpu();
            default -> throw new UsageException("--device must be cpu or gpu, not '" + name + "'.");
        };
    }
}
