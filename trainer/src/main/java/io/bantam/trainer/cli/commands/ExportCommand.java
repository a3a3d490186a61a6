package io.bantam.trainer.cli.commands;

import io.bantam.compression.export.GgufOptions;
import io.bantam.compression.export.GgufWriter;
import io.bantam.compression.export.HalfPrecision;
import io.bantam.compression.export.OnnxWriter;
import io.bantam.runtime.format.DType;
import io.bantam.runtime.format.FloatTensor;
import io.bantam.runtime.format.GgmlType;
import io.bantam.runtime.format.ModelTensor;
import io.bantam.runtime.format.PackedFile;
import io.bantam.runtime.tokenizer.BytePairTokenizer;
import io.bantam.trainer.cli.models.LoadedModel;
import io.bantam.trainer.cli.models.ModelSource;
import io.bantam.trainer.cli.models.TensorwiseExport;
import io.bantam.trainer.cli.terminal.Arguments;
import io.bantam.trainer.cli.terminal.ExitCode;
import io.bantam.trainer.cli.terminal.Terminal;
import io.bantam.trainer.cli.terminal.UsageException;
import io.bantam.trainer.hub.Checkpoint;
import io.bantam.trainer.hub.CheckpointConfig;
import io.bantam.trainer.hub.CheckpointWriter;
import io.bantam.trainer.tokenizer.CodeTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** {@code export}: the same model in another format. */
final class ExportCommand implements Command {
    private static final String PACKED = "packed";
    private static final String SAFETENSORS = "safetensors";
    private static final String GGUF = "gguf";
    private static final String ONNX = "onnx";

    @Override
    public String name() {
        return "export";
    }

    @Override
    public String summary() {
        return "write a model in another format";
    }

    @Override
    public String arguments() {
        return "MODEL";
    }

    @Override
    public Options options() {
        return ModelSource.addOptions(TensorwiseExport.addOptions(new Options())
                .addOption(Arguments.option(
                        "format",
                        String.join("|", PACKED, SAFETENSORS, GGUF, ONNX),
                        "the format to write; left out, FILE's ending says it: .bantam, .safetensors, .gguf or .onnx"))
                .addOption(Arguments.required("out", "FILE", "where to; must not exist yet"))
                .addOption(Arguments.option(
                        "ternary", "tq2_0|tq1_0|q2_0", "gguf: the type of ternary weights (tq2_0; tq1_0 is smaller)"))
                .addOption(Arguments.option(
                        "floats",
                        "f32|f16|q8_0|q4_0",
                        "gguf: the type of matrices that are not quantized (f32); packed: f32, or f16 for all"
                                + " that is not a code"))
                .addOption(Arguments.flag(
                        "dequantize", "onnx: write all weights as float32, for tools that know no codes")));
    }

    @Override
    public List<String> details() {
        return List.of(
                "packed: one file that runs without PyTorch. Without --bits a float model stays float32 in it; with"
                        + " --bits each weight goes to the nearest value, which is all that needs no text: better"
                        + " methods are the work of a recipe. A Hugging Face folder may be larger than memory."
                        + " --floats f16 rounds scales, norms, biases and floating-point weights to 2 bytes.",
                "safetensors: float32 weights, quantized ones on their grid. FILE.safetensors is the weights alone; any"
                        + " other name becomes a Hugging Face folder with config and tokenizer. Quantized activations"
                        + " cannot be said in this format and are left out.",
                "gguf: for llama.cpp and its like. Weights keep their codes, with scales in float16; where rows or"
                        + " groups do not fit the blocks of the type that they want, a wider one is taken, and said"
                        + " so. llama.cpp rounds activations to 8 bits in its own way.",
                "onnx: for ONNX Runtime and its like. Codes of up to 4 bits are kept in 4 bits, others and the"
                        + " embedding in 8. FILE.onnx is the model alone; any other name becomes a folder with config"
                        + " and tokenizer. ONNX Runtime rounds the inputs of quantized products to 8 bits unless it"
                        + " is told session.qdq_matmulnbits_accuracy_level=1.",
                ModelSource.DETAILS);
    }

    @Override
    public ExitCode run(CommandLine line, Terminal terminal) throws IOException {
        Path out = Path.of(line.getOptionValue("out"));
        String format = line.getOptionValue("format", formatOf(out));
        if (format == null) {
            throw new UsageException("--format is needed: the ending of " + out + " does not say "
                    + String.join(", ", PACKED, SAFETENSORS, GGUF) + " or " + ONNX + ".");
        }
        if (!List.of(PACKED, SAFETENSORS, GGUF, ONNX).contains(format)) {
            throw new UsageException(
                    "--format must be %s, %s, %s or %s, not '%s'.".formatted(PACKED, SAFETENSORS, GGUF, ONNX, format));
        }
        GgufOptions ggufOptions = ggufOptions(line);
        GgmlType floats = ggufOptions.floats();
        if (format.equals(PACKED) && floats != GgmlType.F32 && floats != GgmlType.F16) {
            throw new UsageException("--floats: a packed file has f32 or f16, not " + floats + ".");
        }
        if (Files.exists(out)) {
            throw new UsageException(out + " exists already; choose another name or remove it.");
        }
        boolean quantizes = TensorwiseExport.quantizes(line);
        if (quantizes && !format.equals(PACKED)) {
            throw new UsageException(
                    "--bits goes with --format packed; export the packed file again for " + format + ".");
        }
        Optional<Path> folder = format.equals(PACKED) ? ModelSource.huggingFaceFolder(line) : Optional.empty();
        if (quantizes && folder.isEmpty()) {
            throw new UsageException("--bits quantizes a Hugging Face folder of floating-point weights, and "
                    + line.getArgList().getFirst() + " is none.");
        }
        if (out.toAbsolutePath().getParent() != null) {
            Files.createDirectories(out.toAbsolutePath().getParent());
        }
        if (folder.isPresent()) {
            TensorwiseExport.run(line, folder.get(), out, floats == GgmlType.F16, terminal);
        } else {
            write(ModelSource.load(line), format, out, line, ggufOptions, terminal);
        }
        terminal.err().println("wrote " + out);
        return ExitCode.OK;
    }

    /** The format that a file's ending names; null if it names none. */
    private static String formatOf(Path out) {
        String name = out.toString();
        String ending = name.substring(name.lastIndexOf('.') + 1);
        return switch (ending) {
            case "bantam" -> PACKED;
            case SAFETENSORS, GGUF, ONNX -> ending;
            default -> null;
        };
    }

    private static void write(
            LoadedModel model, String format, Path out, CommandLine line, GgufOptions ggufOptions, Terminal terminal)
            throws IOException {
        if (format.equals(PACKED) && model.tokenizerJson().length > 0) {
            try (CodeTokenizer tokenizer = model.tokenizer()) {
                tokenizer.requirePackable();
            }
        }
        switch (format) {
            case PACKED ->
                PackedFile.write(
                        out,
                        model.config(),
                        model.activations(),
                        packed(model, ggufOptions.floats()),
                        model.tokenizerJson(),
                        model.textForm());
            case GGUF -> writeGguf(model, out, ggufOptions, terminal);
            case ONNX -> writeOnnx(model, out, line.hasOption("dequantize"), terminal);
            default -> writeSafetensors(model, out);
        }
    }

    private static GgufOptions ggufOptions(CommandLine line) {
        try {
            return new GgufOptions(
                    type(line, "ternary", GgufOptions.DEFAULT.ternary()),
                    type(line, "floats", GgufOptions.DEFAULT.floats()));
        } catch (IllegalArgumentException wrong) {
            throw new UsageException(wrong.getMessage() + ".");
        }
    }

    private static GgmlType type(CommandLine line, String option, GgmlType fallback) {
        String text = line.getOptionValue(option);
        if (text == null) {
            return fallback;
        }
        for (GgmlType type : GgmlType.values()) {
            if (type.name().equalsIgnoreCase(text)) {
                return type;
            }
        }
        throw new UsageException("--%s: there is no type '%s'.".formatted(option, text));
    }

    private static Map<String, ModelTensor> packed(LoadedModel model, GgmlType floats) {
        Map<String, ModelTensor> tensors = new LinkedHashMap<>(model.tensors());
        if (floats == GgmlType.F16) {
            tensors.replaceAll((name, tensor) -> HalfPrecision.tensor(tensor));
        }
        return tensors;
    }

    private static void writeGguf(LoadedModel model, Path out, GgufOptions options, Terminal terminal)
            throws IOException {
        BytePairTokenizer tokenizer = model.tokenizerJson().length == 0
                ? null
                : BytePairTokenizer.of(model.tokenizerJson(), model.source() + " (tokenizer.json)");
        String name = out.getFileName().toString().replaceFirst("\\.gguf$", "");
        GgufWriter.Written written;
        try {
            written = GgufWriter.write(out, name, model.config(), model.tensors(), tokenizer, options);
        } catch (IllegalArgumentException unfit) {
            throw new UsageException(unfit.getMessage() + ".");
        }
        written.fallbacks().forEach(note -> terminal.err().println("note: " + note));
    }

    private static void writeOnnx(LoadedModel model, Path out, boolean dequantize, Terminal terminal)
            throws IOException {
        Path file = out;
        if (!out.getFileName().toString().endsWith(".onnx")) {
            try (CodeTokenizer tokenizer = model.tokenizer()) {
                Files.createDirectories(out);
                CheckpointWriter.writeDescription(out, CheckpointConfig.of(model.config()), tokenizer, DType.F32);
            }
            file = out.resolve("model.onnx");
        }
        try {
            OnnxWriter.write(file, model.config(), model.activations(), model.tensors(), dequantize)
                    .fallbacks()
                    .forEach(note -> terminal.err().println("note: " + note));
        } catch (IllegalArgumentException unfit) {
            throw new UsageException(unfit.getMessage() + ".");
        }
    }

    private static void writeSafetensors(LoadedModel model, Path out) throws IOException {
        Map<String, FloatTensor> tensors = new LinkedHashMap<>();
        model.config()
                .shapes()
                .forEach((name, shape) -> tensors.put(
                        name,
                        new FloatTensor(
                                DType.F32, shape, model.tensors().get(name).toFloats())));
        Checkpoint checkpoint = new Checkpoint(CheckpointConfig.of(model.config()), tensors);
        if (out.getFileName().toString().endsWith(".safetensors")) {
            CheckpointWriter.writeWeights(out, checkpoint);
            return;
        }
        try (CodeTokenizer tokenizer = model.tokenizer()) {
            CheckpointWriter.write(out, checkpoint, tokenizer, DType.F32);
        }
    }
}
