package io.bantam.trainer.hub;

import io.bantam.runtime.format.FormatException;
import io.bantam.runtime.format.Json;
import io.bantam.trainer.model.PartialWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Tensors spread over several files, as an index says: {@code {"weight_map": {tensor name: file name}}}. Files stand
 * beside the index; a file holds exactly the tensors that the index gives it.
 */
final class ShardedSource implements TensorSource {

    /** Opens one file of an index. */
    interface Opener {
        TensorSource open(Path file) throws IOException;
    }

    private final Map<String, TensorSource> shards = new LinkedHashMap<>();
    private final Map<String, TensorSource> byTensor = new LinkedHashMap<>();

    ShardedSource(Path index, Opener opener) throws IOException {
        try {
            Map<String, Object> json = Json.parseObject(Files.readString(index), index);
            if (!(json.get("weight_map") instanceof Map<?, ?> files)) {
                throw new FormatException(index, "no index of a sharded model: weight_map is missing");
            }
            for (Map.Entry<?, ?> entry : files.entrySet()) {
                String tensor = (String) entry.getKey();
                TensorSource shard = shard(index, tensor, entry.getValue(), opener);
                if (!shard.shapes().containsKey(tensor)) {
                    throw new FormatException(
                            index, "tensor '" + tensor + "' is not in " + entry.getValue() + ", where it should be");
                }
                byTensor.put(tensor, shard);
            }
            requireNoOthers(index);
        } catch (Throwable failure) {
            close();
            throw failure;
        }
    }

    private TensorSource shard(Path index, String tensor, Object name, Opener opener) throws IOException {
        // A plain file name beside the index: nothing may lead out of the model's folder.
        if (!(name instanceof String file)
                || file.isEmpty()
                || !Path.of(file).equals(Path.of(file).getFileName())
                || file.equals("..")) {
            throw new FormatException(
                    index,
                    "tensor '" + tensor + "': expected the name of a file beside the index, found " + Json.write(name));
        }
        TensorSource known = shards.get(file);
        if (known != null) {
            return known;
        }
        Path path = index.resolveSibling(file);
        if (!Files.isRegularFile(path)) {
            throw new FormatException(index, "the file " + file + " is missing; copy or download it too");
        }
        TensorSource opened = opener.open(path);
        shards.put(file, opened);
        return opened;
    }

    private void requireNoOthers(Path index) throws FormatException {
        for (Map.Entry<String, TensorSource> shard : shards.entrySet()) {
            for (String tensor : shard.getValue().shapes().keySet()) {
                if (byTensor.get(tensor) != shard.getValue()) {
                    throw new FormatException(
                            index,
                            shard.getKey() + " holds tensor '" + tensor + "', which the index does not place there");
                }
            }
        }
    }

    @Override
    public Map<String, List<Long>> shapes() {
        var shapes = new LinkedHashMap<String, List<Long>>();
        byTensor.forEach((name, shard) -> shapes.put(name, shard.shapes().get(name)));
        return shapes;
    }

    @Override
    public float[] read(String name) throws IOException {
        return byTensor.get(name).read(name);
    }

    @Override
    public void forEachPart(String name, int count, PartialWeights.PartConsumer consumer) throws IOException {
        byTensor.get(name).forEachPart(name, count, consumer);
    }

    @Override
    public void forEachTransposedPart(String name, int rows, int count, PartialWeights.PartConsumer consumer)
            throws IOException {
        byTensor.get(name).forEachTransposedPart(name, rows, count, consumer);
    }

    @Override
    public void close() throws IOException {
        for (TensorSource shard : shards.values()) {
            shard.close();
        }
    }
}
