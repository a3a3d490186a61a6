package io.bantam.runtime.format;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A reader of one GGUF file of version 3 through a memory mapping (ggml {@code docs/gguf.md}); nothing of the weights
 * is copied until a tensor is asked for.
 *
 * <p>Layout, little-endian: {@code GGUF}; u32 version; i64 number of tensors; i64 number of metadata entries; the
 * entries (string key, i32 type, value); for every tensor its name, u32 number of dimensions, i64 dimensions, i32 type
 * and u64 offset; then, from the next multiple of the alignment on, the data of the tensors without holes, each padded
 * to the alignment.
 *
 * <p>All of it is checked on opening, so that a damaged file gives a {@link FormatException} with one line and not a
 * read beyond the end or a lack of memory. Closing unmaps the file; arrays stay.
 */
public final class GgufReader implements AutoCloseable {
    static final int MAGIC = 'G' | 'G' << 8 | 'U' << 16 | 'F' << 24;
    static final int VERSION = 3;
    static final String ALIGNMENT = "general.alignment";
    static final int DEFAULT_ALIGNMENT = 32;
    private static final int MAXIMUM_ALIGNMENT = 1 << 20;
    private static final int MAXIMUM_TENSORS = 1 << 16;
    private static final int MAXIMUM_ENTRIES = 1 << 16;
    private static final int MAXIMUM_DIMENSIONS = 4;

    private final Path path;
    private final Arena arena;
    private final MemorySegment file;
    private final Map<String, Object> metadata;
    private final Map<String, GgufTensor> tensors;

    private GgufReader(
            Path path, Arena arena, MemorySegment file, Map<String, Object> metadata, Map<String, GgufTensor> tensors) {
        this.path = path;
        this.arena = arena;
        this.file = file;
        this.metadata = Collections.unmodifiableMap(metadata);
        this.tensors = Collections.unmodifiableMap(tensors);
    }

    /**
     * Maps a file and checks it.
     *
     * @throws FormatException if the file is no sound GGUF file of version 3, or has tensors of a type that {@link
     *     GgmlType} does not have
     * @throws IOException if it cannot be read
     */
    public static GgufReader open(Path path) throws IOException {
        return MappedFile.open(path, (arena, file) -> checked(path, arena, file));
    }

    private static GgufReader checked(Path path, Arena arena, MemorySegment file) throws FormatException {
        GgufHeader header = new GgufHeader(path, file);
        int magic = header.int32("the magic");
        if (magic != MAGIC) {
            throw header.error("no GGUF file: expected the magic GGUF, found " + String.format("0x%08x", magic));
        }
        int version = header.int32("the version");
        if (version != VERSION) {
            throw header.error("GGUF version " + Integer.toUnsignedString(version) + "; this reader knows "
                    + VERSION
                    + (version > VERSION ? "; update Bantam" : "; convert the file with a newer llama.cpp"));
        }
        int tensorCount = header.count("tensors", MAXIMUM_TENSORS);
        int entryCount = header.count("metadata entries", MAXIMUM_ENTRIES);
        Map<String, Object> metadata = new LinkedHashMap<>();
        for (int i = 0; i < entryCount; i++) {
            String key = header.string("a key");
            if (metadata.put(key, header.value(key)) != null) {
                throw header.error("duplicate key '" + key + "'");
            }
        }
        Map<String, GgufTensor> tensors = tensors(header, tensorCount, alignment(header, metadata), file.byteSize());
        return new GgufReader(path, arena, file, metadata, tensors);
    }

    private static int alignment(GgufHeader header, Map<String, Object> metadata) throws FormatException {
        Object given = metadata.getOrDefault(ALIGNMENT, (long) DEFAULT_ALIGNMENT);
        if (given instanceof Long value && value > 0 && value <= MAXIMUM_ALIGNMENT && Long.bitCount(value) == 1) {
            return value.intValue();
        }
        throw header.error(ALIGNMENT + ": expected a power of 2 up to " + MAXIMUM_ALIGNMENT + ", found " + given);
    }

    private static Map<String, GgufTensor> tensors(GgufHeader header, int count, int alignment, long fileSize)
            throws FormatException {
        List<GgufTensor> relative = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            relative.add(tensor(header));
        }
        long start = padded(header.position(), alignment);
        long expected = 0;
        Map<String, GgufTensor> tensors = new LinkedHashMap<>();
        for (GgufTensor tensor : relative) {
            String what = "tensor '" + tensor.name() + "': ";
            if (tensor.offset() != expected) {
                throw header.error(what + "expected offset " + expected + ", found "
                        + Long.toUnsignedString(tensor.offset()) + "; data must follow each other without holes");
            }
            long offset = start + expected;
            if (tensor.byteSize() > fileSize - offset) {
                throw header.error(what + "its " + tensor.byteSize() + " bytes from " + offset
                        + " on pass the end of the file at " + fileSize + "; the file is truncated");
            }
            expected = padded(expected + tensor.byteSize(), alignment);
            GgufTensor absolute = new GgufTensor(tensor.name(), tensor.type(), tensor.shape(), offset);
            if (tensors.put(tensor.name(), absolute) != null) {
                throw header.error("duplicate tensor '" + tensor.name() + "'");
            }
        }
        return tensors;
    }

    private static GgufTensor tensor(GgufHeader header) throws FormatException {
        String name = header.string("a tensor's name");
        int dimensions = header.int32("dimensions");
        if (dimensions < 0 || dimensions > MAXIMUM_DIMENSIONS) {
            throw header.error("tensor '" + name + "': expected up to " + MAXIMUM_DIMENSIONS + " dimensions, found "
                    + Integer.toUnsignedString(dimensions));
        }
        List<Long> shape = new ArrayList<>();
        long elements = 1;
        for (int i = 0; i < dimensions; i++) {
            long dimension = header.int64("a dimension");
            if (dimension < 0
                    || Math.multiplyHigh(elements, dimension) != 0
                    || elements * dimension < 0
                    || elements * dimension > Long.MAX_VALUE / 8) {
                throw header.error("tensor '" + name + "': its dimensions are negative or their product is too large");
            }
            elements *= dimension;
            shape.addFirst(dimension);
        }
        int id = header.int32("a tensor's type");
        GgmlType type = GgmlType.of(id);
        if (type == null) {
            throw header.error("tensor '" + name + "': ggml type " + Integer.toUnsignedString(id)
                    + " is not supported; supported are " + List.of(GgmlType.values()));
        }
        long row = shape.isEmpty() ? 1 : shape.getLast();
        if (row % type.blockWeights() != 0) {
            throw header.error("tensor '" + name + "': rows of " + row + " are no whole blocks of " + type);
        }
        return new GgufTensor(name, type, shape, header.int64("an offset"));
    }

    static long padded(long size, int alignment) {
        return Math.ceilDiv(size, alignment) * (long) alignment;
    }

    /**
     * All metadata in the order of the file: {@code Long}, {@code Float}, {@code Double}, {@code Boolean}, {@code
     * String}, or lists of one of these. Unmodifiable.
     */
    public Map<String, Object> metadata() {
        return metadata;
    }

    /** All tensors by name, in the order of the file. Unmodifiable. */
    public Map<String, GgufTensor> tensors() {
        return tensors;
    }

    /**
     * The weights of a tensor, row-major.
     *
     * @throws FormatException if there is no such tensor or it is too large for an array
     */
    public float[] readFloats(String name) throws FormatException {
        GgufTensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new FormatException(path, "tensor '" + name + "' is missing");
        }
        long count = tensor.elementCount();
        if (count > Integer.MAX_VALUE - 8 || tensor.byteSize() > Integer.MAX_VALUE) {
            throw new FormatException(path, "tensor '" + name + "': " + count + " weights are too many for an array");
        }
        ByteBuffer data =
                file.asSlice(tensor.offset(), tensor.byteSize()).asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        float[] weights = new float[(int) count];
        for (int i = 0; i < weights.length; i += tensor.type().blockWeights()) {
            tensor.type().decode(data, weights, i);
        }
        return weights;
    }

    /** Unmaps the file. */
    @Override
    public void close() {
        arena.close();
    }
}
