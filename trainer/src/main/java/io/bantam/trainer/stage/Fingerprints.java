package io.bantam.trainer.stage;

import io.bantam.trainer.Sha256;
import io.bantam.trainer.recipe.RecipeWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Hashes that tell whether settings and inputs are still the same.
 *
 * <p>The fingerprint of a piece of work is {@code v2:} and a SHA-256 in hexadecimal. The number says how it was made:
 * fingerprints of version 1, which had no number before them, hashed the text of Java records; those of version 2 hash
 * the values that a recipe would have. Fingerprints of two versions cannot be compared.
 */
public final class Fingerprints {
    private static final int VERSION = 2;
    private static final Pattern FORM = Pattern.compile("(?:v(\\d{1,9}):)?([0-9a-f]{64})");
    private static final int SHORT = 12;
    private static final JsonMapper CANONICAL = JsonMapper.builder()
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .build();

    private Fingerprints() {}

    /** The fingerprint of texts, in order. */
    public static String of(String... parts) {
        Sha256 hash = new Sha256();
        for (String part : parts) {
            hash.addPart(part);
        }
        return "v" + VERSION + ":" + hash.hex();
    }

    /** The canonical text of a part of a recipe: what its result depends on, as JSON with sorted keys. */
    public static String settings(Object part) {
        return canonical(RecipeWriter.resultValues(part));
    }

    /** The first 12 hexadecimal digits of a fingerprint, for names of files. */
    public static String shortName(String fingerprint) {
        return fingerprint.substring(fingerprint.indexOf(':') + 1).substring(0, SHORT);
    }

    /**
     * Compares a fingerprint's version with that of {@link #of}: negative for an earlier one, positive for a later one,
     * 0 for the same. Other texts, such as that of work without a fingerprint, count as 0.
     */
    public static int compareVersion(String fingerprint) {
        Matcher form = FORM.matcher(fingerprint);
        if (!form.matches()) {
            return 0;
        }
        return Integer.compare(form.group(1) == null ? 1 : Integer.parseInt(form.group(1)), VERSION);
    }

    private static String canonical(Map<String, Object> values) {
        return CANONICAL.writeValueAsString(values);
    }

    /**
     * The SHA-256, in hexadecimal, of names and contents of a model folder's files; texts about it ({@code *.md}) and
     * subfolders are left out.
     */
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

    /** The SHA-256 of a model's shape and weights, in hexadecimal. */
    public static String ofModel(ModelState model) {
        Sha256 hash = new Sha256().add(canonical(model.config().toJson()));
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
