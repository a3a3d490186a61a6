package io.bantam.trainer.report;

import io.bantam.trainer.BantamException;
import io.bantam.trainer.evaluation.LineCompletionResult;
import io.bantam.trainer.evaluation.LinePrediction;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Content of a run's folder:
 *
 * <pre>
 * recipe.yaml                              the resolved recipe
 * 00-data/                                 encoded text, and the tokenizer if it was trained
 * 10-teacher/ 20-half/ ...                 a folder a stage: stage.json, and metrics.jsonl if it trained
 * 50-export/VARIANT.bantam                  its packed file, and files of other formats
 * 60-evaluate/VARIANT.json                 a {@link VariantResult} a variant
 * 60-evaluate/VARIANT.predictions.jsonl    its predictions, see {@link LineCompletionResult}
 * 70-report/                               what this package writes
 * </pre>
 *
 * @param name of the folder
 * @param folder where it is
 * @param recipe text of the recipe; empty if there is none
 * @param stages in order of their folders' names
 * @param variants in order of the recipe, at least one
 */
public record RunFolder(String name, Path folder, String recipe, List<StageRun> stages, List<VariantRun> variants) {
    public static final String RECIPE = "recipe.yaml";
    public static final String DATA_FOLDER = "00-data";
    public static final String TEACHER_FOLDER = "10-teacher";
    /** Number of the first stage's folder; those of the others follow. */
    public static final int FIRST_STAGE = 20;

    public static final String SEARCH_FOLDER = "45-search";
    public static final String EXPORT_FOLDER = "50-export";
    public static final String EVALUATION_FOLDER = "60-evaluate";
    public static final String REPORT_FOLDER = "70-report";
    private static final String RESULT_SUFFIX = ".json";
    private static final String PREDICTIONS_SUFFIX = ".predictions.jsonl";

    /** Returns the packed file of a variant. */
    public static Path packedFile(Path run, String variant) {
        return run.resolve(EXPORT_FOLDER).resolve(fileName(variant) + ".bantam");
    }

    public RunFolder {
        stages = List.copyOf(stages);
        variants = List.copyOf(variants);
    }

    /**
     * A finished stage with what it logged.
     *
     * @param folder name of its folder
     * @param metrics by step; empty if it did not train
     * @param diagnosis of a post-training quantization; empty for other stages
     */
    public record StageRun(
            String folder, StageRecord record, List<MetricPoint> metrics, Optional<Diagnosis> diagnosis) {
        public StageRun {
            metrics = List.copyOf(metrics);
        }
    }

    /**
     * An evaluated variant with its predictions.
     *
     * @param predictions in order of the samples; empty if they were not kept
     */
    public record VariantRun(VariantResult result, List<LinePrediction> predictions) {
        public VariantRun {
            predictions = List.copyOf(predictions);
        }
    }

    /**
     * Reads a run folder.
     *
     * @throws BantamException if it is no run folder, has no evaluated variant, or a file in it is damaged
     */
    public static RunFolder read(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new BantamException(folder + ": no such folder; give the folder of a run");
        }
        Path evaluation = folder.resolve(EVALUATION_FOLDER);
        List<VariantRun> variants = new ArrayList<>();
        if (Files.isDirectory(evaluation)) {
            for (Path file : children(evaluation)) {
                String name = file.getFileName().toString();
                if (name.endsWith(RESULT_SUFFIX) && !name.equals(StageRecord.FILE_NAME)) {
                    variants.add(variant(file));
                }
            }
        }
        if (variants.isEmpty()) {
            throw new BantamException(folder + ": no evaluated variant in it (no " + EVALUATION_FOLDER
                    + "/*.json); give the folder of a finished run, or finish it with --resume");
        }
        variants.sort(Comparator.comparingInt(v -> v.result().position()));
        List<StageRun> stages = new ArrayList<>();
        for (Path child : children(folder)) {
            if (Files.isRegularFile(child.resolve(StageRecord.FILE_NAME))) {
                Path metrics = child.resolve(MetricsLog.FILE_NAME);
                stages.add(new StageRun(
                        child.getFileName().toString(),
                        StageRecord.read(child),
                        Files.exists(metrics) ? MetricsLog.read(metrics) : List.of(),
                        Diagnosis.read(child)));
            }
        }
        Path name = folder.toAbsolutePath().normalize().getFileName();
        return new RunFolder(name == null ? "run" : name.toString(), folder, recipeText(folder), stages, variants);
    }

    /** Returns the file that holds a variant's result. */
    public static Path resultFile(Path runFolder, String variant) {
        return runFolder.resolve(EVALUATION_FOLDER).resolve(fileName(variant) + RESULT_SUFFIX);
    }

    /** Returns the file that holds a variant's predictions. */
    public static Path predictionsFile(Path runFolder, String variant) {
        return runFolder.resolve(EVALUATION_FOLDER).resolve(fileName(variant) + PREDICTIONS_SUFFIX);
    }

    /**
     * Returns a file name for a variant: letters, digits and {@code . _ + -} stay, every run of other characters
     * becomes one {@code -}. {@code 6L + PTQ W4A8} becomes {@code 6L-+-PTQ-W4A8}.
     */
    public static String fileName(String variant) {
        String name = variant.strip().replaceAll("[^\\p{L}\\p{N}._+-]+", "-");
        return name.startsWith(".") || name.isEmpty() ? "_" + name : name;
    }

    private static VariantRun variant(Path file) {
        String base = file.getFileName().toString();
        base = base.substring(0, base.length() - RESULT_SUFFIX.length());
        Path predictions = file.resolveSibling(base + PREDICTIONS_SUFFIX);
        return new VariantRun(
                VariantResult.read(file),
                Files.exists(predictions) ? LineCompletionResult.read(predictions) : List.of());
    }

    private static String recipeText(Path folder) {
        Path recipe = folder.resolve(RECIPE);
        try {
            return Files.exists(recipe) ? Files.readString(recipe, StandardCharsets.UTF_8) : "";
        } catch (IOException e) {
            throw new BantamException(recipe + ": cannot be read: " + e.getMessage(), e);
        }
    }

    private static List<Path> children(Path folder) {
        try (Stream<Path> children = Files.list(folder)) {
            return children.sorted().toList();
        } catch (IOException e) {
            throw new BantamException(folder + ": cannot be listed: " + e.getMessage(), e);
        }
    }
}
