package io.bantam.runtime.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * A writer of one safetensors file: collect tensors with the {@code add} methods, then {@link #write}.
 *
 * <p>Tensors are held as suppliers that are asked one after the other while writing, in the order in which they were
 * added, so a whole model need not be in memory. The file appears under its name only when complete: it is written
 * beside it under a temporary name, synced, and renamed. Tensors of a multiple of 64 bytes come first, and of these and
 * of the others those of wider element types, so that the former are aligned to 64 bytes and the latter to their type;
 * beyond that the order is kept.
 */
public final class SafetensorsWriter {
    private static final int BUFFER_BYTES = 1 << 18;
    /** Bytes of a line of cache, and of the widest register. */
    private static final int ALIGNMENT = 64;

    /** Values of a tensor, in order, a few at a time. */
    @FunctionalInterface
    public interface FloatParts {
        /** Hands on all values. */
        void writeTo(FloatSink sink) throws IOException;
    }

    /** Takes the values of a tensor, in order, a few at a time. */
    @FunctionalInterface
    public interface FloatSink {
        /** Takes the next values. */
        void accept(float[] values) throws IOException;
    }

    private record Entry(String name, DType dtype, List<Long> shape, long byteSize, Object data) {}

    private final Map<String, String> metadata = new LinkedHashMap<>();
    private final Map<String, Entry> entries = new LinkedHashMap<>();

    /** Adds a string to the header's {@code __metadata__}; a second value for the same key replaces the first. */
    public SafetensorsWriter metadata(String key, String value) {
        metadata.put(Objects.requireNonNull(key), Objects.requireNonNull(value));
        return this;
    }

    /** Adds strings to the header's {@code __metadata__}. */
    public SafetensorsWriter metadata(Map<String, String> values) {
        values.forEach(this::metadata);
        return this;
    }

    /**
     * Adds a floating-point tensor.
     *
     * @param name unique name
     * @param dtype {@link DType#F32}, or {@link DType#F16} or {@link DType#BF16}, which round to nearest even
     * @param values row-major values, supplied when the tensor is written; as many as the shape says
     * @param shape dimensions, outermost first
     * @throws IllegalArgumentException for a name given twice, another type or a negative dimension
     */
    public SafetensorsWriter addFloats(String name, DType dtype, Supplier<float[]> values, long... shape) {
        requireFloats(name, dtype);
        return add(name, dtype, shape, values);
    }

    /** Adds a floating-point tensor whose values come a few at a time, so that a large one need not be in memory. */
    public SafetensorsWriter addFloatParts(String name, DType dtype, FloatParts parts, long... shape) {
        requireFloats(name, dtype);
        return add(name, dtype, shape, parts);
    }

    private static void requireFloats(String name, DType dtype) {
        if (dtype != DType.F32 && dtype != DType.F16 && dtype != DType.BF16) {
            throw new IllegalArgumentException("tensor '" + name + "': expected F32, F16 or BF16, got " + dtype);
        }
    }

    /** Adds a float32 tensor from its row-major values, which are not copied. */
    public SafetensorsWriter addFloats(String name, float[] values, long... shape) {
        return addFloats(name, DType.F32, () -> values, shape);
    }

    /**
     * Adds a tensor of any type from its raw little-endian bytes.
     *
     * @param bytes exactly the bytes that shape and type ask for, supplied when the tensor is written
     */
    public SafetensorsWriter addBytes(String name, DType dtype, Supplier<byte[]> bytes, long... shape) {
        return add(name, dtype, shape, bytes);
    }

    /** Adds a 64-bit integer tensor. */
    public SafetensorsWriter addLongs(String name, long[] values, long... shape) {
        Supplier<byte[]> bytes = () -> {
            ByteBuffer buffer = ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            buffer.asLongBuffer().put(values);
            return buffer.array();
        };
        return add(name, DType.I64, shape, bytes);
    }

    private SafetensorsWriter add(String name, DType dtype, long[] shape, Object data) {
        if (name.equals(SafetensorsReader.METADATA)) {
            throw new IllegalArgumentException("a tensor cannot be named " + name);
        }
        long byteSize = dtype.bytes();
        for (long dimension : shape) {
            if (dimension < 0) {
                throw new IllegalArgumentException("tensor '" + name + "': negative shape " + Arrays.toString(shape));
            }
            byteSize = Math.multiplyExact(byteSize, dimension);
        }
        List<Long> dimensions = Arrays.stream(shape).boxed().toList();
        if (entries.putIfAbsent(name, new Entry(name, dtype, dimensions, byteSize, data)) != null) {
            throw new IllegalArgumentException("tensor '" + name + "' was added twice");
        }
        return this;
    }

    /**
     * Writes the file, replacing one of that name in a single step.
     *
     * @return the size of the file in bytes
     * @throws IllegalArgumentException if a supplier gives another number of elements than its shape says
     * @throws IOException if the file cannot be written; nothing is left under {@code path} then
     */
    public long write(Path path) throws IOException {
        Path target = path.toAbsolutePath();
        // Not Files.createTempFile: the finished file would be readable by its owner alone.
        Path temporary = target.resolveSibling(target.getFileName() + "." + UUID.randomUUID() + ".tmp");
        try {
            long size;
            try (FileChannel channel =
                    FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                writeTo(channel);
                channel.force(true);
                size = channel.size();
            }
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            syncFolder(target.getParent());
            return size;
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /** Makes the rename itself durable, on systems where a folder can be opened and synced. */
    private static void syncFolder(Path folder) throws IOException {
        if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    /** The size in bytes of the file that {@link #write} would write; no supplier is asked. */
    public long size() {
        return Long.BYTES
                + header(order()).length
                + entries.values().stream().mapToLong(Entry::byteSize).sum();
    }

    private List<Entry> order() {
        List<Entry> order = new ArrayList<>(entries.values());
        order.sort(Comparator.comparing((Entry entry) -> entry.byteSize() > 0 && entry.byteSize() % ALIGNMENT == 0)
                .thenComparingInt(entry -> entry.dtype().bytes())
                .reversed());
        return order;
    }

    private void writeTo(FileChannel channel) throws IOException {
        List<Entry> order = order();
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        byte[] header = header(order);
        buffer.putLong(header.length);
        putBytes(channel, buffer, header);
        flush(channel, buffer);
        Map<String, Long> positions = new HashMap<>();
        long end = channel.position();
        for (Entry entry : order) {
            positions.put(entry.name(), end);
            end += entry.byteSize();
        }
        for (Entry entry : entries.values()) {
            channel.position(positions.get(entry.name()));
            if (entry.data() instanceof FloatParts parts) {
                putParts(channel, buffer, entry, parts);
                continue;
            }
            switch (((Supplier<?>) entry.data()).get()) {
                case float[] values -> {
                    requireSize(entry, (long) values.length * entry.dtype().bytes());
                    putFloats(channel, buffer, values, entry.dtype());
                }
                case byte[] bytes -> {
                    requireSize(entry, bytes.length);
                    putBytes(channel, buffer, bytes);
                }
                case null, default -> throw new IllegalArgumentException("tensor '" + entry.name() + "' has no data");
            }
            flush(channel, buffer);
        }
    }

    private byte[] header(List<Entry> order) {
        Map<String, Object> header = new LinkedHashMap<>();
        if (!metadata.isEmpty()) {
            header.put(SafetensorsReader.METADATA, metadata);
        }
        long offset = 0;
        for (Entry entry : order) {
            Map<String, Object> tensor = new LinkedHashMap<>();
            tensor.put("dtype", entry.dtype().name());
            tensor.put("shape", entry.shape());
            tensor.put("data_offsets", List.of(offset, offset + entry.byteSize()));
            header.put(entry.name(), tensor);
            offset = Math.addExact(offset, entry.byteSize());
        }
        byte[] json = Json.write(header).getBytes(StandardCharsets.UTF_8);
        byte[] padded =
                Arrays.copyOf(json, (Long.BYTES + json.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT - Long.BYTES);
        Arrays.fill(padded, json.length, padded.length, (byte) ' ');
        return padded;
    }

    private static void requireSize(Entry entry, long bytes) {
        if (bytes != entry.byteSize()) {
            throw new IllegalArgumentException("tensor '" + entry.name() + "': expected " + entry.byteSize()
                    + " bytes for " + entry.dtype() + " " + entry.shape() + ", got " + bytes);
        }
    }

    private static void putParts(FileChannel channel, ByteBuffer buffer, Entry entry, FloatParts parts)
            throws IOException {
        long start = channel.position();
        parts.writeTo(values -> putFloats(channel, buffer, values, entry.dtype()));
        flush(channel, buffer);
        requireSize(entry, channel.position() - start);
    }

    private static void putFloats(FileChannel channel, ByteBuffer buffer, float[] values, DType dtype)
            throws IOException {
        if (dtype == DType.F32) {
            putFloats(channel, buffer, values);
            return;
        }
        for (float value : values) {
            if (buffer.remaining() < Short.BYTES) {
                flush(channel, buffer);
            }
            buffer.putShort(dtype == DType.F16 ? Float.floatToFloat16(value) : DType.toBfloat16(value));
        }
    }

    private static void putFloats(FileChannel channel, ByteBuffer buffer, float[] values) throws IOException {
        for (int from = 0; from < values.length; ) {
            if (buffer.remaining() < Float.BYTES) {
                flush(channel, buffer);
            }
            int count = Math.min(buffer.remaining() / Float.BYTES, values.length - from);
            buffer.asFloatBuffer().put(values, from, count);
            buffer.position(buffer.position() + count * Float.BYTES);
            from += count;
        }
    }

    private static void putBytes(FileChannel channel, ByteBuffer buffer, byte[] bytes) throws IOException {
        for (int from = 0; from < bytes.length; ) {
            if (!buffer.hasRemaining()) {
                flush(channel, buffer);
            }
            int count = Math.min(buffer.remaining(), bytes.length - from);
            buffer.put(bytes, from, count);
            from += count;
        }
    }

    private static void flush(FileChannel channel, ByteBuffer buffer) throws IOException {
        buffer.flip();
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
        buffer.clear();
    }
}
