package io.bantam.trainer.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.bantam.trainer.evaluation.LineScore.SampleScore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/**
 * Golden scores. {@code fixture_es.jsonl}: pairs scored per sample with fuzzywuzzy 0.18.0 on python-Levenshtein 0.12.2;
 * {@code fixture_codexglue_java_line.jsonl}: the sample of CodeXGLUE's evaluator, for which it prints 43.8 and 0.0.
 */
class LineScoreFixtureTest {
    @ParameterizedTest
    @CsvSource({"fixture_es.jsonl, 300, 64.51, 14.33", "fixture_codexglue_java_line.jsonl, 5, 43.8, 0.0"})
    void everySampleAndBothMeansAreReproduced(String name, int count, String es, String em) {
        Path file = Fixtures.path(name);
        List<String> lines = JsonLines.lines(file);
        List<SampleScore> scores = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            JsonNode sample = JsonLines.object(file, i + 1, lines.get(i));
            SampleScore score = SampleScore.of(
                    sample.get("pred").stringValue(), sample.get("gt").stringValue());
            assertEquals(sample.get("es").intValue(), score.editSimilarity(), "ES, " + name + ":" + (i + 1));
            assertEquals(sample.get("em").intValue() == 1, score.exactMatch(), "EM, " + name + ":" + (i + 1));
            scores.add(score);
        }
        assertEquals(count, scores.size());
        assertEquals("Edit sim: " + es + ", EM: " + em, new LineScore(scores, 0).summary());
    }

    @Test
    void scorerReadsAnswersAndPredictionsAsTheReferenceDoes(@TempDir Path folder) throws Exception {
        Path answers = Fixtures.path("fixture_codexglue_java_line.jsonl");
        List<String> predictions = new ArrayList<>();
        List<String> lines = JsonLines.lines(answers);
        for (int i = 0; i < lines.size(); i++) {
            predictions.add(
                    JsonLines.object(answers, i + 1, lines.get(i)).get("pred").stringValue());
        }
        Path file = Files.writeString(folder.resolve("predictions.txt"), String.join("\n", predictions));
        assertEquals("Edit sim: 43.8, EM: 0.0", Scorer.score(answers, file).summary());
    }
}
