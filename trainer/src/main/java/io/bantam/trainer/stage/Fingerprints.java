package io.bantam.trainer.stage;

import io.bantam.trainer.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;

/** SHA-256 hashes that tell whether settings and inputs are still the same. */
public final class Fingerprints {
    private Fingerprints() {}

    /** Of texts, in order. */
    public static String of(String... parts) {
        Sha256 hash = new Sha256();
        for (String part : parts) {
            hash.addPart(part);
        }
        return hash.hex();
    }

    /** Of names and contents of a model folder's files; texts about it ({@code *.md}) and subfolders are left out. */
    public static String ofFolder(Path folder) throws IOException {
        List<Path> files;
        try (Stream<Path> entries = Files.list(folder)) {
            files = entries.filter(Files::isRegularFile)
                    .filter(file -> !file.getFileName().toString().endsWith(".md"))
                    .sorted()
                    .toList();
        }
        Sha256 hash = new Sha256();
        for (Path file : files) {
            hash.add(file.getFileName() + ":" + Files.size(file) + ":").add(file);
        }
        return hash.hex();
    }

    /** Of a model's shape and weights. */
    public static String ofModel(ModelState model) {
        Sha256 hash = new Sha256().add(model.config().toString());
        for (String name : new TreeSet<>(model.weights().keySet())) {
            float[] values = model.weights().get(name);
            ByteBuffer bytes = ByteBuffer.allocate(1 << 16);
            hash.add(name);
            for (int at = 0; at < values.length; ) {
                int count = Math.min(values.length - at, bytes.capacity() / Float.BYTES);
                bytes.clear().asFloatBuffer().put(values, at, count);
                hash.add(bytes.limit(count * Float.BYTES));
                at += count;
            }
        }
        return hash.hex();
    }
}
