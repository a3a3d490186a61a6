package io.bantam.trainer.cli.models;

import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.PackedFile;
import io.bantam.runtime.format.TextForm;
import io.bantam.trainer.cli.terminal.Arguments;
import io.bantam.trainer.cli.terminal.UsageException;
import io.bantam.trainer.hub.Checkpoint;
import io.bantam.trainer.hub.CheckpointConfig;
import io.bantam.trainer.hub.CheckpointReader;
import io.bantam.trainer.hub.ModelLocation;
import io.bantam.trainer.report.RunFolder;
import io.bantam.trainer.tokenizer.CodeTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** Finds and reads the MODEL that a command was given: its kind is told by its content. */
public final class ModelSource {
    /** A paragraph for the help of commands that take a MODEL. */
    public static final String DETAILS =
            "MODEL is a packed file, a run folder, a stage folder of a run, or a Hugging Face"
                    + " folder. Of a run, --variant says which model is meant.";

    private static final String VARIANT = "variant";

    private ModelSource() {}

    /** Adds the options that go with a MODEL. */
    public static Options addOptions(Options options) {
        return options.addOption(Arguments.option(VARIANT, "NAME", "the variant of a run, as the recipe names it"));
    }

    /** Reads the single argument. */
    public static LoadedModel load(CommandLine line) throws IOException {
        ModelLocation location = ModelLocation.of(Arguments.existing(line, "MODEL"));
        Optional<String> variant = Optional.ofNullable(line.getOptionValue(VARIANT));
        return switch (location.kind()) {
            case PACKED_FILE -> packed(location.path());
            case HUGGING_FACE_FOLDER -> huggingFace(location.path(), Optional.empty());
            case RUN_FOLDER -> packed(choose(location, variant));
            case STAGE_FOLDER -> stage(location, variant);
        };
    }

    /** The folder of floating-point weights that the single argument means; empty if it means a packed file. */
    public static Optional<Path> huggingFaceFolder(CommandLine line) throws IOException {
        ModelLocation location = ModelLocation.of(Arguments.existing(line, "MODEL"));
        return switch (location.kind()) {
            case PACKED_FILE, RUN_FOLDER -> Optional.empty();
            case HUGGING_FACE_FOLDER -> Optional.of(location.path());
            case STAGE_FOLDER ->
                Files.exists(location.path().resolve(CheckpointConfig.FILE_NAME))
                                && StageModel.packedFile(location.path()).isEmpty()
                        ? Optional.of(location.path())
                        : Optional.empty();
        };
    }

    /**
     * The packed file that a MODEL means, unread.
     *
     * @throws UsageException if it means a model that is not packed
     */
    public static Path packedFile(CommandLine line, String model) throws IOException {
        ModelLocation location = ModelLocation.of(Arguments.existing(model));
        Optional<String> variant = Optional.ofNullable(line.getOptionValue(VARIANT));
        Optional<Path> packed = switch (location.kind()) {
            case PACKED_FILE -> Optional.of(location.path());
            case HUGGING_FACE_FOLDER -> Optional.empty();
            case RUN_FOLDER -> Optional.of(choose(location, variant));
            case STAGE_FOLDER ->
                Files.exists(location.path().resolve(CheckpointConfig.FILE_NAME))
                        ? StageModel.packedFile(location.path())
                        : Optional.of(choose(location, variant));
        };
        return packed.orElseThrow(() -> new UsageException(
                location.path() + " holds no packed file. Make one with 'bantam export', or name a run."));
    }

    /**
     * The variant of a run that the single argument is, or that its stage or packed file is of; empty if there is none.
     */
    public static Optional<RunVariant> runVariant(CommandLine line) throws IOException {
        ModelLocation location = ModelLocation.of(Arguments.existing(line, "MODEL"));
        Optional<String> variant = Optional.ofNullable(line.getOptionValue(VARIANT));
        Path path = location.path();
        Optional<RunVariant> found = switch (location.kind()) {
            case RUN_FOLDER -> Optional.of(new RunVariant(path, ModelLocation.variant(choose(location, variant))));
            case HUGGING_FACE_FOLDER -> Optional.empty();
            case PACKED_FILE -> exported(path);
            case STAGE_FOLDER ->
                Files.exists(path.resolve(CheckpointConfig.FILE_NAME))
                        ? StageModel.variant(path)
                                .map(name -> new RunVariant(StageModel.run(path), RunFolder.fileName(name)))
                        : exported(choose(location, variant));
        };
        return found.filter(of -> location.kind() == ModelLocation.Kind.RUN_FOLDER
                || Files.exists(RunFolder.resultFile(of.folder(), of.name())));
    }

    /** The variant of a packed file in a run's folder. */
    private static Optional<RunVariant> exported(Path file) {
        Path run = StageModel.run(file.toAbsolutePath().normalize().getParent());
        return run != null && Files.exists(run.resolve(RunFolder.RECIPE))
                ? Optional.of(new RunVariant(run, ModelLocation.variant(file)))
                : Optional.empty();
    }

    /**
     * A variant of a run.
     *
     * @param folder of the run
     * @param name of the variant, as its files have it
     */
    public record RunVariant(Path folder, String name) {}

    private static LoadedModel stage(ModelLocation location, Optional<String> variant) throws IOException {
        if (!Files.exists(location.path().resolve(CheckpointConfig.FILE_NAME))) {
            return packed(choose(location, variant));
        }
        Optional<Path> exported = StageModel.packedFile(location.path());
        return exported.isPresent()
                ? packed(exported.get())
                : huggingFace(location.path(), StageModel.textForm(location.path()));
    }

    private static Path choose(ModelLocation location, Optional<String> variant) throws IOException {
        return location.packedFile(variant.map(RunFolder::fileName), "--" + VARIANT);
    }

    private static LoadedModel packed(Path path) throws IOException {
        PackedFile file = PackedFile.read(path);
        return new LoadedModel(
                path, file.config(), file.activations(), file.tensors(), file.tokenizerJson(), file.textForm());
    }

    private static LoadedModel huggingFace(Path folder, Optional<TextForm> textForm) throws IOException {
        Checkpoint checkpoint = CheckpointReader.read(folder);
        try (CodeTokenizer tokenizer = CodeTokenizer.open(folder)) {
            return new LoadedModel(
                    folder,
                    checkpoint.config().decoder(),
                    ActivationQuantization.NONE,
                    checkpoint.tensors(),
                    tokenizer.json(),
                    textForm);
        }
    }
}
