package io.bantam.trainer.hub;

import io.bantam.runtime.format.FormatException;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The tensors of a file by {@code torch.save} before PyTorch 1.6, as many early models on the hub are: five pickles (a
 * magic number, a version, facts about the machine, the state dict, the list of storage keys), then for each key its
 * number of values (8 bytes, little-endian) and the values.
 */
final class TorchLegacySource implements TensorSource {

    private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
    private static final int VERSION = 1001;

    private final Path file;
    private final FileChannel channel;
    private final Map<String, TorchTensor> tensors;
    private final Map<String, Long> offsets = new HashMap<>();

    TorchLegacySource(Path file) throws IOException {
        this.file = file;
        this.channel = FileChannel.open(file);
        try (var in = new CountingStream(new BufferedInputStream(Files.newInputStream(file)))) {
            if (!MAGIC.equals(StateDictUnpickler.readObject(in, file))) {
                throw new FormatException(file, "no PyTorch file");
            }
            Object version = StateDictUnpickler.readObject(in, file);
            if (!Integer.valueOf(VERSION).equals(version)) {
                throw new FormatException(
                        file,
                        "expected version " + VERSION + " of PyTorch's old format, found "
                                + (version instanceof Integer ? version : "none"));
            }
            if (StateDictUnpickler.readObject(in, file) instanceof Map<?, ?> machine
                    && Boolean.FALSE.equals(machine.get("little_endian"))) {
                throw new FormatException(file, "expected byte order little, found big");
            }
            this.tensors = StateDictUnpickler.stateDict(StateDictUnpickler.readObject(in, file), file);
            locate(StateDictUnpickler.readObject(in, file), in.position);
        } catch (Throwable failure) {
            channel.close();
            throw failure;
        }
    }

    private void locate(Object keys, long start) throws IOException {
        var storages = new HashMap<String, TorchStorage>();
        tensors.values().forEach(tensor -> storages.put(tensor.storage().key(), tensor.storage()));
        if (!(keys instanceof List<?> list)) {
            throw new FormatException(file, "damaged: the list of storages is missing");
        }
        long position = start;
        for (Object key : list) {
            TorchStorage storage = key instanceof String name ? storages.get(name) : null;
            if (storage == null) {
                throw new FormatException(file, "damaged: a listed storage belongs to no tensor");
            }
            long elements = ByteBuffer.wrap(bytes(position, Long.BYTES))
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .getLong();
            if (elements != storage.elements()) {
                throw new FormatException(
                        file,
                        "damaged: storage " + key + " has " + elements + " values instead of " + storage.elements());
            }
            offsets.put(storage.key(), position + Long.BYTES);
            position = Math.addExact(position, Long.BYTES + storage.byteSize());
        }
    }

    @Override
    public Map<String, List<Long>> shapes() {
        var shapes = new LinkedHashMap<String, List<Long>>();
        tensors.forEach((name, tensor) -> shapes.put(name, tensor.shape()));
        return shapes;
    }

    @Override
    public float[] read(String name) throws IOException {
        TorchTensor tensor = tensors.get(name);
        Long offset = offsets.get(tensor.storage().key());
        if (offset == null) {
            throw new FormatException(file, "damaged: the values of tensor '" + name + "' are missing");
        }
        byte[] bytes = bytes(offset, tensor.storage().byteSize());
        return tensor.view(TorchZipSource.floats(bytes, tensor.storage().type(), file, name));
    }

    private byte[] bytes(long position, long length) throws IOException {
        if (length > channel.size() - position || length > Integer.MAX_VALUE - 8) {
            throw new FormatException(
                    file,
                    "truncated: expected " + length + " bytes at " + position + ", the file ends at " + channel.size()
                            + "; copy or download it again");
        }
        ByteBuffer buffer = ByteBuffer.allocate((int) length);
        while (buffer.hasRemaining() && channel.read(buffer, position + buffer.position()) >= 0) {
            // Reads may be short.
        }
        return buffer.array();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    /** Knows how far it was read. */
    private static final class CountingStream extends FilterInputStream {
        private long position;

        CountingStream(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int value = super.read();
            position += value >= 0 ? 1 : 0;
            return value;
        }

        @Override
        public int read(byte[] bytes, int from, int length) throws IOException {
            int count = super.read(bytes, from, length);
            position += Math.max(count, 0);
            return count;
        }

        @Override
        public long skip(long count) throws IOException {
            long skipped = super.skip(count);
            position += skipped;
            return skipped;
        }
    }
}
