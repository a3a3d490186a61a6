package io.bantam.trainer.stage.evaluate;

import io.bantam.runtime.format.EncoderConfig;
import io.bantam.trainer.engine.Precision;
import io.bantam.trainer.evaluation.EditSimilarity;
import io.bantam.trainer.evaluation.LineCompletionResult;
import io.bantam.trainer.evaluation.LinePrediction;
import io.bantam.trainer.evaluation.LineSample;
import io.bantam.trainer.evaluation.TokenScore;
import io.bantam.trainer.model.Decoder;
import io.bantam.trainer.model.EncoderModel;
import io.bantam.trainer.model.EncoderRows;
import io.bantam.trainer.recipe.Source;
import io.bantam.trainer.report.Measure;
import io.bantam.trainer.report.RunFolder;
import io.bantam.trainer.stage.ModelState;
import io.bantam.trainer.stage.RunContext;
import io.bantam.trainer.stage.RunData;
import io.bantam.trainer.stage.export.EncoderExport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Measures a model with an encoder on the test examples, by what its packed file holds: labels by accuracy and F1,
 * answers by smoothed BLEU-4. A label or answer is also a line that is predicted, so that exact match of labels is
 * their accuracy.
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
        ModelState packed = EncoderExport.read(file);
        EncoderConfig config = (EncoderConfig) packed.config();
        List<String> found;
        Decoder.Sums sums = Decoder.Sums.ZERO;
        long start = System.nanoTime();
        try (EncoderModel model = (EncoderModel) packed.simulated(
                context.compute().operations(), context.compute().manager(), Precision.FLOAT32)) {
            found = config.classes() > 0 ? labels(packed, model, variant) : answers(packed, model, variant);
            List<int[]> rows = context.data().test();
            for (int from = 0; from < rows.size(); from += TOGETHER) {
                List<int[]> batch = rows.subList(from, Math.min(rows.size(), from + TOGETHER));
                sums = sums.plus(model.evaluate(RunData.joined(batch), batch.size(), packed.running()));
            }
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        List<LinePrediction> predictions = predictions(found);
        return new VariantEvaluation.Answers(
                new LineCompletionResult(predictions, seconds),
                new TokenScore(sums.loss(), 100 * sums.accuracy(), sums.tokens(), sums.counted()),
                null,
                config.classes() > 0
                        ? ofLabels(found)
                        : List.of(AnswerEvaluation.bleu(
                                predictions, "smoothed, the mean over the answers, greedily written")));
    }

    private List<String> labels(ModelState packed, EncoderModel model, String variant) {
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

    private List<String> answers(ModelState packed, EncoderModel model, String variant) {
        Source.Pairs pairs = (Source.Pairs) context.recipe().data().source();
        List<int[]> texts = context.data().test().stream()
                .map(row -> EncoderRows.text(row, model.config()))
                .toList();
        return new AnswerWriter(model, packed, context.tokenizer(), pairs.answerLength())
                .write(texts, (done, all) -> progress(done, all, variant));
    }

    private void progress(int done, int all, String variant) {
        context.progress().counted(done, all, RunFolder.EVALUATION_FOLDER + ": " + variant);
    }

    private List<LinePrediction> predictions(List<String> found) {
        List<LinePrediction> predictions = new ArrayList<>();
        for (int i = 0; i < found.size(); i++) {
            LineSample sample = context.data().samples().get(i);
            predictions.add(prediction(sample.id(), sample.input(), sample.truth(), found.get(i)));
        }
        return predictions;
    }

    static LinePrediction prediction(String id, String text, String truth, String found) {
        return new LinePrediction(
                id,
                text.substring(Math.max(0, text.length() - CONTEXT)),
                truth,
                found,
                truth.strip().equals(found) ? 1 : 0,
                EditSimilarity.of(found, truth),
                0);
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
}
