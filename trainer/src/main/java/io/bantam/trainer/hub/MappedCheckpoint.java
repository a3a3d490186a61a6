package io.bantam.trainer.hub;

import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.FormatException;
import io.bantam.runtime.format.ModelConfig;
import io.bantam.trainer.model.PartialWeights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * A model in its files: nothing but one tensor at a time is copied from them. Safetensors files are mapped, so what was
 * read counts as the system's cache of the files and goes when memory is wanted. Closing lets the files go.
 */
public final class MappedCheckpoint implements AutoCloseable {
    /** Values of a part: little enough that Java's collector takes it for an ordinary array. */
    private static final int PART = 1 << 18;

    private final CheckpointConfig config;
    private final Family<ModelConfig> family;
    private final TensorSource source;
    private final Path weights;
    private final Map<String, String> stored;
    private final List<String> copiesOfEmbedding;
    private final Function<String, Optional<float[]>> added;

    /**
     * @param weights the file or index, for messages
     * @param stored the files' names of tensors, by name without prefix
     * @param copiesOfEmbedding names without prefix of what must equal the embedding
     * @param added values of tensors that the files do not have
     */
    MappedCheckpoint(
            CheckpointConfig config,
            TensorSource source,
            Path weights,
            Map<String, String> stored,
            List<String> copiesOfEmbedding,
            Function<String, Optional<float[]>> added) {
        this.config = config;
        this.family = Families.of(config.model());
        this.source = source;
        this.weights = weights;
        this.stored = stored;
        this.copiesOfEmbedding = copiesOfEmbedding;
        this.added = added;
    }

    /**
     * Opens the files of this checkpoint once more, after it was closed; names and shapes are not checked again.
     *
     * @throws IOException if the disk fails
     */
    public MappedCheckpoint reopened() throws IOException {
        return new MappedCheckpoint(
                config, CheckpointReader.openSource(weights), weights, stored, copiesOfEmbedding, added);
    }

    /** The shape of the model and the other keys of its config. */
    public CheckpointConfig config() {
        return config;
    }

    /**
     * Reads one tensor.
     *
     * @param name one of {@link ModelConfig#shapes}
     * @return its values as float32, row-major, linear weights as {@code [outputs, inputs]}; a fresh array
     * @throws FormatException if a value is not finite, or an output layer that is tied differs from the embedding
     * @throws IOException if the disk fails
     */
    public float[] values(String name) throws IOException {
        Optional<float[]> other = added.apply(name);
        if (other.isPresent()) {
            return other.get();
        }
        float[] values = joined(family.stored(config.model(), name));
        Optional<int[]> order = family.rowOrder(config.model(), name);
        if (order.isPresent()) {
            values = Orientation.inOrder(values, order.get());
        }
        if (name.equals(DecoderConfig.EMBEDDING)) {
            requireSameCopies(values);
        }
        return values;
    }

    /**
     * Reads one tensor, some rows at a time where it is one tensor of the file.
     *
     * @param name one of {@link ModelConfig#shapes}
     * @throws FormatException as {@link #values}
     * @throws IOException if the disk fails
     */
    public void forEachPart(String name, PartialWeights.PartConsumer consumer) throws IOException {
        forEachPart(name, PART, consumer);
    }

    /** @param size values of a part, at most, but for a row that has more */
    void forEachPart(String name, int size, PartialWeights.PartConsumer consumer) throws IOException {
        List<Family.Stored> parts = family.stored(config.model(), name);
        boolean alone = parts.size() == 1
                && stored.containsKey(parts.getFirst().name())
                && family.rowOrder(config.model(), name).isEmpty()
                && !(name.equals(DecoderConfig.EMBEDDING) && !copiesOfEmbedding.isEmpty());
        if (!alone) {
            consumer.accept(0, values(name));
            return;
        }
        forEachPart(parts.getFirst(), size, consumer);
    }

    private void forEachPart(Family.Stored part, int size, PartialWeights.PartConsumer consumer) throws IOException {
        int columns = part.shape().getLast();
        int rows = Math.max(1, size / columns);
        PartialWeights.PartConsumer checked = (from, values) -> {
            requireFinite(part.name(), from, values);
            consumer.accept(from, values);
        };
        if (part.transposed()) {
            source.forEachTransposedPart(stored.get(part.name()), columns, rows, checked);
        } else {
            source.forEachPart(stored.get(part.name()), rows * columns, checked);
        }
    }

    private void requireSameCopies(float[] embedding) throws IOException {
        for (String copy : copiesOfEmbedding) {
            if (!Arrays.equals(source.read(stored.get(copy)), embedding)) {
                throw new FormatException(
                        weights,
                        copy + " differs from "
                                + family.stored(config.model(), DecoderConfig.EMBEDDING)
                                        .getFirst()
                                        .name()
                                + ", but " + CheckpointConfig.FILE_NAME + " says that the two are tied");
            }
        }
    }

    /** The values of one of our tensors, whose parts lie one below the other. */
    private float[] joined(List<Family.Stored> parts) throws IOException {
        float[] all = null;
        int at = 0;
        for (Family.Stored part : parts) {
            float[] values = part(part);
            if (parts.size() == 1) {
                return values;
            }
            if (all == null) {
                all = new float
                        [parts.stream()
                                .mapToInt(p -> p.shape().stream().reduce(1, Math::multiplyExact))
                                .reduce(0, Math::addExact)];
            }
            System.arraycopy(values, 0, all, at, values.length);
            at += values.length;
        }
        return all;
    }

    private float[] part(Family.Stored part) throws IOException {
        if (part.transposed()) {
            float[] turned = new float[part.shape().stream().reduce(1, Math::multiplyExact)];
            forEachPart(part, PART, (from, values) -> System.arraycopy(values, 0, turned, from, values.length));
            return turned;
        }
        float[] values = source.read(stored.get(part.name()));
        requireFinite(part.name(), 0, values);
        return values;
    }

    private void requireFinite(String name, int from, float[] values) throws FormatException {
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i])) {
                throw new FormatException(
                        weights,
                        "tensor '" + name + "': value " + (from + i) + " is " + values[i]
                                + "; the model is damaged or its training diverged");
            }
        }
    }

    @Override
    public void close() throws IOException {
        source.close();
    }
}
