package io.bantam.trainer.evaluation;

import io.bantam.trainer.evaluation.LineScore.SampleScore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import tools.jackson.databind.JsonNode;

/** Scores predictions that are already text, as CodeXGLUE's evaluators do. */
public final class Scorer {
    private static final Logger LOG = LogManager.getLogger(Scorer.class);

    private Scorer() {}

    /**
     * Scores a text file with one prediction a line against JSON lines whose field {@code gt} is the truth.
     *
     * @throws EvaluationException if a file is missing or not UTF-8, a line is not a JSON object with a text
     *     {@code gt}, there is no sample, or the files differ in length
     */
    public static LineScore score(Path answers, Path predictions) {
        List<String> truths = truths(answers, "gt");
        return score(predictions(answers, predictions, truths.size()), truths);
    }

    /**
     * {@link SmoothedBleu} of the same, against JSON lines whose field {@code reference} is the truth.
     *
     * @return a score a sample, in order
     * @throws EvaluationException as {@link #score(Path, Path)} does
     */
    public static double[] bleu(Path answers, Path predictions) {
        List<String> truths = truths(answers, "reference");
        List<String> predicted = predictions(answers, predictions, truths.size());
        double[] scores = new double[truths.size()];
        Arrays.setAll(scores, i -> SmoothedBleu.of(predicted.get(i), truths.get(i)));
        return scores;
    }

    private static List<String> predictions(Path answers, Path predictions, int count) {
        List<String> predicted = JsonLines.lines(predictions);
        if (count != predicted.size()) {
            throw new EvaluationException(
                    predictions + " has " + predicted.size() + " predictions, " + answers + " has " + count
                            + " answers; write exactly one prediction a line, an empty line for an empty one");
        }
        return predicted;
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

    private static List<String> truths(Path answers, String field) {
        List<String> lines = JsonLines.lines(answers);
        if (lines.isEmpty()) {
            throw new EvaluationException(answers + ": no answers in it");
        }
        List<String> truths = new ArrayList<>(lines.size());
        for (int i = 0; i < lines.size(); i++) {
            JsonNode object = JsonLines.object(answers, i + 1, lines.get(i));
            truths.add(JsonLines.text(answers, i + 1, object, field));
        }
        return truths;
    }
}
