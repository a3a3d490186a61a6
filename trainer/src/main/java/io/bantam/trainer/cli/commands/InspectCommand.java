package io.bantam.trainer.cli.commands;

import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.EncoderConfig;
import io.bantam.runtime.format.ModelConfig;
import io.bantam.runtime.format.PackedFile;
import io.bantam.runtime.format.SafetensorsReader;
import io.bantam.runtime.format.TensorInfo;
import io.bantam.trainer.BantamException;
import io.bantam.trainer.cli.terminal.Arguments;
import io.bantam.trainer.cli.terminal.ExitCode;
import io.bantam.trainer.cli.terminal.Terminal;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
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
        return List.of(
                "FILE is a packed model (.bantam), any safetensors file, or a folder with such files. Bits per weight"
                        + " count all that a weight costs on disk: codes, scales and zeros.");
    }

    @Override
    public ExitCode run(CommandLine line, Terminal terminal) throws IOException {
        Path path = Arguments.existing(line, "FILE");
        List<Path> files = Files.isDirectory(path) ? weightFiles(path) : List.of(path);
        List<TensorRow> rows = new ArrayList<>();
        long bytes = 0;
        for (Path file : files) {
            rows.addAll(rows(file, terminal.out()));
            bytes += Files.size(file);
        }
        TensorTable.print(rows, bytes, terminal.out());
        return ExitCode.OK;
    }

    /** The safetensors files of a Hugging Face folder, one or several shards. */
    private static List<Path> weightFiles(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            List<Path> files = entries.filter(file -> file.toString().endsWith(".safetensors"))
                    .sorted()
                    .toList();
            if (files.isEmpty()) {
                throw new BantamException(folder + ": there is no .safetensors file in it. Name a packed file, or a"
                        + " folder with model.safetensors; other weights can be converted: bantam export " + folder
                        + " --format safetensors --out OTHER");
            }
            return files;
        }
    }

    private static List<TensorRow> rows(Path path, PrintStream out) throws IOException {
        List<TensorRow> rows = new ArrayList<>();
        try (SafetensorsReader reader = SafetensorsReader.open(path)) {
            if (!PackedFile.isPacked(reader)) {
                for (TensorInfo tensor : reader.tensors().values()) {
                    rows.add(TensorRow.plain(tensor));
                }
                return rows;
            }
        }
        PackedFile file = PackedFile.readAny(path);
        describe(file, out);
        file.tensors().forEach((name, tensor) -> rows.add(TensorRow.packed(name, tensor)));
        int tokenizerBytes = file.tokenizerJson().length;
        if (tokenizerBytes > 0) {
            rows.add(new TensorRow("tokenizer.json", List.of((long) tokenizerBytes), "text", 0, tokenizerBytes));
        }
        return rows;
    }

    private static void describe(PackedFile file, PrintStream out) {
        ModelConfig config = file.model();
        int heads = switch (config) {
            case DecoderConfig decoder -> decoder.heads();
            case EncoderConfig stacks -> stacks.heads();
        };
        out.printf(
                "packed %s: %d layers, width %d, %d heads, vocabulary %,d, %,d positions; %s%s%n%n",
                config.family(),
                config.layers(),
                config.width(),
                heads,
                config.vocabularySize(),
                config.positions(),
                activations(file.activations()),
                file.textForm().isPresent() ? "; reads plain text" : "");
    }

    private static String activations(ActivationQuantization activations) {
        if (!activations.enabled()) {
            return "activations in float32";
        }
        String others = activations.widths().isEmpty()
                ? ""
                : ", others for " + activations.widths().size();
        return "activations of %d bits%s, %s, %s"
                .formatted(
                        activations.bits(),
                        others,
                        activations.symmetric() ? "symmetric" : "asymmetric",
                        ranges(activations));
    }

    private static String ranges(ActivationQuantization activations) {
        if (activations.mode() == ActivationQuantization.Mode.STATIC) {
            return "with static ranges";
        }
        return activations.group() == 0
                ? "one range per token"
                : "one range per " + activations.group() + " features of a token";
    }
}
