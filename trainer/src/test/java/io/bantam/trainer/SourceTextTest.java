package io.bantam.trainer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The Java sources as text: what the formatter leaves alone, such as comments and string literals. */
final class SourceTextTest {
    private static final int COLUMNS = 120;

    @Test
    void linesFitIntoTheColumns() throws IOException {
        TreeMap<String, Long> longLines = new TreeMap<>();
        int sources = 0;
        for (String module : List.of("runtime", "compression", "trainer")) {
            Path folder = ProjectFiles.root().resolve(module).resolve("src");
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.filter(SourceTextTest::isJava).toList()) {
                    sources++;
                    long count = longLines(file);
                    if (count > 0) {
                        longLines.put(ProjectFiles.root().relativize(file).toString(), count);
                    }
                }
            }
        }
        assertTrue(sources > 0, "no sources were found");
        long total = longLines.values().stream().mapToLong(Long::longValue).sum();
        assertEquals(0, total, () -> "lines of more than " + COLUMNS + " columns, by file: " + longLines + "; in all");
    }

    private static boolean isJava(Path file) {
        return file.toString().endsWith(".java");
    }

    private static long longLines(Path file) throws IOException {
        return Files.readAllLines(file).stream()
                .filter(line -> line.codePointCount(0, line.length()) > COLUMNS)
                .count();
    }
}
