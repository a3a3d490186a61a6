package io.bantam.trainer.cli;

import io.bantam.runtime.format.SafetensorsReader;
import io.bantam.runtime.format.TensorInfo;
import java.io.IOException;
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
    public ExitCode run(CommandLine line, Terminal terminal) throws IOException {
        Path path = Arguments.existing(line, "FILE");
        List<TensorRow> rows = new ArrayList<>();
        try (SafetensorsReader reader = SafetensorsReader.open(path)) {
            for (TensorInfo tensor : reader.tensors().values()) {
                rows.add(TensorRow.plain(tensor));
            }
        }
        TensorTable.print(rows, terminal.out());
        return ExitCode.OK;
    }
}
