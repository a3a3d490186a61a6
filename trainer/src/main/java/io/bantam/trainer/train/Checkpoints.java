package io.bantam.trainer.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import io.bantam.runtime.format.DType;
import io.bantam.runtime.format.SafetensorsReader;
import io.bantam.runtime.format.SafetensorsWriter;
import io.bantam.trainer.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/**
 * The checkpoints of one training in one folder: {@code step-00000100.safetensors} with every array, and
 * {@code step-00000100.json} with the state, the fingerprint of the training's settings and the SHA-256 of the arrays.
 * The JSON appears last, by renaming, so a checkpoint with a JSON was written whole; the hash finds later damage. The
 * last two up to the present step are kept.
 */
final class Checkpoints {
    private static final Logger LOG = LogManager.getLogger(Checkpoints.class);
    private static final ObjectMapper JSON = JsonMapper.builder().build();
    private static final int KEPT = 2;

    /** The JSON beside a checkpoint's arrays. */
    record Manifest(String fingerprint, String sha256, TrainingState state) {}

    private final Path folder;
    private final String fingerprint;

    /** @param fingerprint hash of everything that must be equal for a resumption to make sense */
    Checkpoints(Path folder, String fingerprint) {
        this.folder = folder;
        this.fingerprint = fingerprint;
    }

    void write(TrainingState state, Map<String, NDArray> arrays) throws IOException {
        Files.createDirectories(folder);
        Path data = folder.resolve(name(state.step()) + ".safetensors");
        writeArrays(data, arrays);
        Path manifest = folder.resolve(name(state.step()) + ".json");
        Path temporary = folder.resolve(name(state.step()) + ".json" + DurableFiles.TEMPORARY);
        DurableFiles.write(temporary, JSON.writeValueAsBytes(new Manifest(fingerprint, Sha256.of(data), state)));
        DurableFiles.rename(temporary, manifest);
        // Later ones are of a training with other settings: they must not push out the one just written.
        List<Path> past = manifests().stream()
                .filter(other -> step(other) <= state.step())
                .toList();
        for (Path old : past.subList(0, Math.max(0, past.size() - KEPT))) {
            delete(old);
        }
    }

    /**
     * Clears what does not belong to a training that stands at a step: files half written, arrays without a JSON, and
     * this training's later checkpoints, which are damaged or of an earlier try. Checkpoints of other settings stay.
     */
    void discardAfter(long step) throws IOException {
        if (!Files.isDirectory(folder)) {
            return;
        }
        DurableFiles.removeTemporaries(folder);
        for (Path manifest : manifests()) {
            if (step(manifest) > step && !isForeign(manifest)) {
                delete(manifest);
            }
        }
        List<Path> arrays;
        try (Stream<Path> files = Files.list(folder)) {
            arrays = files.filter(file -> file.getFileName().toString().matches("step-\\d+\\.safetensors"))
                    .toList();
        }
        for (Path file : arrays) {
            if (Files.notExists(
                    file.resolveSibling(file.getFileName().toString().replace(".safetensors", ".json")))) {
                Files.deleteIfExists(file);
            }
        }
    }

    private boolean isForeign(Path manifest) throws IOException {
        Optional<Manifest> read = read(manifest);
        return read.isPresent() && !read.get().fingerprint().equals(fingerprint);
    }

    /** The fingerprints of the trainings whose checkpoints are here; damaged ones are passed over. */
    static List<String> fingerprints(Path folder) throws IOException {
        List<String> found = new ArrayList<>();
        for (Path manifest : manifests(folder)) {
            read(manifest).map(Manifest::fingerprint).ifPresent(found::add);
        }
        return found;
    }

    /** The JSON first: arrays without one are no checkpoint. */
    private static void delete(Path manifest) throws IOException {
        Files.deleteIfExists(manifest);
        Files.deleteIfExists(dataOf(manifest));
    }

    /**
     * Loads the newest sound checkpoint of this training into the arrays. A damaged or foreign one is named in the log
     * and the one before it is tried.
     *
     * @return the state, or empty where there is no checkpoint to go on from
     */
    Optional<TrainingState> restore(Map<String, NDArray> arrays) throws IOException {
        for (Path manifest : manifests().reversed()) {
            Optional<TrainingState> state = restore(manifest, arrays);
            if (state.isPresent()) {
                return state;
            }
        }
        return Optional.empty();
    }

    private Optional<TrainingState> restore(Path manifest, Map<String, NDArray> arrays) throws IOException {
        Optional<Manifest> read = read(manifest);
        if (read.isEmpty()) {
            LOG.warn("{}: damaged checkpoint (no readable description); the one before it is tried", manifest);
            return Optional.empty();
        }
        if (!read.get().fingerprint().equals(fingerprint)) {
            LOG.warn(
                    "{}: checkpoint of a training with other settings or inputs; the one before it is tried", manifest);
            return Optional.empty();
        }
        Path data = dataOf(manifest);
        if (!Files.exists(data)) {
            LOG.warn(
                    "{}: damaged checkpoint ({} is missing); the one before it is tried", manifest, data.getFileName());
            return Optional.empty();
        }
        if (!Sha256.of(data).equals(read.get().sha256())) {
            LOG.warn("{}: damaged checkpoint (its SHA-256 is not the recorded one); the one before it is tried", data);
            return Optional.empty();
        }
        readArrays(data, arrays);
        return Optional.of(read.get().state());
    }

    /** The JSON of a checkpoint, or empty where it is damaged. */
    private static Optional<Manifest> read(Path manifest) throws IOException {
        try {
            Manifest read = JSON.readValue(Files.readAllBytes(manifest), Manifest.class);
            boolean whole = read != null && read.fingerprint() != null && read.sha256() != null && read.state() != null;
            return whole ? Optional.of(read) : Optional.empty();
        } catch (JacksonException damaged) {
            return Optional.empty();
        }
    }

    static void writeArrays(Path file, Map<String, NDArray> arrays) throws IOException {
        SafetensorsWriter writer = new SafetensorsWriter();
        arrays.forEach((name, array) -> {
            if (array.getDataType() != DataType.FLOAT32) {
                throw new IllegalArgumentException(name + " is " + array.getDataType() + ", not FLOAT32");
            }
            writer.addFloats(
                    name, DType.F32, array::toFloatArray, array.getShape().getShape());
        });
        writer.write(file);
    }

    static void readArrays(Path file, Map<String, NDArray> arrays) throws IOException {
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            for (Map.Entry<String, NDArray> entry : arrays.entrySet()) {
                entry.getValue().set(reader.readFloats(entry.getKey()));
            }
        }
    }

    private List<Path> manifests() throws IOException {
        return manifests(folder);
    }

    private static List<Path> manifests(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().matches("step-\\d+\\.json"))
                    .sorted(Comparator.comparing(file -> file.getFileName().toString()))
                    .toList();
        }
    }

    private static Path dataOf(Path manifest) {
        return manifest.resolveSibling(manifest.getFileName().toString().replace(".json", ".safetensors"));
    }

    private static long step(Path manifest) {
        return Long.parseLong(manifest.getFileName().toString().replaceAll("\\D", ""));
    }

    private static String name(long step) {
        return "step-%08d".formatted(step);
    }
}
