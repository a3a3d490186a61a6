package io.bantam.trainer.hub;

import io.bantam.runtime.format.DType;
import io.bantam.runtime.format.FormatException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * The tensors of a file by {@code torch.save} since PyTorch 1.6: a zip with {@code NAME/data.pkl}, the pickle that
 * {@link StateDictUnpickler} reads, and {@code NAME/data/KEY} for each storage.
 */
final class TorchZipSource implements TensorSource {

    private static final String TABLE = "/data.pkl";
    /** Tables of real models take some ten kilobytes. */
    private static final long LARGEST_TABLE = 64 << 20;

    private final Path file;
    private final ZipFile zip;
    private final String root;
    private final Map<String, TorchTensor> tensors;

    TorchZipSource(Path file) throws IOException {
        this.file = file;
        this.zip = open(file);
        try {
            this.root = root();
            requireLittleEndian();
            this.tensors = StateDictUnpickler.read(bytes(entry(root + TABLE), LARGEST_TABLE), file);
        } catch (Throwable failure) {
            zip.close();
            throw failure;
        }
    }

    private static ZipFile open(Path file) throws IOException {
        try {
            return new ZipFile(file.toFile());
        } catch (ZipException e) {
            throw new FormatException(file, "damaged or truncated PyTorch file; copy or download it again", e);
        }
    }

    private String root() throws FormatException {
        List<String> tables = zip.stream()
                .map(ZipEntry::getName)
                .filter(name -> name.endsWith(TABLE) && name.indexOf('/') == name.length() - TABLE.length())
                .toList();
        if (tables.size() != 1) {
            throw new FormatException(file, "no PyTorch file: a zip without a data.pkl");
        }
        String table = tables.get(0);
        if (zip.getEntry(table.replace(TABLE, "/constants.pkl")) != null) {
            throw new FormatException(file, "a TorchScript program, no state dict. Save model.state_dict() instead.");
        }
        return table.substring(0, table.length() - TABLE.length());
    }

    private void requireLittleEndian() throws IOException {
        ZipEntry order = zip.getEntry(root + "/byteorder");
        if (order != null && !new String(bytes(order, 16), StandardCharsets.US_ASCII).equals("little")) {
            throw new FormatException(file, "expected byte order little, found another");
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
        TorchStorage storage = tensor.storage();
        ZipEntry entry = entry(root + "/data/" + storage.key());
        if (entry.getSize() != storage.byteSize()) {
            throw new FormatException(
                    file,
                    "tensor '" + name + "': expected " + storage.byteSize() + " bytes of " + storage.type() + ", found "
                            + entry.getSize());
        }
        return tensor.view(floats(bytes(entry, Integer.MAX_VALUE - 8), storage.type(), file, name));
    }

    /** Widens little-endian values to float. */
    static float[] floats(byte[] bytes, TorchStorage.Type type, Path file, String tensor) throws FormatException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        var values = new float[bytes.length / type.bytes()];
        for (int i = 0; i < values.length; i++) {
            values[i] = switch (type) {
                case FloatStorage -> buffer.getFloat();
                case HalfStorage -> Float.float16ToFloat(buffer.getShort());
                case BFloat16Storage -> DType.fromBfloat16(buffer.getShort());
                case DoubleStorage -> (float) buffer.getDouble();
                default ->
                    throw new FormatException(
                            file, "tensor '" + tensor + "': expected floating-point values, found " + type);
            };
        }
        return values;
    }

    private ZipEntry entry(String name) throws FormatException {
        ZipEntry entry = zip.getEntry(name);
        if (entry == null) {
            throw new FormatException(file, "damaged PyTorch file: " + name + " is missing");
        }
        return entry;
    }

    private byte[] bytes(ZipEntry entry, long most) throws IOException {
        if (entry.getSize() > most) {
            throw new FormatException(file, entry.getName() + " is too large: " + entry.getSize() + " bytes");
        }
        try (InputStream in = zip.getInputStream(entry)) {
            byte[] bytes = in.readNBytes((int) entry.getSize());
            if (bytes.length != entry.getSize()) {
                throw new FormatException(file, "damaged PyTorch file: " + entry.getName() + " is cut off");
            }
            return bytes;
        } catch (ZipException | EOFException e) {
            throw new FormatException(file, "damaged PyTorch file: " + entry.getName() + " cannot be read", e);
        }
    }

    @Override
    public void close() throws IOException {
        zip.close();
    }
}
