package io.bantam.trainer.evaluation;

import io.bantam.trainer.Sha256;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * One line completion task in the form of CodeXGLUE.
 *
 * @param id name of the sample, unique in its data set
 * @param input the code before the completion, in PY150 normal form
 * @param truth the text that completes the line, without {@code <EOL>}
 */
public record LineSample(String id, String input, String truth) {
    /**
     * Reads JSON lines with {@code id} (text or number; else the line number), {@code input} and {@code gt}.
     *
     * @param limit most samples to take from the start, at least 1
     * @throws EvaluationException naming file and line of what is wrong, or a file without samples
     */
    public static List<LineSample> read(Path file, int limit) {
        if (limit < 1) {
            throw new EvaluationException("the number of samples must be at least 1, not " + limit);
        }
        List<String> lines = JsonLines.lines(file);
        if (lines.isEmpty()) {
            throw new EvaluationException(file + ": no samples in it");
        }
        List<LineSample> samples = new ArrayList<>();
        for (int i = 0; i < Math.min(limit, lines.size()); i++) {
            JsonNode object = JsonLines.object(file, i + 1, lines.get(i));
            JsonNode id = object.get("id");
            String name = id == null || !id.isValueNode() ? Integer.toString(i + 1) : id.asString();
            samples.add(new LineSample(
                    name, JsonLines.text(file, i + 1, object, "input"), JsonLines.text(file, i + 1, object, "gt")));
        }
        return samples;
    }

    /**
     * Returns a SHA-256 in hexadecimal that two lists share exactly if they hold the same samples in the same order.
     */
    public static String fingerprint(List<LineSample> samples) {
        Sha256 hash = new Sha256();
        for (LineSample sample : samples) {
            hash.addPart(sample.id()).addPart(sample.input()).addPart(sample.truth());
        }
        return hash.hex();
    }
}
