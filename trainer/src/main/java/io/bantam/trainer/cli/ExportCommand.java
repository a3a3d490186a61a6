package io.bantam.trainer.cli;

import io.bantam.runtime.format.DType;
import io.bantam.runtime.format.FloatTensor;
import io.bantam.runtime.format.PackedFile;
import io.bantam.trainer.hub.Checkpoint;
import io.bantam.trainer.hub.CheckpointWriter;
import io.bantam.trainer.hub.Gpt2Config;
import io.bantam.trainer.tokenizer.CodeTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** {@code export}: the same model in another format. */
final class ExportCommand implements Command {
    private static final String PACKED = "packed";
    private static final String SAFETENSORS = "safetensors";

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
        return ModelSource.addOptions(new Options()
                .addOption(Arguments.required("format", PACKED + "|" + SAFETENSORS, "the format to write"))
                .addOption(Arguments.required("out", "FILE", "where to; must not exist yet")));
    }

    @Override
    public List<String> details() {
        return List.of(
                "packed: one file that runs without PyTorch. A float model stays float32 in it; quantizing is the work"
                        + " of a recipe.",
                "safetensors: float32 weights, quantized ones on their grid. FILE.safetensors is the weights alone; any"
                        + " other name becomes a Hugging Face folder with config and tokenizer. Quantized activations"
                        + " cannot be said in this format and are left out.",
                ModelSource.DETAILS);
    }

    @Override
    public ExitCode run(CommandLine line, Terminal terminal) throws IOException {
        String format = line.getOptionValue("format");
        if (!format.equals(PACKED) && !format.equals(SAFETENSORS)) {
            throw new UsageException("--format must be %s or %s, not '%s'.".formatted(PACKED, SAFETENSORS, format));
        }
        Path out = Path.of(line.getOptionValue("out"));
        if (Files.exists(out)) {
            throw new UsageException(out + " exists already; choose another name or remove it.");
        }
        LoadedModel model = ModelSource.load(line);
        if (out.toAbsolutePath().getParent() != null) {
            Files.createDirectories(out.toAbsolutePath().getParent());
        }
        if (format.equals(PACKED)) {
            PackedFile.write(out, model.config(), model.activations(), model.tensors(), model.tokenizerJson());
        } else {
            writeSafetensors(model, out);
        }
        terminal.err().println("wrote " + out);
        return ExitCode.OK;
    }

    private static void writeSafetensors(LoadedModel model, Path out) throws IOException {
        Map<String, FloatTensor> tensors = new LinkedHashMap<>();
        model.config()
                .shapes()
                .forEach((name, shape) -> tensors.put(
                        name,
                        new FloatTensor(
                                DType.F32, shape, model.tensors().get(name).toFloats())));
        Checkpoint checkpoint = new Checkpoint(Gpt2Config.of(model.config()), tensors);
        if (out.getFileName().toString().endsWith(".safetensors")) {
            CheckpointWriter.writeWeights(out, checkpoint);
            return;
        }
        try (CodeTokenizer tokenizer = model.tokenizer()) {
            CheckpointWriter.write(out, checkpoint, tokenizer, DType.F32);
        }
    }
}
