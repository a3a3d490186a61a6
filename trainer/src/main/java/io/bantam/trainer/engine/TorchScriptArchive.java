package io.bantam.trainer.engine;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Makes the archive that libtorch loads as a TorchScript module, from the source of one class named {@code Ops}.
 *
 * <p>The archive is an uncompressed zip of four entries under {@code ops/}: {@code version} (10: the present forms of the
 * operators), {@code constants.pkl} (the pickled empty tuple), {@code data.pkl} (a pickled {@code __torch__.Ops} whose only
 * attribute is {@code training = False}) and {@code code/__torch__.py} (the source).
 */
final class TorchScriptArchive {
    private static final byte[] EMPTY_TUPLE = {(byte) 0x80, 2, ')', '.'};

    private TorchScriptArchive() {}

    static byte[] of(String source) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            store(zip, "version", "10\n".getBytes(StandardCharsets.US_ASCII));
            store(zip, "constants.pkl", EMPTY_TUPLE);
            store(zip, "data.pkl", module());
            store(zip, "code/__torch__.py", source.getBytes(StandardCharsets.UTF_8));
        } catch (IOException unexpected) {
            throw new UncheckedIOException(unexpected);
        }
        return bytes.toByteArray();
    }

    /** Pickle, protocol 2: the class, an empty tuple, NEWOBJ, {"training": False}, BUILD. */
    private static byte[] module() {
        ByteArrayOutputStream pickle = new ByteArrayOutputStream();
        pickle.writeBytes(new byte[] {(byte) 0x80, 2});
        pickle.writeBytes("c__torch__\nOps\n)\u0081}(X".getBytes(StandardCharsets.ISO_8859_1));
        pickle.writeBytes(new byte[] {8, 0, 0, 0});
        pickle.writeBytes("training\u0089ub.".getBytes(StandardCharsets.ISO_8859_1));
        return pickle.toByteArray();
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
