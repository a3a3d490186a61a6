package io.bantam.trainer.stage;

import io.bantam.runtime.format.EncoderConfig;
import io.bantam.trainer.engine.Precision;
import io.bantam.trainer.evaluation.EditSimilarity;
import io.bantam.trainer.evaluation.LineCompletionResult;
import io.bantam.trainer.evaluation.LinePrediction;
import io.bantam.trainer.evaluation.LineSample;
import io.bantam.trainer.evaluation.SmoothedBleu;
import io.bantam.trainer.evaluation.TokenScore;
import io.bantam.trainer.model.Decoder;
import io.bantam.trainer.model.EncoderModel;
import io.bantam.trainer.model.EncoderRows;
import io.bantam.trainer.recipe.Source;
import io.bantam.trainer.report.Measure;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Measures a model with an encoder on the test examples, by what its packed file holds: labels by accuracy and F1, answers by
 * smoothed BLEU-4. A label or answer is also a line that is predicted, so that exact match of labels is their accuracy.
 */
final class TaskEvaluation {
    private static final int TOGETHER = 8;
    private static final int CONTEXT = 200;

    private final RunContext context;

    TaskEvaluation(RunContext context) {
        this.context = context;
    }

    /** Reads the file, predicts and scores. */
    VariantEvaluation.Answers run(String variant, Path file) throws IOException {
        StudentModel packed = EncoderExport.read(file);
        EncoderConfig config = (EncoderConfig) packed.config();
        List<String> found;
        Decoder.Sums sums = Decoder.Sums.ZERO;
        long start = System.nanoTime();
        try (EncoderModel model =
                (EncoderModel) packed.simulated(context.operations(), context.manager(), Precision.FLOAT32)) {
            found = config.classes() > 0 ? labels(packed, model, variant) : answers(packed, model, variant);
            List<int[]> rows = context.data().test();
            for (int from = 0; from < rows.size(); from += TOGETHER) {
                List<int[]> batch = rows.subList(from, Math.min(rows.size(), from + TOGETHER));
                sums = sums.plus(model.evaluate(RunData.joined(batch), batch.size(), packed.running()));
            }
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        return new VariantEvaluation.Answers(
                new LineCompletionResult(predictions(found), seconds),
                new TokenScore(sums.loss(), 100 * sums.accuracy(), sums.tokens(), sums.counted()),
                null,
                config.classes() > 0 ? ofLabels(found) : ofAnswers(found));
    }

    private List<String> labels(StudentModel packed, EncoderModel model, String variant) {
        List<String> found = new ArrayList<>();
        List<int[]> rows = context.data().test();
        for (int from = 0; from < rows.size(); from += TOGETHER) {
            List<int[]> batch = rows.subList(from, Math.min(rows.size(), from + TOGETHER));
            float[] logits = model.logits(RunData.joined(batch), batch.size(), packed.running());
            for (int label : EncoderModel.best(logits, batch.size())) {
                List<String> names = context.data().labels();
                found.add(label < names.size() ? names.get(label) : "label " + label);
            }
            progress(found.size(), rows.size(), variant);
        }
        return found;
    }

    private List<String> answers(StudentModel packed, EncoderModel model, String variant) {
        EncoderConfig config = model.config();
        Source.Pairs pairs = (Source.Pairs) context.recipe().data().source();
        List<String> found = new ArrayList<>();
        List<int[]> rows = context.data().test();
        for (int from = 0; from < rows.size(); from += TOGETHER) {
            List<int[]> texts = rows.subList(from, Math.min(rows.size(), from + TOGETHER)).stream()
                    .map(row -> EncoderRows.text(row, config))
                    .toList();
            int longest = texts.stream().mapToInt(text -> text.length).max().orElseThrow();
            int[] filled = new int[texts.size() * longest];
            Arrays.fill(filled, config.tokens().pad());
            for (int i = 0; i < texts.size(); i++) {
                System.arraycopy(texts.get(i), 0, filled, i * longest, texts.get(i).length);
            }
            for (int[] answer : model.generate(filled, texts.size(), pairs.answerLength(), packed.running())) {
                found.add(context.tokenizer()
                        .decode(Arrays.stream(answer)
                                .filter(id -> id != config.tokens().begin()
                                        && id != config.tokens().pad())
                                .filter(id -> id < context.tokenizer().vocabularySize())
                                .toArray())
                        .strip());
            }
            progress(found.size(), rows.size(), variant);
        }
        return found;
    }

    private void progress(int done, int all, String variant) {
        context.progress().update(done, all, Double.NaN, Double.NaN, "60-evaluate: " + variant);
    }

    private List<LinePrediction> predictions(List<String> found) {
        List<LinePrediction> predictions = new ArrayList<>();
        for (int i = 0; i < found.size(); i++) {
            LineSample sample = context.data().samples().get(i);
            String input = sample.input();
            predictions.add(new LinePrediction(
                    sample.id(),
                    input.substring(Math.max(0, input.length() - CONTEXT)),
                    sample.truth(),
                    found.get(i),
                    sample.truth().strip().equals(found.get(i)) ? 1 : 0,
                    EditSimilarity.of(found.get(i), sample.truth()),
                    0));
        }
        return predictions;
    }

    private List<Measure> ofLabels(List<String> found) {
        List<String> truths =
                context.data().samples().stream().map(LineSample::truth).toList();
        List<Double> right = new ArrayList<>();
        for (int i = 0; i < found.size(); i++) {
            right.add(found.get(i).equals(truths.get(i)) ? 100.0 : 0.0);
        }
        List<String> labels = context.data().labels();
        boolean binary = labels.size() == 2;
        double f1 = (binary ? labels.subList(1, 2) : labels)
                .stream()
                        .mapToDouble(label -> f1(label, found, truths))
                        .average()
                        .orElse(0);
        String about = binary ? "of the label '" + labels.get(1) + "'" : "the mean over " + labels.size() + " labels";
        return List.of(
                Measure.ofSamples("Accuracy %", right, "labels that are right; the same as EM"),
                new Measure("F1 %", f1, "", List.of(), about));
    }

    /** 2 TP / (2 TP + FP + FN) in percent; 0 for a label that neither stands in the data nor was found. */
    static double f1(String label, List<String> found, List<String> truths) {
        int both = 0;
        int either = 0;
        for (int i = 0; i < found.size(); i++) {
            boolean is = truths.get(i).equals(label);
            boolean said = found.get(i).equals(label);
            both += is && said ? 1 : 0;
            either += (is ? 1 : 0) + (said ? 1 : 0);
        }
        return either == 0 ? 0 : 200.0 * both / either;
    }

    private List<Measure> ofAnswers(List<String> found) {
        List<Double> scores = new ArrayList<>();
        for (int i = 0; i < found.size(); i++) {
            scores.add(SmoothedBleu.of(
                    found.get(i), context.data().samples().get(i).truth()));
        }
        return List.of(Measure.ofSamples("BLEU-4", scores, "smoothed, the mean over the answers, greedily written"));
    }
}
