package io.bantam.trainer.hub;

import io.bantam.runtime.format.DType;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.EncoderConfig;
import io.bantam.runtime.format.FloatTensor;
import io.bantam.runtime.format.FormatException;
import io.bantam.runtime.format.ModelConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Reads a model from a Hugging Face folder: {@code config.json} and the first of {@code model.safetensors},
 * {@code model.safetensors.index.json}, {@code pytorch_model.bin} and {@code pytorch_model.bin.index.json}. Names may
 * lack their family's prefix; the constants of older files are skipped; half and brain floats widen to float32. Where
 * the model is tied, an output layer ({@code lm_head.weight}) must equal the embedding.
 */
public final class CheckpointReader {

    static final String SAFETENSORS = "model.safetensors";
    static final String TORCH = "pytorch_model.bin";
    static final String INDEX = ".index.json";

    private static final int MOST_SHOWN = 8;

    private CheckpointReader() {}

    /**
     * Reads a folder.
     *
     * @throws FormatException if a file is missing, damaged or unsafe, or the tensors are not those that the config
     *     asks for; every tensor that is missing, too much or of another shape is named
     * @throws IOException if the disk fails
     */
    public static Checkpoint read(Path folder) throws IOException {
        return read(folder, Optional.empty());
    }

    /**
     * Reads a folder whose model need not have been trained for a task.
     *
     * @param head what is added where the file has none
     * @throws FormatException as {@link #read(Path)}
     * @throws IOException if the disk fails
     */
    public static Checkpoint read(Path folder, TaskHead head) throws IOException {
        return read(folder, Optional.of(head));
    }

    private static Checkpoint read(Path folder, Optional<TaskHead> head) throws IOException {
        try (MappedCheckpoint mapped = open(folder, head)) {
            var tensors = new LinkedHashMap<String, FloatTensor>();
            for (Map.Entry<String, List<Integer>> entry :
                    mapped.config().model().shapes().entrySet()) {
                tensors.put(
                        entry.getKey(), new FloatTensor(DType.F32, entry.getValue(), mapped.values(entry.getKey())));
            }
            return new Checkpoint(mapped.config(), tensors);
        }
    }

    /**
     * Opens a folder to read its tensors one at a time, for models larger than memory. Names and shapes are checked
     * here, values as they are read.
     *
     * @throws FormatException as {@link #read(Path)}
     * @throws IOException if the disk fails
     */
    public static MappedCheckpoint open(Path folder) throws IOException {
        return open(folder, Optional.empty());
    }

    private static MappedCheckpoint open(Path folder, Optional<TaskHead> head) throws IOException {
        Path configFile = folder.resolve(CheckpointConfig.FILE_NAME);
        if (!Files.isRegularFile(configFile)) {
            throw new FormatException(folder, "no Hugging Face folder: it has no " + CheckpointConfig.FILE_NAME);
        }
        CheckpointConfig config = CheckpointConfig.read(configFile);
        Path weights = weights(folder);
        TensorSource source = openSource(weights);
        try {
            if (config.model() instanceof EncoderConfig encoder && head.isPresent()) {
                Family<EncoderConfig> family = Families.of(encoder);
                Map<String, String> stored = storedNames(family, source.shapes().keySet(), weights);
                config = head.get().fitted(config, encoder, family, stored.keySet());
            }
            return mapped(config, source, weights, head);
        } catch (Throwable problem) {
            source.close();
            throw problem;
        }
    }

    /** Returns the file or index that holds a folder's weights. */
    static Path weights(Path folder) throws FormatException {
        List<String> names = List.of(SAFETENSORS, SAFETENSORS + INDEX, TORCH, TORCH + INDEX);
        for (String name : names) {
            if (Files.isRegularFile(folder.resolve(name))) {
                return folder.resolve(name);
            }
        }
        throw new FormatException(folder, "it has no weights; expected one of " + String.join(", ", names));
    }

    static TensorSource openSource(Path weights) throws IOException {
        String name = weights.getFileName().toString();
        if (name.endsWith(INDEX)) {
            boolean torch = name.startsWith(TORCH);
            return new ShardedSource(weights, torch ? CheckpointReader::openTorch : SafetensorsSource::new);
        }
        return name.equals(TORCH) ? openTorch(weights) : new SafetensorsSource(weights);
    }

    private static TensorSource openTorch(Path file) throws IOException {
        byte[] start = new byte[2];
        try (var in = Files.newInputStream(file)) {
            in.readNBytes(start, 0, 2);
        }
        // A zip begins with PK, a pickle with its protocol.
        if (start[0] == 'P' && start[1] == 'K') {
            return new TorchZipSource(file);
        }
        if (start[0] == (byte) 0x80) {
            return new TorchLegacySource(file);
        }
        throw new FormatException(file, "no PyTorch file, or a truncated one; copy or download it again");
    }

    private static MappedCheckpoint mapped(
            CheckpointConfig checkpoint, TensorSource source, Path weights, Optional<TaskHead> head)
            throws IOException {
        ModelConfig config = checkpoint.model();
        Family<ModelConfig> family = Families.of(config);
        Map<String, String> stored = storedNames(family, source.shapes().keySet(), weights);
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        stored.forEach((name, storedName) -> shapes.put(name, source.shapes().get(storedName)));
        String embedding =
                family.stored(config, DecoderConfig.EMBEDDING).getFirst().name();
        List<String> same = family.sameAsEmbedding(config);
        for (String other : same) {
            if (!stored.containsKey(embedding) && stored.containsKey(other)) {
                // Of tied tensors a file may keep any.
                stored.put(embedding, stored.remove(other));
                shapes.put(embedding, shapes.remove(other));
            }
        }
        Set<String> added = new TreeSet<>();
        for (String name : config.shapes().keySet()) {
            boolean missing = family.stored(config, name).stream().noneMatch(part -> stored.containsKey(part.name()));
            if (missing && family.isTaskHead(name) && (head.isPresent() || TaskHead.isConstant(name))) {
                added.add(name);
            }
        }
        requireShapes(config, family, embedding, added, shapes, weights);
        List<String> copies = same.stream().filter(stored::containsKey).toList();
        return new MappedCheckpoint(
                checkpoint,
                source,
                weights,
                stored,
                copies,
                name -> added.contains(name)
                        ? Optional.of(TaskHead.initial(name, config.shapes().get(name), head)
                                .values())
                        : Optional.empty());
    }

    /** Maps names without prefix to the names in the file, constants left out. */
    private static Map<String, String> storedNames(Family<?> family, Set<String> names, Path weights)
            throws FormatException {
        var stored = new TreeMap<String, String>();
        for (String name : names) {
            if (name.chars().anyMatch(Character::isISOControl)) {
                throw new FormatException(weights, "damaged: the name of a tensor holds control characters");
            }
            String plain = name.startsWith(family.prefix())
                    ? name.substring(family.prefix().length())
                    : name;
            if (family.isConstant(plain)) {
                continue;
            }
            String other = stored.put(family.presentName(plain), name);
            if (other != null) {
                throw new FormatException(weights, "both '" + other + "' and '" + name + "' are there; expected one");
            }
        }
        return stored;
    }

    private static void requireShapes(
            ModelConfig config,
            Family<ModelConfig> family,
            String embedding,
            Set<String> added,
            Map<String, List<Long>> found,
            Path weights)
            throws FormatException {
        List<String> missing = new ArrayList<>();
        List<String> wrong = new ArrayList<>();
        Map<String, List<Integer>> expected = new LinkedHashMap<>();
        for (String name : config.shapes().keySet()) {
            if (!added.contains(name)) {
                family.stored(config, name).forEach(part -> expected.put(part.name(), part.fileShape()));
            }
        }
        for (String other : family.sameAsEmbedding(config)) {
            if (found.containsKey(other)) {
                expected.put(other, expected.get(embedding));
            }
        }
        expected.forEach((name, shape) -> {
            List<Long> actual = found.get(name);
            if (actual == null) {
                missing.add(name + " " + shape);
            } else if (!actual.equals(shape.stream().map(Integer::longValue).toList())) {
                wrong.add(name + ": expected " + shape + ", found " + actual);
            }
        });
        List<String> extra = found.entrySet().stream()
                .filter(entry -> !expected.containsKey(entry.getKey()))
                .map(entry -> entry.getKey() + " " + entry.getValue())
                .toList();
        List<String> problems = new ArrayList<>();
        add(problems, "missing", missing);
        add(problems, "not part of the model", extra);
        add(problems, "of another shape", wrong);
        if (!problems.isEmpty()) {
            throw new FormatException(
                    weights,
                    "the tensors are not those that " + CheckpointConfig.FILE_NAME + " describes; "
                            + String.join("; ", problems));
        }
    }

    private static void add(List<String> problems, String what, List<String> tensors) {
        if (!tensors.isEmpty()) {
            int shown = Math.min(MOST_SHOWN, tensors.size());
            String more = tensors.size() > shown ? ", and " + (tensors.size() - shown) + " more" : "";
            problems.add(tensors.size() + " " + what + ": " + String.join(", ", tensors.subList(0, shown)) + more);
        }
    }
}
