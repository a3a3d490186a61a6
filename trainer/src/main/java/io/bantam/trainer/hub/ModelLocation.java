package io.bantam.trainer.hub;

import io.bantam.runtime.format.FormatException;
import io.bantam.runtime.format.PackedFile;
import io.bantam.runtime.format.SafetensorsReader;
import io.bantam.trainer.BantamException;
import io.bantam.trainer.NearestWord;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a path is that the user gave as a MODEL, told by its content and not by its name.
 *
 * @param kind what it is
 * @param path the path as given
 */
public record ModelLocation(Kind kind, Path path) {

    /** The four forms of a model. */
    public enum Kind {
        /** One file written by the export: a safetensors file whose metadata says {@code bantam.format=packed}. */
        PACKED_FILE,
        /** A folder with {@code config.json} and weights. */
        HUGGING_FACE_FOLDER,
        /** The folder of one stage: it has a {@code stage.json}. */
        STAGE_FOLDER,
        /** The folder of a run: it has the resolved {@code recipe.yaml} and stage folders. */
        RUN_FOLDER
    }

    private static final String STAGE = "stage.json";
    private static final String RECIPE = "recipe.yaml";
    private static final String ENDING = ".bantam";

    /**
     * Looks at a path.
     *
     * @throws BantamException if it does not exist or is no model; the message says what it is instead
     * @throws IOException if it cannot be read
     */
    public static ModelLocation of(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            return new ModelLocation(folderKind(path), path);
        }
        if (!Files.exists(path)) {
            throw new BantamException(path + ": there is no such file or folder. Give a run folder, a stage folder, a "
                    + "Hugging Face folder or a packed file.");
        }
        requirePacked(path);
        return new ModelLocation(Kind.PACKED_FILE, path);
    }

    private static Kind folderKind(Path folder) throws IOException {
        if (Files.isRegularFile(folder.resolve(STAGE))) {
            return Kind.STAGE_FOLDER;
        }
        if (Files.isRegularFile(folder.resolve(CheckpointConfig.FILE_NAME))) {
            return Kind.HUGGING_FACE_FOLDER;
        }
        if (!Files.isRegularFile(folder.resolve(RECIPE))) {
            throw new BantamException(folder + ": no model: the folder has no " + RECIPE + " (a run), no " + STAGE
                    + " (a stage) and no " + CheckpointConfig.FILE_NAME + " (a Hugging Face model).");
        }
        if (stageFolders(folder).isEmpty()) {
            throw new BantamException(folder + ": a run that has no finished stage yet. Go on with it: bantam run "
                    + folder.resolve(RECIPE) + " --out " + folder + " --resume");
        }
        return Kind.RUN_FOLDER;
    }

    private static List<Path> stageFolders(Path run) throws IOException {
        try (Stream<Path> entries = Files.list(run)) {
            return entries.filter(entry -> Files.isRegularFile(entry.resolve(STAGE)))
                    .sorted()
                    .toList();
        }
    }

    /** Returns the folders of a run's finished stages, in their order; empty for another kind. */
    public List<Path> stageFolders() throws IOException {
        return kind == Kind.RUN_FOLDER ? stageFolders(path) : List.of();
    }

    /** Returns the packed files of this model by name: those of a run's or stage's folders, or the file itself. */
    public List<Path> packedFiles() throws IOException {
        return switch (kind) {
            case PACKED_FILE -> List.of(path);
            case HUGGING_FACE_FOLDER -> List.of();
            case STAGE_FOLDER -> packedFiles(path);
            case RUN_FOLDER -> {
                var files = new ArrayList<Path>();
                for (Path stage : stageFolders(path)) {
                    files.addAll(packedFiles(stage));
                }
                yield List.copyOf(files);
            }
        };
    }

    /**
     * Returns the packed file of a variant; where there is only one, none needs to be named.
     *
     * @param variant its name, as its file has it
     * @param option how a user names one, for messages, such as {@code --variant}
     * @throws BantamException if there is none yet, none of that name, or several to choose from
     */
    public Path packedFile(Optional<String> variant, String option) throws IOException {
        List<Path> files = packedFiles();
        List<String> names = files.stream().map(ModelLocation::variant).toList();
        if (files.isEmpty()) {
            throw new BantamException(path + ": there is no exported model in it yet. Finish the run with"
                    + " --resume, or name one of its stage folders.");
        }
        if (variant.isEmpty() && files.size() == 1) {
            return files.getFirst();
        }
        if (variant.isEmpty()) {
            throw new BantamException(path + ": holds several models; choose a variant with " + option + ": "
                    + String.join(", ", names) + ".");
        }
        int index = names.indexOf(variant.get());
        if (index < 0) {
            String hint = NearestWord.find(variant.get(), names)
                    .map(nearest -> " Did you mean '" + nearest + "'?")
                    .orElse("");
            throw new BantamException("there is no variant '%s' in %s.%s It has: %s."
                    .formatted(variant.get(), path, hint, String.join(", ", names)));
        }
        return files.get(index);
    }

    /** Returns the name of the variant that a packed file of a run holds. */
    public static String variant(Path packedFile) {
        String name = packedFile.getFileName().toString();
        return name.endsWith(ENDING) ? name.substring(0, name.length() - ENDING.length()) : name;
    }

    private static List<Path> packedFiles(Path folder) throws IOException {
        List<Path> candidates;
        try (Stream<Path> entries = Files.list(folder)) {
            candidates = entries.filter(Files::isRegularFile).sorted().toList();
        }
        var packed = new ArrayList<Path>();
        for (Path file : candidates) {
            if (looksLikeSafetensors(file) && isPacked(file)) {
                packed.add(file);
            }
        }
        return packed;
    }

    private static boolean isPacked(Path file) throws IOException {
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            return PackedFile.isPacked(reader);
        }
    }

    /** A safetensors file begins with eight bytes of length and the brace of its header. */
    private static boolean looksLikeSafetensors(Path file) throws IOException {
        byte[] start = start(file);
        return start.length == 9 && start[8] == '{';
    }

    private static byte[] start(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            return in.readNBytes(9);
        }
    }

    private static void requirePacked(Path file) throws IOException {
        if (!looksLikeSafetensors(file)) {
            throw new BantamException(file + ": no packed model" + whatInstead(file));
        }
        if (!isPacked(file)) {
            throw new FormatException(
                    file, "safetensors weights, but no packed model. Give the Hugging Face folder that holds them.");
        }
    }

    private static String whatInstead(Path file) throws IOException {
        String start = new String(start(file), StandardCharsets.ISO_8859_1);
        if (start.startsWith("GGUF")) {
            return ", but a GGUF file, which can be written but not read here.";
        }
        if (start.startsWith("PK") || start.startsWith("\u0080\u0002")) {
            return ", but a PyTorch or zip file. Give the Hugging Face folder that holds it.";
        }
        if (start.stripLeading().startsWith("{")) {
            return ", but a JSON file. Give the folder that holds it.";
        }
        return ". Give a run folder, a stage folder, a Hugging Face folder or a packed file.";
    }
}
