package io.bantam.trainer.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LineSampleTest {
    @TempDir
    Path folder;

    @Test
    void readsCodexglueLinesUpToTheLimit() throws Exception {
        Path file = Files.writeString(
                folder.resolve("s.jsonl"),
                "{\"id\": 4755, \"input\": \"<s> a\", \"gt\": \"b\", \"more\":"
                        + " [1]}\n{\"id\":\"x\",\"input\":\"i\",\"gt\":\"\"}\n"
                        + "{\"input\":\"i\",\"gt\":\"g\"}\nbroken");
        assertEquals(
                List.of(
                        new LineSample("4755", "<s> a", "b"),
                        new LineSample("x", "i", ""),
                        new LineSample("3", "i", "g")),
                LineSample.read(file, 3));
        String message = assertThrows(EvaluationException.class, () -> LineSample.read(file, 10))
                .getMessage();
        assertTrue(message.startsWith(file + ":4:"), message);
        assertThrows(EvaluationException.class, () -> LineSample.read(file, 0));
        Path empty = Files.createFile(folder.resolve("empty.jsonl"));
        assertThrows(EvaluationException.class, () -> LineSample.read(empty, 1));
    }

    @Test
    void theFingerprintSeesEveryPartAndTheOrder() {
        LineSample a = new LineSample("1", "ab", "c");
        LineSample b = new LineSample("1", "a", "bc");
        String first = LineSample.fingerprint(List.of(a, b));
        assertEquals(64, first.length());
        assertEquals(first, LineSample.fingerprint(List.of(a, b)));
        assertNotEquals(first, LineSample.fingerprint(List.of(b, a)));
        assertNotEquals(LineSample.fingerprint(List.of(a)), LineSample.fingerprint(List.of(b)));
    }
}
