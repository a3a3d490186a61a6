package io.bantam.trainer.stage.session;

import io.bantam.runtime.format.EncoderConfig;
import io.bantam.trainer.BantamException;
import io.bantam.trainer.data.TaskExample;
import io.bantam.trainer.evaluation.LineSample;
import io.bantam.trainer.hub.CheckpointConfig;
import io.bantam.trainer.model.EncoderRows;
import io.bantam.trainer.model.TaskText;
import io.bantam.trainer.recipe.Recipe;
import io.bantam.trainer.recipe.Source;
import io.bantam.trainer.recipe.Split;
import io.bantam.trainer.report.RunFolder;
import io.bantam.trainer.stage.Fingerprints;
import io.bantam.trainer.stage.RunData;
import io.bantam.trainer.tokenizer.CodeTokenizer;
import io.bantam.trainer.train.ProgressListener;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** Reads texts with labels or answers, splits and encodes them. Too long texts are cut at their ends. */
final class TaskPreparation implements Preparation {
    private static final String FOLDER = RunFolder.DATA_FOLDER;
    private static final int LARGEST_VALIDATION = 512;

    private final Recipe recipe;
    private final ProgressListener progress;
    private final EncoderConfig config;
    private final TaskText marked;
    private final Path teacher;
    private final Splits splits;
    private CodeTokenizer tokenizer;

    /** What is trained on, validated on and tested on. */
    private record Splits(List<TaskExample> training, List<TaskExample> validation, List<TaskExample> test) {}

    TaskPreparation(Recipe recipe, Path runFolder, ProgressListener progress) throws IOException {
        this.recipe = recipe;
        this.progress = progress;
        this.teacher = recipe.teacher().checkpoint().orElseThrow();
        this.config = (EncoderConfig) CheckpointConfig.read(teacher.resolve(CheckpointConfig.FILE_NAME))
                .model();
        this.marked = new TaskText(config);
        this.splits = switch (recipe.data().source()) {
            case Source.Labelled labelled ->
                splits(
                        labelled.path(),
                        labelled.validation(),
                        labelled.test(),
                        new TaskExample.Fields(labelled.text(), labelled.pair(), labelled.label()));
            case Source.Pairs pairs ->
                splits(
                        pairs.path(),
                        pairs.validation(),
                        pairs.test(),
                        new TaskExample.Fields(pairs.text(), Optional.empty(), pairs.answer()));
            default -> throw new IllegalStateException("the recipe was not checked");
        };
        progress.message("%s: %,d examples to train on, %,d to validate, %,d to test"
                .formatted(
                        FOLDER,
                        splits.training().size(),
                        splits.validation().size(),
                        splits.test().size()));
    }

    /** Files of their own, or shares of the first one. */
    private Splits splits(Path file, Optional<Path> validation, Optional<Path> test, TaskExample.Fields fields) {
        List<TaskExample> all = new ArrayList<>(TaskExample.read(file, fields));
        Collections.shuffle(all, new Random(recipe.seed()));
        Split shares = recipe.data().split();
        int forTest = test.isPresent() ? 0 : (int) Math.ceil(shares.test() * all.size());
        int forValidation = validation.isPresent() ? 0 : (int) Math.ceil(shares.validation() * all.size());
        if (forTest + forValidation >= all.size()) {
            throw new BantamException(
                    file + ": " + all.size() + " examples leave none to train on; name more, or files of their own");
        }
        List<TaskExample> training = all.subList(forTest + forValidation, all.size());
        List<TaskExample> held = validation
                .map(path -> TaskExample.read(path, fields))
                .orElseGet(() -> all.subList(forTest, forTest + forValidation));
        List<TaskExample> tested =
                test.map(path -> TaskExample.read(path, fields)).orElseGet(() -> all.subList(0, forTest));
        return new Splits(training, held.isEmpty() ? training : held, tested.isEmpty() ? held : tested);
    }

    @Override
    public CodeTokenizer tokenizer() throws IOException {
        if (tokenizer == null) {
            tokenizer = CodeTokenizer.open(teacher);
            tokenizer.requireFits(config.vocabularySize(), teacher.toString());
        }
        return tokenizer;
    }

    @Override
    public RunData prepare(CodeTokenizer encoder) throws IOException {
        List<String> labels = config.classes() > 0 ? labels() : List.of();
        List<int[]> training = rows(splits.training(), labels, encoder);
        List<int[]> validation = rows(limited(splits.validation(), LARGEST_VALIDATION), labels, encoder);
        List<TaskExample> tested = limited(splits.test(), recipe.evaluation().samples());
        return new RunData(
                (start, rows) -> new TaskBatches(training, rows, recipe.seed(), start),
                (count, seed) -> some(training, count, seed),
                validation,
                rows(tested, labels, encoder),
                tested.stream()
                        .map(example -> new LineSample(example.id(), example.text(), example.answer()))
                        .toList(),
                recipe.name() + ", " + tested.size() + " examples for the test",
                fingerprint(training, validation, encoder),
                new int[0],
                labels,
                Optional.empty());
    }

    private static List<TaskExample> limited(List<TaskExample> examples, int most) {
        return examples.subList(0, Math.min(most, examples.size()));
    }

    /** The labels in the order of their numbers: whole numbers are their own, others go by the alphabet. */
    private List<String> labels() {
        TreeSet<String> found = new TreeSet<>();
        splits.training().forEach(example -> found.add(example.answer()));
        List<String> labels = List.copyOf(found);
        if (found.stream().allMatch(label -> label.matches("\\d{1,5}"))) {
            int most = found.stream().mapToInt(Integer::parseInt).max().orElse(0);
            labels = IntStream.rangeClosed(0, most).mapToObj(Integer::toString).toList();
        }
        return labels;
    }

    private List<int[]> rows(List<TaskExample> examples, List<String> labels, CodeTokenizer encoder) {
        int length = recipe.data().sequenceLength();
        List<int[]> rows = new ArrayList<>();
        for (TaskExample example : examples) {
            int[] text = wrapped(example, encoder, length);
            if (recipe.data().source() instanceof Source.Pairs pairs) {
                int[] answer = marked.of(encoder.encode(example.answer()), pairs.answerLength());
                rows.add(EncoderRows.answered(text, answer, length, pairs.answerLength(), config));
            } else {
                int label = labels.indexOf(example.answer());
                if (label < 0) {
                    throw new BantamException(example.id() + ": the label '" + example.answer()
                            + "' is not in the training data, which has " + labels);
                }
                rows.add(EncoderRows.labelled(label, text, length, config));
            }
        }
        return rows;
    }

    private int[] wrapped(TaskExample example, CodeTokenizer encoder, int length) {
        int[] text = encoder.encode(example.text());
        return example.pair()
                .map(pair -> marked.of(text, encoder.encode(pair), length))
                .orElseGet(() -> marked.of(text, length));
    }

    private static List<int[]> some(List<int[]> rows, int count, OptionalLong seed) {
        int taken = Math.min(count, rows.size());
        IntStream chosen = seed.isPresent()
                ? new Random(seed.getAsLong()).ints(0, rows.size()).distinct().limit(taken)
                : IntStream.range(0, taken).map(i -> (int) ((long) i * rows.size() / taken));
        return chosen.mapToObj(rows::get).toList();
    }

    private static String fingerprint(List<int[]> training, List<int[]> validation, CodeTokenizer encoder) {
        List<String> parts = new ArrayList<>(List.of("task", encoder.sha256()));
        for (List<int[]> rows : List.of(training, validation)) {
            parts.add(Integer.toString(rows.size()));
            rows.forEach(row -> parts.add(Arrays.toString(row)));
        }
        return Fingerprints.of(parts.toArray(String[]::new));
    }

    @Override
    public void close() {
        if (tokenizer != null) {
            tokenizer.close();
        }
    }
}
