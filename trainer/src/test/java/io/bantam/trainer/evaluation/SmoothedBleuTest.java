package io.bantam.trainer.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class SmoothedBleuTest {
    /** CodeXGLUE's own sample with the figures that its evaluator prints. */
    @Test
    void scoresAsTheReferenceDoes() throws IOException {
        List<String> lines = Files.readAllLines(Fixtures.path("fixture_bleu.jsonl"));
        double sum = 0;
        for (String line : lines) {
            JsonNode sample = JsonMapper.shared().readTree(line);
            double score = SmoothedBleu.of(
                    sample.get("prediction").stringValue(),
                    sample.get("reference").stringValue());
            assertEquals(sample.get("bleu").doubleValue(), score, 1e-12, line);
            sum += score;
        }
        assertEquals(9.554726113590661, sum / lines.size(), 1e-12);
    }

    @Test
    void equalTextsScoreAHundredInWhateverCase() {
        assertEquals(100, SmoothedBleu.of("Returns the  SUM, of a list.", "returns the sum , of a list ."), 1e-9);
    }

    @Test
    void nothingInCommonIsZero() {
        assertEquals(0, SmoothedBleu.of("one two", "three four"));
        assertEquals(0, SmoothedBleu.of("", "three four"));
        assertEquals(0, SmoothedBleu.of("one", ""));
    }

    /** Words 2 of 3, pairs 0 of 2, triples 0 of 1, fours 0 of 0; 3 words against 4: exp(-1/4). */
    @Test
    void matchesAreClippedAndShortTextsPay() {
        double words = Math.pow(2.0 / 3 * (1.0 / 3) * (1.0 / 2) * 1, 0.25);
        assertEquals(100 * words * Math.exp(1 - 5.0 / 4), SmoothedBleu.of("the the cat", "the big cat sat"), 1e-9);
    }
}
