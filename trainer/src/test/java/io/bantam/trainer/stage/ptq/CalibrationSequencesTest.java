package io.bantam.trainer.stage.ptq;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.runtime.format.TextForm;
import io.bantam.trainer.BantamException;
import io.bantam.trainer.recipe.Ptq;
import io.bantam.trainer.stage.RunData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
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

    private int vocabulary = 2000;
    private int code = 100;

    private List<int[]> sequences(Ptq.Text kind, int samples, String text, Integer seed, int more) throws IOException {
        return sequences(kind, samples, text.getBytes(StandardCharsets.UTF_8), seed, more);
    }

    private List<int[]> sequences(Ptq.Text kind, int samples, byte[] text, Integer seed, int more) throws IOException {
        Path file = Files.write(folder.resolve("text.txt"), text);
        RunData data = new RunData(
                (start, rows) -> null,
                (count, drawn) -> IntStream.range(0, Math.min(count, code))
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
                new int[0],
                List.of(),
                Optional.of(TextForm.PLAIN));
        return new CalibrationSequences(data, given -> given.chars().toArray(), LENGTH, vocabulary)
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

    private String refused(Ptq.Text kind, byte[] text) {
        return assertThrows(BantamException.class, () -> sequences(kind, 2, text, null, 0))
                .getMessage();
    }

    @Test
    void anEmptyTextIsRefused() {
        assertTrue(refused(Ptq.Text.TEXT, new byte[0]).contains("text.txt: 0 tokens are too few to calibrate with"));
        assertTrue(refused(Ptq.Text.MIXED, new byte[0]).contains("text.txt: 0 tokens are too few to calibrate with"));
        code = 0;
        assertEquals(
                "calibration: the training text has not one whole sequence. Name more data, or a smaller"
                        + " sequenceLength.",
                refused(Ptq.Text.CODE, new byte[0]));
    }

    @Test
    void tokensOfAnotherTokenizerAreRefused() {
        vocabulary = 1000;
        String expected =
                "calibration: token %d is none of the model's, which has 0 to %d; the text was made into tokens"
                        + " by another tokenizer. Prepare the data with the model's own.";
        assertEquals(expected.formatted(1000, 999), refused(Ptq.Text.CODE, new byte[0]));
        vocabulary = 99;
        assertEquals(expected.formatted(99, 98), refused(Ptq.Text.TEXT, "abcdefgh".getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void bytesThatAreNoTextAreRefused() {
        assertEquals(
                folder.resolve("text.txt") + ": this is no text in UTF-8. Save it as UTF-8, or name another.",
                refused(Ptq.Text.TEXT, new byte[] {(byte) 0xff, (byte) 0xfe, 0, 1}));
    }
}
