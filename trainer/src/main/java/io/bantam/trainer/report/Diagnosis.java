package io.bantam.trainer.report;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Errors that a post-training quantization left in a model: the content of {@code diagnosis.json} in the stage's
 * folder.
 *
 * @param version of this format, 1
 * @param noise {@code ||A - Q(A)||^2 / ||A||^2} of each quantized weight, by name
 * @param outliers the largest features of each linear layer's input in the float model, the largest first, by layer
 * @param depth error of the residual stream, {@code ||X - X'||^2 / ||X||^2}: after the embedding, then after each block
 * @param sequences of the validation text that outliers and depth were measured on
 * @param sentences the three worst tensors and what to try, and whatever else stands out
 */
public record Diagnosis(
        int version,
        Map<String, Double> noise,
        Map<String, List<Outlier>> outliers,
        List<Double> depth,
        int sequences,
        List<String> sentences) {
    public static final int VERSION = 1;
    public static final String FILE_NAME = "diagnosis.json";

    public Diagnosis {
        Checks.version(version, VERSION);
        noise = Collections.unmodifiableMap(new LinkedHashMap<>(noise));
        noise.forEach(Checks::finite);
        outliers = Collections.unmodifiableMap(new LinkedHashMap<>(outliers));
        depth = List.copyOf(depth);
        depth.forEach(error -> Checks.finite("depth", error));
        sentences = List.copyOf(sentences);
    }

    /**
     * A dimension of a layer's input that is much larger than the others.
     *
     * @param dimension its number, from 0
     * @param magnitude its largest |x|
     * @param ratio to that of the median feature
     */
    public record Outlier(int dimension, double magnitude, double ratio) {
        public Outlier {
            Checks.finite("magnitude", magnitude);
            Checks.finite("ratio", ratio);
        }
    }

    /** Writes {@code diagnosis.json} into the stage's folder. */
    public void write(Path stageFolder) {
        ReportJson.write(stageFolder.resolve(FILE_NAME), this);
    }

    /** Reads the {@code diagnosis.json} of a stage's folder, if it has one. */
    public static Optional<Diagnosis> read(Path stageFolder) {
        Path file = stageFolder.resolve(FILE_NAME);
        return Files.exists(file)
                ? Optional.of(ReportJson.read(file, Diagnosis.class, "a diagnosis"))
                : Optional.empty();
    }
}
