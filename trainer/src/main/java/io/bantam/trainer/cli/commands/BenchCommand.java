package io.bantam.trainer.cli.commands;

import ai.djl.Device;
import io.bantam.trainer.bench.DeviceParity;
import io.bantam.trainer.bench.InferenceBenchmark;
import io.bantam.trainer.bench.PythonBenchmark;
import io.bantam.trainer.bench.TrainingBenchmark;
import io.bantam.trainer.bench.TrainingBenchmark.Settings;
import io.bantam.trainer.cli.models.ModelSource;
import io.bantam.trainer.cli.terminal.Arguments;
import io.bantam.trainer.cli.terminal.Bytes;
import io.bantam.trainer.cli.terminal.CacheOption;
import io.bantam.trainer.cli.terminal.ExitCode;
import io.bantam.trainer.cli.terminal.Progress;
import io.bantam.trainer.cli.terminal.Terminal;
import io.bantam.trainer.cli.terminal.UsageException;
import io.bantam.trainer.engine.Devices;
import io.bantam.trainer.engine.Precision;
import io.bantam.trainer.sandbox.PythonInterpreter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code bench}: how fast this machine trains and runs a packed model, and whether its GPU computes as its CPU does.
 */
final class BenchCommand implements Command {
    private static final String TRAIN = "train";
    private static final String INFER = "infer";
    private static final String PARITY = "parity";
    private static final String GPU = "gpu";
    /** What a GPU is given: enough work to be busy. */
    private static final Settings GPU_SETTINGS =
            new Settings(12, 768, 12, 50_257, 16, 512, 10, 3, 0, Precision.BFLOAT16, false, 0);

    @Override
    public String name() {
        return "bench";
    }

    @Override
    public String summary() {
        return "time distillation steps (train) or a packed model (infer), compare a GPU with the CPU (parity), or"
                + " see whether this machine's GPU is good for training (gpu)";
    }

    @Override
    public String arguments() {
        return TRAIN + " | " + INFER + " MODEL | " + PARITY + " | " + GPU;
    }

    @Override
    public Options options() {
        Settings standard = Settings.CODEGPT;
        InferenceBenchmark.Settings inference = InferenceBenchmark.Settings.STANDARD;
        return ModelSource.addOptions(new Options())
                .addOption(number("layers", "blocks of the teacher, even; the student has half", standard.layers()))
                .addOption(number("width", "features of the hidden state", standard.width()))
                .addOption(number("heads", "attention heads", standard.heads()))
                .addOption(number("vocabulary", "tokens of the vocabulary", standard.vocabulary()))
                .addOption(number("batch", "sequences a step", standard.batch()))
                .addOption(number("tokens", "tokens a sequence", standard.tokens()))
                .addOption(number("steps", "steps that are measured", standard.steps()))
                .addOption(number("warmup", "steps before them", standard.warmup()))
                .addOption(Arguments.option(
                        "threads", "N", "CPU threads; train: 0 for all cores (0); infer: 1,2 for one row each (1,2)"))
                .addOption(Arguments.option("prompts", "N,N", "infer: tokens of the prompts (128,512)"))
                .addOption(number("generated", "infer: tokens generated", inference.generatedTokens()))
                .addOption(CacheOption.option())
                .addOption(number("repetitions", "infer: the median of this many counts", inference.repetitions()))
                .addOption(
                        Arguments.option("precision", "NAME", "of the matrix products: float32 or bfloat16 (float32)"))
                .addOption(Arguments.flag(
                        "checkpointing", "train: run each block again for the backward pass, to save memory"))
                .addOption(
                        number("chunk", "train: tokens whose logits are held at once, 0 to choose", standard.chunk()))
                .addOption(Arguments.option("device", "NAME", "cpu or gpu (cpu; bench gpu: gpu)"))
                .addOption(Arguments.option(
                        "python", "PATH", "train: a Python 3 with PyTorch; the same step is timed in it too"))
                .addOption(Arguments.option("json", "FILE", "also write the figures as JSON"));
    }

    private static Option number(String name, String description, int standard) {
        return Arguments.option(name, "N", description + " (" + standard + ")");
    }

    @Override
    public List<String> details() {
        return List.of(
                "train: a step is the forward pass of a teacher, forward and backward pass of a student with 1-bit"
                        + " weights, 8-bit inputs and an 8-bit embedding, and the update by AdamW. The default sizes"
                        + " are those of CodeGPT. Weights and tokens are random: only the speed means something.",
                "infer: a prompt's rate is that of reading it up to the logits after its last token; generation begins"
                        + " with an empty context. Each figure comes from a Java process of its own, with the runtime"
                        + " alone in it. " + ModelSource.DETAILS,
                "parity: gradients and a short training on the device against the CPU, and in bfloat16 against"
                        + " float32. Exit code 1 where a difference is larger than allowed.",
                "gpu: parity, then train with 16 x 512 tokens in bfloat16, then the same step in Python, eager and"
                        + " compiled, if --python, " + PythonInterpreter.VARIABLE
                        + " or python3 has PyTorch. Takes about three minutes.",
                "train: the ratio compares the rate of the matrix products within a step with that of a plain product"
                        + " of two 2048 x 2048 matrices, timed between the steps.");
    }

    @Override
    public ExitCode run(CommandLine line, Terminal terminal) throws IOException {
        List<String> arguments = line.getArgList();
        String what = arguments.isEmpty() ? "" : arguments.getFirst();
        switch (what) {
            case TRAIN -> {
                Arguments.one(line, TRAIN);
                train(line, settings(line, Settings.CODEGPT), device(line, "cpu"), terminal);
            }
            case GPU -> {
                Arguments.one(line, GPU);
                return gpu(line, terminal);
            }
            case INFER -> {
                if (arguments.size() != 2) {
                    throw new UsageException("'bench infer' takes one MODEL, found " + (arguments.size() - 1) + ".");
                }
                infer(ModelSource.packedFile(line, arguments.get(1)), line, terminal);
            }
            case PARITY -> {
                Arguments.one(line, PARITY);
                Device device = device(line, "cpu");
                ParityFigures figures = parity(device, terminal);
                writeJson(line, figures.byName());
                return figures.code();
            }
            default ->
                throw new UsageException((what.isEmpty() ? "" : "'bench " + what + "' does not exist; ")
                        + "there is 'bench train', 'bench infer MODEL', 'bench parity' and 'bench gpu'.");
        }
        return ExitCode.OK;
    }

    private static void train(CommandLine line, Settings settings, Device device, Terminal terminal)
            throws IOException {
        Map<String, Object> figures = train(settings, device, terminal);
        if (line.hasOption("python")) {
            PythonBenchmark python = new PythonBenchmark(line.getOptionValue("python"));
            figures.put("python", python(python, settings, device, terminal));
        }
        writeJson(line, figures);
    }

    private static Map<String, Object> train(Settings settings, Device device, Terminal terminal) {
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
        return result.figures();
    }

    /** Times the step in Python: eager, and on a GPU compiled too. What cannot be timed is reported and left out. */
    private static List<Map<String, Object>> python(
            PythonBenchmark python, Settings settings, Device device, Terminal terminal) throws IOException {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (boolean compiled : device.isGpu() ? new boolean[] {false, true} : new boolean[] {false}) {
            try {
                PythonBenchmark.Result result = python.run(settings, device.isGpu(), compiled);
                terminal.out()
                        .printf(
                                Locale.ROOT,
                                "%-26s %,.0f tokens/s, peak memory %s%n",
                                result.name(),
                                result.tokensPerSecond(),
                                Bytes.text(result.peakBytes()));
                rows.add(Map.of(
                        "name", result.name(),
                        "tokensPerSecond", result.tokensPerSecond(),
                        "peakBytes", result.peakBytes()));
            } catch (PythonBenchmark.UnavailableException unavailable) {
                terminal.err().println("bantam: " + unavailable.getMessage());
            }
        }
        return rows;
    }

    private static ExitCode gpu(CommandLine line, Terminal terminal) throws IOException {
        Settings settings = settings(line, GPU_SETTINGS);
        Device device = device(line, GPU);
        Map<String, Object> figures = new LinkedHashMap<>();
        ParityFigures parity = parity(device, terminal);
        figures.put("parity", parity.byName());
        Map<String, Object> train = train(settings, device, terminal);
        figures.put("train", train);
        PythonBenchmark python = new PythonBenchmark(line.getOptionValue("python", PythonInterpreter.command("")));
        if (line.hasOption("python") || python.torch().isPresent()) {
            train.put("python", python(python, settings, device, terminal));
        } else {
            terminal.out().println("Python                     without PyTorch: not compared");
        }
        writeJson(line, figures);
        return parity.code();
    }

    private record ParityFigures(Map<String, Object> byName, ExitCode code) {}

    private static ParityFigures parity(Device device, Terminal terminal) {
        List<DeviceParity.Row> rows;
        try (Progress progress = Progress.on(terminal)) {
            rows = DeviceParity.run(device, progress);
        }
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("device", device.toString());
        for (DeviceParity.Row row : rows) {
            terminal.out()
                    .printf(
                            Locale.ROOT,
                            "%-37s %.1e of %.0e allowed  %s%n",
                            row.what(),
                            row.difference(),
                            row.allowed(),
                            row.passes() ? "ok" : "TOO LARGE");
            figures.put(row.what(), row.difference());
        }
        boolean passes = rows.stream().allMatch(DeviceParity.Row::passes);
        return new ParityFigures(figures, passes ? ExitCode.OK : ExitCode.FAILED);
    }

    private static void infer(Path file, CommandLine line, Terminal terminal) throws IOException {
        InferenceBenchmark.Settings standard = InferenceBenchmark.Settings.STANDARD;
        InferenceBenchmark.Settings settings = new InferenceBenchmark.Settings(
                numbers(line, "prompts", standard.promptTokens()),
                Arguments.integer(line, "generated", standard.generatedTokens(), 1),
                numbers(line, "threads", standard.threads()),
                Arguments.integer(line, "repetitions", standard.repetitions(), 1),
                CacheOption.of(line));
        List<InferenceBenchmark.Row> rows;
        try (Progress progress = Progress.on(terminal)) {
            rows = InferenceBenchmark.run(file, settings, progress);
        }
        StringBuilder table = new StringBuilder("threads");
        rows.getFirst()
                .promptTokensPerSecond()
                .keySet()
                .forEach(length -> table.append("%18s".formatted("prompt " + length + " tok/s")));
        table.append("   generated tok/s    load ms   peak memory");
        for (InferenceBenchmark.Row row : rows) {
            table.append(String.format(Locale.ROOT, "%n%7d", row.threads()));
            row.promptTokensPerSecond()
                    .values()
                    .forEach(rate -> table.append(String.format(Locale.ROOT, "%,18.0f", rate)));
            table.append(String.format(
                    Locale.ROOT,
                    "%,18.1f %10.0f %13s",
                    row.generatedTokensPerSecond(),
                    row.loadMillis(),
                    row.peakResidentBytes() == 0 ? "unknown" : Bytes.text(row.peakResidentBytes())));
        }
        terminal.out().println(table);
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("model", file.toString());
        figures.put("fileBytes", Files.size(file));
        figures.put("generatedTokens", settings.generatedTokens());
        figures.put("repetitions", settings.repetitions());
        figures.put("cache", settings.cache().label());
        figures.put("rows", rows.stream().map(InferenceBenchmark.Row::figures).toList());
        writeJson(line, figures);
    }

    private static List<Integer> numbers(CommandLine line, String name, List<Integer> fallback) {
        String text = line.getOptionValue(name);
        if (text == null) {
            return fallback;
        }
        if (!text.matches("[1-9]\\d{0,5}(,[1-9]\\d{0,5})*")) {
            throw new UsageException(
                    "--%s must be whole numbers from 1 with commas between them, not '%s'.".formatted(name, text));
        }
        return Stream.of(text.split(",")).map(Integer::valueOf).distinct().toList();
    }

    private static void writeJson(CommandLine line, Map<String, Object> figures) throws IOException {
        if (line.hasOption("json")) {
            byte[] json = JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsBytes(figures);
            Files.write(Path.of(line.getOptionValue("json")), json);
        }
    }

    private static Settings settings(CommandLine line, Settings standard) {
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
                    precision(line, standard.precision()),
                    line.hasOption("checkpointing"),
                    Arguments.integer(line, "chunk", standard.chunk(), 0));
        } catch (IllegalArgumentException refused) {
            throw new UsageException(refused.getMessage() + ".");
        }
    }

    private static Precision precision(CommandLine line, Precision standard) {
        String name = line.getOptionValue("precision");
        return switch (name) {
            case null -> standard;
            case "float32" -> Precision.FLOAT32;
            case "bfloat16" -> Precision.BFLOAT16;
            default -> throw new UsageException("--precision must be float32 or bfloat16, not '" + name + "'.");
        };
    }

    private static Device device(CommandLine line, String standard) {
        String name = line.getOptionValue("device", standard);
        return switch (name) {
            case "cpu" -> Device.cpu();
            case "gpu" -> Devices.gpu("--device gpu", "--device cpu");
            default -> throw new UsageException("--device must be cpu or gpu, not '" + name + "'.");
        };
    }
}
