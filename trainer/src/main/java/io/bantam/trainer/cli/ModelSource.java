package io.bantam.trainer.cli;

import io.bantam.runtime.format.PackedFile;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** Finds and reads the MODEL that a command was given. */
final class ModelSource {
    /** A paragraph for the help of commands that take a MODEL. */
    static final String DETAILS = "MODEL is a packed file.";

    private ModelSource() {}

    /** Adds the options that go with a MODEL. */
    static Options addOptions(Options options) {
        return options;
    }

    /** Reads the single argument. */
    static LoadedModel load(CommandLine line) throws IOException {
        return packed(Arguments.existing(line, "MODEL"));
    }

    private static LoadedModel packed(Path path) throws IOException {
        PackedFile file = PackedFile.read(path);
        return new LoadedModel(path, file.config(), file.activations(), file.tensors(), file.tokenizerJson());
    }
}
