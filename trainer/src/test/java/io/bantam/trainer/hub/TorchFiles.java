package io.bantam.trainer.hub;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes state dicts as {@code torch.save} does, since and before PyTorch 1.6. */
final class TorchFiles {

    /**
     * A tensor to write: a view of a storage of its own.
     *
     * @param storageClass such as {@code FloatStorage}
     * @param data little-endian values of the storage
     */
    record Entry(
            String storageClass, int elementBytes, byte[] data, long offset, List<Long> shape, List<Long> strides) {

        static Entry floats(float[] values, Integer... shape) {
            ByteBuffer buffer = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
            buffer.asFloatBuffer().put(values);
            return contiguous("FloatStorage", 4, buffer.array(), shape);
        }

        static Entry contiguous(String storageClass, int elementBytes, byte[] data, Integer... shape) {
            var dimensions =
                    java.util.Arrays.stream(shape).map(Integer::longValue).toList();
            var strides = new Long[shape.length];
            long step = 1;
            for (int i = shape.length - 1; i >= 0; i--) {
                strides[i] = step;
                step *= shape[i];
            }
            return new Entry(storageClass, elementBytes, data, 0, dimensions, List.of(strides));
        }
    }

    private TorchFiles() {}

    /** The zip layout. */
    static void writeZip(Path file, Map<String, Entry> tensors) throws IOException {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        entries.put("archive/data.pkl", table(tensors, false));
        entries.put("archive/byteorder", "little".getBytes(StandardCharsets.US_ASCII));
        int key = 0;
        for (Entry tensor : tensors.values()) {
            entries.put("archive/data/" + key++, tensor.data);
        }
        entries.put("archive/version", "3\n".getBytes(StandardCharsets.US_ASCII));
        writeZipEntries(file, entries);
    }

    /** Stored entries, as PyTorch writes them. */
    static void writeZipEntries(Path file, Map<String, byte[]> entries) throws IOException {
        try (var zip = new ZipOutputStream(Files.newOutputStream(file))) {
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                var crc = new CRC32();
                crc.update(entry.getValue());
                var header = new ZipEntry(entry.getKey());
                header.setMethod(ZipEntry.STORED);
                header.setSize(entry.getValue().length);
                header.setCrc(crc.getValue());
                zip.putNextEntry(header);
                zip.write(entry.getValue());
            }
        }
    }

    /** The layout before 1.6. */
    static void writeLegacy(Path file, Map<String, Entry> tensors) throws IOException {
        var out = new ByteArrayOutputStream();
        // LONG1 with the ten bytes of 0x1950a86a20f9469cfc6c, lowest first.
        out.writeBytes(new PickleWriter()
                .raw(0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19)
                .bytes());
        out.writeBytes(new PickleWriter().raw('M', 0xe9, 0x03).bytes());
        out.writeBytes(new PickleWriter()
                .raw('}', '(')
                .text("protocol_version")
                .raw('M', 0xe9, 0x03)
                .text("little_endian")
                .raw(0x88)
                .text("type_sizes")
                .raw('}', '(')
                .text("short")
                .whole(2)
                .text("int")
                .whole(4)
                .raw('u')
                .raw('u')
                .bytes());
        out.writeBytes(table(tensors, true));
        var keys = new PickleWriter().raw(']', '(');
        for (int i = 0; i < tensors.size(); i++) {
            keys.text(String.valueOf(i));
        }
        out.writeBytes(keys.raw('e').bytes());
        for (Entry tensor : tensors.values()) {
            out.writeBytes(ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(tensor.data.length / tensor.elementBytes)
                    .array());
            out.writeBytes(tensor.data);
        }
        Files.write(file, out.toByteArray());
    }

    /** The pickle of an OrderedDict of tensors, with the {@code _metadata} that modules add. */
    static byte[] table(Map<String, Entry> tensors, boolean viewMetadata) {
        var pickle = new PickleWriter().emptyOrderedDict().raw('q', 0).raw('(');
        int key = 0;
        for (Map.Entry<String, Entry> entry : tensors.entrySet()) {
            Entry tensor = entry.getValue();
            pickle.text(entry.getKey())
                    .global("torch._utils", "_rebuild_tensor_v2")
                    .raw('(');
            pickle.raw('(')
                    .text("storage")
                    .global("torch", tensor.storageClass)
                    .text(String.valueOf(key++))
                    .text("cpu");
            pickle.whole(tensor.data.length / tensor.elementBytes);
            if (viewMetadata) {
                pickle.raw('N');
            }
            pickle.raw('t', 'Q')
                    .whole(tensor.offset)
                    .wholes(tensor.shape)
                    .wholes(tensor.strides)
                    .raw(0x89);
            pickle.emptyOrderedDict().raw('t', 'R');
        }
        pickle.raw('u').raw('}').text("_metadata").emptyOrderedDict().raw('s', 'b');
        return pickle.bytes();
    }
}
