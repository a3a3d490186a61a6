package io.bantam.trainer.engine;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Makes the archive that libtorch loads as a TorchScript module, from the source of one class named {@code Ops}.
 *
 * <p>The archive is an uncompressed zip of four entries under {@code ops/}: {@code version} (10: the present forms of
 * the operators), {@code constants.pkl} (the pickled empty tuple), {@code data.pkl} (a pickled {@code __torch__.Ops}
 * with its attributes, {@code training = False} and the constants) and {@code code/__torch__.py} (the source).
 *
 * <p>The dialect of archives has no class constants. A line {@code NAME : Final[int] = 6} of the source becomes the
 * attribute {@code NAME : int} with this value.
 */
final class TorchScriptArchive {
    private static final Pattern CONSTANT = Pattern.compile("(?m)^  ([A-Z][A-Z0-9_]*) : Final\\[int\\] = (-?\\d+)$");
    private static final byte[] EMPTY_TUPLE = {(byte) 0x80, 2, ')', '.'};

    private TorchScriptArchive() {}

    static byte[] of(String source) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            store(zip, "version", "10\n".getBytes(StandardCharsets.US_ASCII));
            store(zip, "constants.pkl", EMPTY_TUPLE);
            store(zip, "data.pkl", module(source));
            store(
                    zip,
                    "code/__torch__.py",
                    CONSTANT.matcher(source).replaceAll("  $1 : int").getBytes(StandardCharsets.UTF_8));
        } catch (IOException unexpected) {
            throw new UncheckedIOException(unexpected);
        }
        return bytes.toByteArray();
    }

    /** Pickle, protocol 2: the class, an empty tuple, NEWOBJ, {"training": False, constants ...}, BUILD. */
    private static byte[] module(String source) {
        ByteArrayOutputStream pickle = new ByteArrayOutputStream();
        pickle.writeBytes(new byte[] {(byte) 0x80, 2});
        pickle.writeBytes("c__torch__\nOps\n)\u0081}(".getBytes(StandardCharsets.ISO_8859_1));
        pickle.writeBytes(text("training"));
        pickle.write(0x89);
        CONSTANT.matcher(source).results().forEach(constant -> {
            pickle.writeBytes(text(constant.group(1)));
            pickle.write('J');
            pickle.writeBytes(littleEndian(Integer.parseInt(constant.group(2))));
        });
        pickle.writeBytes("ub.".getBytes(StandardCharsets.ISO_8859_1));
        return pickle.toByteArray();
    }

    private static byte[] text(String name) {
        ByteArrayOutputStream pickle = new ByteArrayOutputStream();
        pickle.write('X');
        pickle.writeBytes(littleEndian(name.length()));
        pickle.writeBytes(name.getBytes(StandardCharsets.US_ASCII));
        return pickle.toByteArray();
    }

    private static byte[] littleEndian(int number) {
        return ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(number)
                .array();
    }

    private static void store(ZipOutputStream zip, String name, byte[] content) throws IOException {
        ZipEntry entry = new ZipEntry("ops/" + name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(content.length);
        CRC32 crc = new CRC32();
        crc.update(content);
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(content);
        zip.closeEntry();
    }
}
