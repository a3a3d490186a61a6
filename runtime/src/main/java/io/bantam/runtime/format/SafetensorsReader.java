package io.bantam.runtime.format;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A reader of one safetensors file through a memory mapping; nothing is copied until a tensor is asked for.
 *
 * <p>Layout: 8 bytes little-endian header length n, n bytes of JSON, then the data of all tensors without holes. The
 * whole header is checked on opening: lengths, types, shapes against byte counts, ranges that overlap, leave holes or
 * pass the end of the file. A violation is a {@link FormatException} that names the file, what was expected and what
 * was found.
 *
 * <p>Closing unmaps the file: segments handed out become invalid, arrays stay. Instances may be read by several
 * threads.
 */
public final class SafetensorsReader implements AutoCloseable {
    /** Larger headers are refused, as the reference implementation does. */
    static final long MAXIMUM_HEADER_BYTES = 100_000_000;

    static final String METADATA = "__metadata__";

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble DOUBLE =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Path path;
    /** The lifetime of the mapping; null if the file unmaps itself. */
    private final Arena arena;

    private final MemorySegment file;
    private final Map<String, String> metadata;
    private final Map<String, TensorInfo> tensors;

    private SafetensorsReader(
            Path path, Arena arena, MemorySegment file, Map<String, String> metadata, Map<String, TensorInfo> tensors) {
        this.path = path;
        this.arena = arena;
        this.file = file;
        this.metadata = Collections.unmodifiableMap(metadata);
        this.tensors = Collections.unmodifiableMap(tensors);
    }

    /**
     * Maps a file and checks its header.
     *
     * @throws FormatException if the file is not a sound safetensors file
     * @throws IOException if it cannot be read
     */
    public static SafetensorsReader open(Path path) throws IOException {
        return MappedFile.open(path, (arena, file) -> checked(path, arena, file));
    }

    /**
     * Maps a file and checks its header as {@link #open} does, with segments that stay valid: the file is unmapped when
     * none of them is in use any more, and {@link #close} does nothing.
     */
    static SafetensorsReader openShared(Path path) throws IOException {
        return checked(path, null, MappedFile.map(path));
    }

    private static SafetensorsReader checked(Path path, Arena arena, MemorySegment file) throws FormatException {
        long size = file.byteSize();
        if (size < Long.BYTES) {
            throw new FormatException(path, "no safetensors file: expected at least 8 bytes, found " + size);
        }
        long headerBytes = file.get(LONG, 0);
        if (headerBytes < 2 || headerBytes > MAXIMUM_HEADER_BYTES) {
            throw new FormatException(
                    path,
                    "no safetensors file: expected a header length of 2 to " + MAXIMUM_HEADER_BYTES + " bytes, found "
                            + Long.toUnsignedString(headerBytes));
        }
        if (headerBytes > size - Long.BYTES) {
            throw new FormatException(
                    path,
                    "truncated: expected a header of " + headerBytes + " bytes, found " + (size - Long.BYTES)
                            + " after the length; copy or download the file again");
        }
        byte[] bytes = file.asSlice(Long.BYTES, headerBytes).toArray(ValueLayout.JAVA_BYTE);
        Map<String, Object> header = Json.parseObject(utf8(path, bytes), path + " (header)");
        Map<String, String> metadata = metadata(path, header.remove(METADATA));
        Map<String, TensorInfo> tensors = tensors(path, header, Long.BYTES + headerBytes, size);
        return new SafetensorsReader(path, arena, file, metadata, tensors);
    }

    /** The file that was opened. */
    public Path path() {
        return path;
    }

    /** The free-form strings of the header's {@code __metadata__}; empty if it has none. Unmodifiable. */
    public Map<String, String> metadata() {
        return metadata;
    }

    /** All tensors by name, in the order of their data. Unmodifiable. */
    public Map<String, TensorInfo> tensors() {
        return tensors;
    }

    /** Whether the file has a tensor of that name. */
    public boolean contains(String name) {
        return tensors.containsKey(name);
    }

    /**
     * The type, shape and place of a tensor, as the header has them.
     *
     * @throws FormatException if there is no such tensor
     */
    public TensorInfo tensor(String name) throws FormatException {
        TensorInfo info = tensors.get(name);
        if (info == null) {
            throw new FormatException(
                    path, "tensor '" + name + "' is missing; the file has " + tensors.size() + " others");
        }
        return info;
    }

    /** The raw bytes of a tensor, little-endian, mapped and read-only; valid until {@link #close}. */
    public MemorySegment segment(String name) throws FormatException {
        TensorInfo info = tensor(name);
        return file.asSlice(info.offset(), info.byteSize()).asReadOnly();
    }

    /** Takes what was read out of this process's memory; it comes back as it is read again. */
    void unload() {
        file.unload();
    }

    /** A copy of the raw bytes of a tensor of any type. */
    public byte[] readBytes(String name) throws FormatException {
        requireArraySize(name, tensor(name).byteSize());
        return segment(name).toArray(ValueLayout.JAVA_BYTE);
    }

    /**
     * A copy of a floating-point tensor as float32, row-major. F16 and BF16 widen exactly; F64 rounds to nearest.
     *
     * @throws FormatException if the tensor is missing or not of a floating-point type
     */
    public float[] readFloats(String name) throws FormatException {
        long count = tensor(name).elementCount();
        requireArraySize(name, count);
        return readFloats(name, 0, (int) count);
    }

    /**
     * A copy of a run of values of a floating-point tensor as float32. F16 and BF16 widen exactly; F64 rounds to
     * nearest.
     *
     * @param from the first value, row-major
     * @param count how many
     * @throws IndexOutOfBoundsException if the tensor has fewer values
     */
    public float[] readFloats(String name, long from, int count) throws FormatException {
        TensorInfo info = tensor(name);
        if (!info.dtype().isFloat()) {
            throw new FormatException(
                    path, "tensor '" + name + "': expected F32, F16, BF16 or F64, found " + info.dtype());
        }
        MemorySegment data = segment(name)
                .asSlice(
                        from * info.dtype().bytes(), (long) count * info.dtype().bytes());
        float[] values = new float[count];
        switch (info.dtype()) {
            case F32 -> MemorySegment.copy(data, FLOAT, 0, values, 0, values.length);
            case F16 -> {
                for (int i = 0; i < values.length; i++) {
                    values[i] = Float.float16ToFloat(data.get(SHORT, 2L * i));
                }
            }
            case BF16 -> {
                for (int i = 0; i < values.length; i++) {
                    values[i] = DType.fromBfloat16(data.get(SHORT, 2L * i));
                }
            }
            default -> {
                for (int i = 0; i < values.length; i++) {
                    values[i] = (float) data.get(DOUBLE, 8L * i);
                }
            }
        }
        return values;
    }

    /** Unmaps the file. */
    @Override
    public void close() {
        if (arena != null) {
            arena.close();
        }
    }

    private void requireArraySize(String name, long elements) throws FormatException {
        if (elements > Integer.MAX_VALUE - 8) {
            throw new FormatException(
                    path,
                    "tensor '" + name + "': " + elements
                            + " elements do not fit one Java array; read its segment instead");
        }
    }

    private static String utf8(Path path, byte[] bytes) throws FormatException {
        if (bytes[0] != '{') {
            throw new FormatException(path, "no safetensors file: expected the header to start with '{'");
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException malformed) {
            throw new FormatException(path, "no safetensors file: the header is not UTF-8", malformed);
        }
    }

    private static Map<String, String> metadata(Path path, Object value) throws FormatException {
        Map<String, String> metadata = new LinkedHashMap<>();
        if (value == null) {
            return metadata;
        }
        if (!(value instanceof Map<?, ?> map)) {
            throw new FormatException(path, METADATA + ": expected an object of strings");
        }
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            if (!(entry.getValue() instanceof String string)) {
                throw new FormatException(path, METADATA + ": key '" + entry.getKey() + "': expected a string");
            }
            metadata.put((String) entry.getKey(), string);
        }
        return metadata;
    }

    private static Map<String, TensorInfo> tensors(Path path, Map<String, Object> header, long dataStart, long fileSize)
            throws FormatException {
        List<TensorInfo> list = new ArrayList<>();
        for (Map.Entry<String, Object> entry : header.entrySet()) {
            list.add(tensor(path, entry.getKey(), entry.getValue(), dataStart, fileSize));
        }
        list.sort(Comparator.comparingLong(TensorInfo::offset).thenComparingLong(TensorInfo::byteSize));
        long expected = dataStart;
        Map<String, TensorInfo> tensors = new LinkedHashMap<>();
        for (TensorInfo info : list) {
            if (info.offset() != expected) {
                throw new FormatException(
                        path,
                        "tensor '" + info.name() + "': "
                                + (info.offset() < expected ? "overlaps another" : "leaves a hole")
                                + ": expected its data at offset " + (expected - dataStart) + ", found "
                                + (info.offset() - dataStart));
            }
            expected = info.offset() + info.byteSize();
            tensors.put(info.name(), info);
        }
        if (expected != fileSize) {
            throw new FormatException(
                    path,
                    "expected " + expected + " bytes in all, found " + fileSize + "; bytes after the last tensor");
        }
        return tensors;
    }

    private static TensorInfo tensor(Path path, String name, Object value, long dataStart, long fileSize)
            throws FormatException {
        String where = "tensor '" + name + "': ";
        if (!(value instanceof Map<?, ?> map)) {
            throw new FormatException(path, where + "expected an object with dtype, shape and data_offsets");
        }
        for (Object key : map.keySet()) {
            if (!List.of("dtype", "shape", "data_offsets").contains(key)) {
                throw new FormatException(path, where + "unknown key '" + key + "'");
            }
        }
        DType dtype = dtype(path, where, map.get("dtype"));
        List<Long> shape = longs(path, where + "shape: ", map.get("shape"));
        List<Long> offsets = longs(path, where + "data_offsets: ", map.get("data_offsets"));
        if (offsets.size() != 2 || offsets.get(0) > offsets.get(1)) {
            throw new FormatException(path, where + "data_offsets: expected [begin, end], found " + offsets);
        }
        long byteSize = dtype.bytes();
        try {
            for (long dimension : shape) {
                byteSize = Math.multiplyExact(byteSize, dimension);
            }
        } catch (ArithmeticException overflow) {
            throw new FormatException(path, where + "shape " + shape + " overflows 64 bits", overflow);
        }
        long found = offsets.get(1) - offsets.get(0);
        if (found != byteSize) {
            throw new FormatException(
                    path, where + "expected " + byteSize + " bytes for " + dtype + " " + shape + ", found " + found);
        }
        if (offsets.get(1) > fileSize - dataStart) {
            throw new FormatException(
                    path,
                    where + "truncated: its data ends at offset " + offsets.get(1) + ", the file has "
                            + (fileSize - dataStart) + " bytes of data; copy or download the file again");
        }
        return new TensorInfo(name, dtype, shape, dataStart + offsets.get(0), byteSize);
    }

    private static DType dtype(Path path, String where, Object value) throws FormatException {
        for (DType dtype : DType.values()) {
            if (dtype.name().equals(value)) {
                return dtype;
            }
        }
        throw new FormatException(
                path, where + "expected a dtype of " + List.of(DType.values()) + ", found " + Json.write(value));
    }

    private static List<Long> longs(Path path, String where, Object value) throws FormatException {
        if (!(value instanceof List<?> list)) {
            throw new FormatException(path, where + "expected a list of whole numbers");
        }
        List<Long> longs = new ArrayList<>();
        for (Object element : list) {
            if (!(element instanceof Long number) || number < 0) {
                throw new FormatException(path, where + "expected whole numbers from 0, found " + Json.write(element));
            }
            longs.add(number);
        }
        return longs;
    }
}
