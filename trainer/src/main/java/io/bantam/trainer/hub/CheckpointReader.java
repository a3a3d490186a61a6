package io.bantam.trainer.hub;

import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.FloatTensor;
import io.bantam.runtime.format.FormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Reads a GPT-2 model from a Hugging Face folder: {@code config.json} and the first of {@code model.safetensors},
 * {@code model.safetensors.index.json}, {@code pytorch_model.bin} and {@code pytorch_model.bin.index.json}. Names may
 * begin with {@code transformer.}; the constant attention masks of older files are skipped; half and brain floats widen
 * to float32. An output layer ({@code lm_head.weight}) must equal the embedding, to which Bantam ties it.
 */
public final class CheckpointReader {

    static final String SAFETENSORS = "model.safetensors";
    static final String TORCH = "pytorch_model.bin";
    static final String INDEX = ".index.json";

    static final String PREFIX = "transformer.";
    private static final String EMBEDDING = "wte.weight";
    private static final String HEAD = "lm_head.weight";
    private static final Pattern MASK = Pattern.compile("h\\.\\d+\\.attn\\.(?:bias|masked_bias)");
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
        Path configFile = folder.resolve(CheckpointConfig.FILE_NAME);
        if (!Files.isRegularFile(configFile)) {
            throw new FormatException(folder, "no Hugging Face folder: it has no " + CheckpointConfig.FILE_NAME);
        }
        CheckpointConfig config = CheckpointConfig.read(configFile);
        Path weights = weights(folder);
        try (TensorSource source = open(weights)) {
            return new Checkpoint(config, tensors(config.decoder(), source, weights));
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

    private static TensorSource open(Path weights) throws IOException {
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

    private static Map<String, FloatTensor> tensors(DecoderConfig config, TensorSource source, Path weights)
            throws IOException {
        Map<String, String> stored = storedNames(source.shapes().keySet(), weights);
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        stored.forEach((name, storedName) -> shapes.put(name, source.shapes().get(storedName)));
        if (!stored.containsKey(EMBEDDING) && stored.containsKey(HEAD)) {
            // Of tied tensors a file may keep either.
            stored.put(EMBEDDING, stored.remove(HEAD));
            shapes.put(EMBEDDING, shapes.remove(HEAD));
        }
        Set<String> transposed = Orientation.transposed(config);
        requireShapes(config, transposed, shapes, weights);

        var tensors = new LinkedHashMap<String, FloatTensor>();
        for (Map.Entry<String, List<Integer>> entry : config.shapes().entrySet()) {
            String name = entry.getKey();
            List<Integer> shape = entry.getValue();
            float[] values = source.read(stored.get(name));
            requireFinite(values, name, weights);
            if (transposed.contains(name)) {
                values = Orientation.transpose(values, shape.get(1), shape.get(0));
            }
            tensors.put(name, FloatTensor.of(values, shape.toArray(Integer[]::new)));
        }
        if (stored.containsKey(HEAD)
                && !Arrays.equals(
                        source.read(stored.get(HEAD)), tensors.get(EMBEDDING).values())) {
            throw new FormatException(
                    weights, HEAD + " differs from " + EMBEDDING + "; only models that tie the two can be used");
        }
        return tensors;
    }

    /** Maps names without prefix to the names in the file, masks left out. */
    private static Map<String, String> storedNames(Set<String> names, Path weights) throws FormatException {
        var stored = new TreeMap<String, String>();
        for (String name : names) {
            if (name.chars().anyMatch(Character::isISOControl)) {
                throw new FormatException(weights, "damaged: the name of a tensor holds control characters");
            }
            String plain = name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name;
            if (MASK.matcher(plain).matches()) {
                continue;
            }
            String other = stored.put(plain, name);
            if (other != null) {
                throw new FormatException(weights, "both '" + other + "' and '" + name + "' are there; expected one");
            }
        }
        return stored;
    }

    private static void requireShapes(
            DecoderConfig config, Set<String> transposed, Map<String, List<Long>> found, Path weights)
            throws FormatException {
        List<String> missing = new ArrayList<>();
        List<String> wrong = new ArrayList<>();
        Map<String, List<Integer>> expected = new LinkedHashMap<>();
        config.shapes()
                .forEach((name, shape) ->
                        expected.put(name, transposed.contains(name) ? Orientation.reversed(shape) : shape));
        if (found.containsKey(HEAD)) {
            expected.put(HEAD, expected.get(EMBEDDING));
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

    private static void requireFinite(float[] values, String name, Path weights) throws FormatException {
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i])) {
                throw new FormatException(
                        weights,
                        "tensor '" + name + "': value " + i + " is " + values[i]
                                + "; the model is damaged or its training diverged");
            }
        }
    }
}
