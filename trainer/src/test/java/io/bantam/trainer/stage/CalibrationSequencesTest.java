package io.bantam.trainer.stage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.trainer.BantamException;
import io.bantam.trainer.recipe.Ptq;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training text is all 1000; the tokens of a text file are the codes of its letters. */
class CalibrationSequencesTest {
    private static final int LENGTH = 4;

    @TempDir
    Path folder;

    private List<int[]> sequences(Ptq.Text kind, int samples, String text, Integer seed, int more) throws IOException {
        Path file = Files.writeString(folder.resolve("text.txt"), text);
        RunData data = new RunData(
                (start, rows) -> null,
                (count, drawn) -> IntStream.range(0, count)
                        .mapToObj(i -> {
                            int[] ids = new int[LENGTH + 1];
                            Arrays.fill(ids, 1000);
                            return ids;
                        })
                        .toList(),
                List.of(),
                List.of(),
                List.of(),
                "",
                "",
                new int[0]);
        return new CalibrationSequences(data, given -> given.chars().toArray(), LENGTH, 2000)
                .of(new Ptq.Calibration(samples, kind, Optional.ofNullable(seed), Optional.of(file)), more);
    }

    private static String letters(int[] ids) {
        return new String(ids, 0, ids.length);
    }

    @Test
    void aTextIsTakenAtEqualDistances() throws IOException {
        List<String> parts = sequences(Ptq.Text.TEXT, 2, "abcdefghijklmnop.", null, 0).stream()
                .map(CalibrationSequencesTest::letters)
                .toList();
        assertEquals(List.of("abcd", "ijkl"), parts);
        parts = sequences(Ptq.Text.TEXT, 9, "abcdefghij", null, 1).stream()
                .map(CalibrationSequencesTest::letters)
                .toList();
        assertEquals(List.of("abcde", "fghij"), parts);
    }

    @Test
    void aSeedDrawsDifferentParts() throws IOException {
        String text = "abcdefghijklmnopqrstuvwx";
        List<String> parts = sequences(Ptq.Text.TEXT, 3, text, 5, 0).stream()
                .map(CalibrationSequencesTest::letters)
                .toList();
        assertEquals(3, parts.stream().distinct().count());
        assertTrue(parts.stream().allMatch(part -> text.indexOf(part) % LENGTH == 0), parts.toString());
        assertEquals(
                parts,
                sequences(Ptq.Text.TEXT, 3, text, 5, 0).stream()
                        .map(CalibrationSequencesTest::letters)
                        .toList());
    }

    @Test
    void mixedIsHalfOfEach() throws IOException {
        List<int[]> mixed = sequences(Ptq.Text.MIXED, 5, "abcdefghijklmnop", null, 0);
        assertEquals(5, mixed.size());
        assertArrayEquals(new int[] {1000, 1000, 1000, 1000}, mixed.get(0));
        assertEquals("abcd", letters(mixed.get(1)));
        assertEquals(3, mixed.stream().filter(ids -> ids[0] == 1000).count());
    }

    @Test
    void aTextThatIsTooShortIsRefused() {
        String message = assertThrows(BantamException.class, () -> sequences(Ptq.Text.TEXT, 1, "abc", null, 0))
                .getMessage();
        assertEquals(
                folder.resolve("text.txt")
                        + ": 3 tokens are too few to calibrate with; a sequence has 4. Name a longer text.",
                message);
    }
}
