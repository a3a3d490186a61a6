package io.bantam.trainer.evaluation;

import io.bantam.trainer.evaluation.LineScore.SampleScore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import tools.jackson.databind.JsonNode;

/** Scores predictions that are already text, as CodeXGLUE's line completion evaluator does. */
public final class Scorer {
    private static final Logger LOG = LogManager.getLogger(Scorer.class);

    private Scorer() {}

    /**
     * Scores a text file with one prediction a line against JSON lines whose field {@code gt} is the truth.
     *
     * @throws EvaluationException if a file is missing or not UTF-8, a line is not a JSON object with a text {@code gt},
     *     there is no sample, or the files differ in length
     */
    public static LineScore score(Path answers, Path predictions) {
        List<String> truths = truths(answers);
        List<String> predicted = JsonLines.lines(predictions);
        if (truths.size() != predicted.size()) {
            throw new EvaluationException(
                    predictions + " has " + predicted.size() + " predictions, " + answers + " has " + truths.size()
                            + " answers; write exactly one prediction a line, an empty line for an empty one");
        }
        return score(predicted, truths);
    }

    /** Scores predictions against truths of the same number and order. */
    public static LineScore score(List<String> predictions, List<String> truths) {
        if (predictions.size() != truths.size()) {
            throw new EvaluationException(predictions.size() + " predictions for " + truths.size() + " answers");
        }
        List<SampleScore> scores = new ArrayList<>(truths.size());
        int empty = 0;
        for (int i = 0; i < truths.size(); i++) {
            scores.add(SampleScore.of(predictions.get(i), truths.get(i)));
            empty += truths.get(i).isEmpty() ? 1 : 0;
        }
        if (empty == truths.size()) {
            LOG.warn(
                    "every answer is empty: the scores mean nothing (CodeXGLUE withholds the answers of its test set)");
        }
        return new LineScore(scores, empty);
    }

    private static List<String> truths(Path answers) {
        List<String> lines = JsonLines.lines(answers);
        if (lines.isEmpty()) {
            throw new EvaluationException(answers + ": no answers in it");
        }
        List<String> truths = new ArrayList<>(lines.size());
        for (int i = 0; i < lines.size(); i++) {
            JsonNode object = JsonLines.object(answers, i + 1, lines.get(i));
            truths.add(JsonLines.text(answers, i + 1, object, "gt"));
        }
        return truths;
    }
}
