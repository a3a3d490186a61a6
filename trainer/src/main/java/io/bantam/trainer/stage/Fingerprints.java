package io.bantam.trainer.stage;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;

/** SHA-256 hashes that tell whether settings and inputs are still the same. */
final class Fingerprints {
    private Fingerprints() {}

    /** Of texts, in order. */
    static String of(String... parts) {
        MessageDigest digest = sha256();
        for (String part : parts) {
            byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
            digest.update((bytes.length + ":").getBytes(StandardCharsets.US_ASCII));
            digest.update(bytes);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Of names and contents of a model folder's files; texts about it ({@code *.md}) and subfolders are left out. */
    static String ofFolder(Path folder) throws IOException {
        List<Path> files;
        try (Stream<Path> entries = Files.list(folder)) {
            files = entries.filter(Files::isRegularFile)
                    .filter(file -> !file.getFileName().toString().endsWith(".md"))
                    .sorted()
                    .toList();
        }
        MessageDigest digest = sha256();
        for (Path file : files) {
            digest.update((file.getFileName() + ":" + Files.size(file) + ":").getBytes(StandardCharsets.UTF_8));
            digest.update(Files.readAllBytes(file));
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Of a file's content. */
    static String ofFile(Path file) throws IOException {
        MessageDigest digest = sha256();
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Of a model's shape and weights. */
    static String ofModel(StudentModel model) {
        MessageDigest digest = sha256();
        digest.update(model.config().toString().getBytes(StandardCharsets.UTF_8));
        for (String name : new TreeSet<>(model.weights().keySet())) {
            float[] values = model.weights().get(name);
            ByteBuffer bytes = ByteBuffer.allocate(1 << 16);
            digest.update(name.getBytes(StandardCharsets.UTF_8));
            for (int at = 0; at < values.length; ) {
                int count = Math.min(values.length - at, bytes.capacity() / Float.BYTES);
                bytes.clear().asFloatBuffer().put(values, at, count);
                digest.update(bytes.limit(count * Float.BYTES));
                at += count;
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java has SHA-256", impossible);
        }
    }
}
