package io.bantam.trainer.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScorerTest {
    @TempDir
    Path folder;

    private Path answers;
    private Path predictions;

    @BeforeEach
    void names() {
        answers = folder.resolve("answers.jsonl");
        predictions = folder.resolve("predictions.txt");
    }

    @Test
    void emptyPredictionsAndWindowsLineEndsCount() throws IOException {
        Files.writeString(answers, "{\"id\":1,\"gt\":\"a\"}\r\n{\"id\":2,\"gt\":\"\"}\n{\"gt\":\"b\"}\n");
        Files.writeString(predictions, "a\r\n\r\nc\r\n");
        LineScore score = Scorer.score(answers, predictions);
        assertEquals(200.0 / 3, score.exactMatch(), 1e-12);
        assertEquals(200.0 / 3, score.editSimilarity(), 1e-12);
        assertEquals(1, score.emptyTruths());
        assertEquals("Edit sim: 66.67, EM: 66.67", score.summary());
    }

    @Test
    void differentLengthsAreRefusedWithBothCounts() throws IOException {
        Files.writeString(answers, "{\"gt\":\"a\"}\n{\"gt\":\"b\"}\n");
        Files.writeString(predictions, "a\n");
        assertMessage(predictions + " has 1 predictions, " + answers + " has 2 answers");
    }

    @Test
    void badJsonNamesFileLineAndColumn() throws IOException {
        Files.writeString(answers, "{\"gt\":\"a\"}\n{\"gt\": oops}\n");
        Files.writeString(predictions, "a\nb\n");
        String message = assertMessage(answers + ":2:");
        assertTrue(message.contains("not valid JSON"), message);
        assertEquals(1, message.lines().count(), "one line");
    }

    @Test
    void otherThanObjectsWithATextAreRefused() throws IOException {
        Files.writeString(predictions, "a\n");
        Files.writeString(answers, "[1]\n");
        assertMessage(answers + ":1: a JSON object is expected, found array");
        Files.writeString(answers, "{\"answer\":\"a\",\"id\":3}\n");
        assertMessage(answers + ":1: no field \"gt\"; it has answer, id");
        Files.writeString(answers, "{\"gt\":3}\n");
        assertMessage(answers + ":1: field \"gt\" must be text, found number");
        Files.writeString(answers, "{\"gt\":\"a\"} {\"gt\":\"b\"}\n");
        assertMessage(answers + ":1:");
        Files.writeString(answers, "{\"gt\":\"a\"}\n\n");
        assertMessage(answers + ":2: empty line");
        Files.writeString(answers, "");
        assertMessage(answers + ": no answers in it");
    }

    @Test
    void missingAndForeignFilesAreNamed() throws IOException {
        assertMessage(answers + ": no such file");
        Files.write(answers, new byte[] {'{', (byte) 0xc3, '('});
        assertMessage(answers + ":1: not UTF-8");
    }

    @Test
    void listsOfDifferentLengthAreRefused() {
        assertThrows(EvaluationException.class, () -> Scorer.score(List.of("a"), List.of()));
    }

    private String assertMessage(String start) {
        String message = assertThrows(EvaluationException.class, () -> Scorer.score(answers, predictions))
                .getMessage();
        assertTrue(message.startsWith(start), message);
        return message;
    }
}
