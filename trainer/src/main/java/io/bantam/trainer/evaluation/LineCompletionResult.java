package io.bantam.trainer.evaluation;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * All predictions of a model over a data set, in the order of the samples, and what follows from them.
 *
 * @param predictions at least one
 * @param seconds wall clock time that predicting took
 */
public record LineCompletionResult(List<LinePrediction> predictions, double seconds) {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    public LineCompletionResult {
        predictions = List.copyOf(predictions);
        if (predictions.isEmpty()) {
            throw new EvaluationException("no samples to evaluate on");
        }
    }

    /** Returns the share of exact matches in percent. */
    public double exactMatch() {
        return predictions.stream()
                        .mapToInt(LinePrediction::exactMatch)
                        .average()
                        .orElseThrow()
                * 100;
    }

    /** Returns the mean edit similarity, 0 to 100. */
    public double editSimilarity() {
        return predictions.stream()
                .mapToInt(LinePrediction::editSimilarity)
                .average()
                .orElseThrow();
    }

    /** Returns 0 or 100 a sample, for a bootstrap in percent. */
    public double[] exactMatchScores() {
        return predictions.stream().mapToDouble(p -> p.exactMatch() * 100.0).toArray();
    }

    /** Returns 0 to 100 a sample. */
    public double[] editSimilarityScores() {
        return predictions.stream().mapToDouble(LinePrediction::editSimilarity).toArray();
    }

    /** Writes one JSON object a line, see {@link LinePrediction}. */
    public void write(Path file) throws IOException {
        try (BufferedWriter writer = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
            for (LinePrediction prediction : predictions) {
                writer.write(MAPPER.writeValueAsString(prediction));
                writer.write('\n');
            }
        }
    }

    /**
     * Reads a predictions file back.
     *
     * @throws EvaluationException naming file and line of what is wrong
     */
    public static List<LinePrediction> read(Path file) {
        List<String> lines = JsonLines.lines(file);
        List<LinePrediction> predictions = new ArrayList<>(lines.size());
        for (int i = 0; i < lines.size(); i++) {
            JsonLines.object(file, i + 1, lines.get(i));
            try {
                predictions.add(MAPPER.readValue(lines.get(i), LinePrediction.class));
            } catch (JacksonException e) {
                throw new EvaluationException(
                        file + ":" + (i + 1) + ": not a line of a predictions file: " + e.getOriginalMessage(), e);
            }
        }
        return predictions;
    }
}
