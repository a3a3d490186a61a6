package io.bantam.trainer.cli;

import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.PackedFile;
import io.bantam.runtime.format.SafetensorsReader;
import io.bantam.runtime.format.TensorInfo;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.cli.CommandLine;

/** {@code inspect}: every tensor of a model file, and what it costs. */
final class InspectCommand implements Command {
    @Override
    public String name() {
        return "inspect";
    }

    @Override
    public String summary() {
        return "list every tensor of a model: shape, type, bits per weight, bytes; and the totals";
    }

    @Override
    public String arguments() {
        return "FILE";
    }

    @Override
    public List<String> details() {
        return List.of("FILE is a packed model (.bantam) or any safetensors file. Bits per weight count all that a"
                + " weight costs on disk: codes, scales and zeros.");
    }

    @Override
    public ExitCode run(CommandLine line, Terminal terminal) throws IOException {
        Path path = Arguments.existing(line, "FILE");
        List<TensorRow> rows = new ArrayList<>();
        boolean packed;
        try (SafetensorsReader reader = SafetensorsReader.open(path)) {
            packed = PackedFile.isPacked(reader);
            if (!packed) {
                for (TensorInfo tensor : reader.tensors().values()) {
                    rows.add(TensorRow.plain(tensor));
                }
            }
        }
        if (packed) {
            PackedFile file = PackedFile.read(path);
            describe(file, terminal.out());
            file.tensors().forEach((name, tensor) -> rows.add(TensorRow.packed(name, tensor)));
            int tokenizerBytes = file.tokenizerJson().length;
            if (tokenizerBytes > 0) {
                rows.add(new TensorRow("tokenizer.json", List.of((long) tokenizerBytes), "text", 0, tokenizerBytes));
            }
        }
        TensorTable.print(rows, Files.size(path), terminal.out());
        return ExitCode.OK;
    }

    private static void describe(PackedFile file, PrintStream out) {
        DecoderConfig config = file.config();
        out.printf(
                "packed %s: %d layers, width %d, %d heads, vocabulary %,d, %,d positions; %s%n%n",
                DecoderConfig.ARCHITECTURE,
                config.layers(),
                config.width(),
                config.heads(),
                config.vocabularySize(),
                config.positions(),
                activations(file.activations()));
    }

    private static String activations(ActivationQuantization activations) {
        if (!activations.enabled()) {
            return "activations in float32";
        }
        return "activations of %d bits, %s, %s"
                .formatted(
                        activations.bits(),
                        activations.symmetric() ? "symmetric" : "asymmetric",
                        activations.mode() == ActivationQuantization.Mode.STATIC
                                ? "with static ranges"
                                : "one range per token");
    }
}
