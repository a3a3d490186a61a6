package io.bantam.trainer.stage.evaluate;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import io.bantam.runtime.format.EncoderConfig;
import io.bantam.runtime.format.ModelConfig;
import io.bantam.runtime.format.PackedFile;
import io.bantam.trainer.BantamException;
import io.bantam.trainer.data.TaskExample;
import io.bantam.trainer.engine.Operations;
import io.bantam.trainer.engine.Precision;
import io.bantam.trainer.evaluation.EvaluationProgress;
import io.bantam.trainer.evaluation.LineCompletionResult;
import io.bantam.trainer.evaluation.LinePrediction;
import io.bantam.trainer.evaluation.SmoothedBleu;
import io.bantam.trainer.model.EncoderModel;
import io.bantam.trainer.model.TaskText;
import io.bantam.trainer.report.Measure;
import io.bantam.trainer.stage.ModelState;
import io.bantam.trainer.stage.ModelStateFiles;
import io.bantam.trainer.stage.export.EncoderExport;
import io.bantam.trainer.tokenizer.CodeTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Smoothed BLEU-4 of a model with an encoder and a decoder, outside of the run that made it: of a packed file, or of a
 * Hugging Face folder in floating point.
 */
public final class AnswerEvaluation {
    private static final String NAME = "BLEU-4";

    private AnswerEvaluation() {}

    /**
     * What the model answered.
     *
     * @param predictions one an example
     * @param bleu the mean, with a score an example
     */
    public record Result(LineCompletionResult predictions, Measure bleu) {}

    /** The column of the comparison that a run makes. */
    static Measure bleu(List<LinePrediction> predictions, String about) {
        List<Double> scores = predictions.stream()
                .map(prediction -> SmoothedBleu.of(prediction.prediction(), prediction.truth()))
                .toList();
        return Measure.ofSamples(NAME, scores, about);
    }

    /**
     * Answers and scores.
     *
     * @param model a packed file or a Hugging Face folder
     * @param textLength most tokens of a text; at most the model's positions are taken
     * @param answerLength most tokens of an answer, its end counted
     * @param about how it was measured, for the measure
     * @throws BantamException if the model answers no texts, or has no tokenizer
     * @throws IOException if it cannot be read
     */
    public static Result run(
            Path model,
            List<TaskExample> examples,
            int textLength,
            int answerLength,
            String about,
            EvaluationProgress progress)
            throws IOException {
        boolean packed = Files.isRegularFile(model);
        ModelState student = packed ? EncoderExport.read(model) : ModelStateFiles.readFloat(model);
        if (!(student.config() instanceof EncoderConfig config) || config.decoderLayers() == 0) {
            throw notForAnswers(model, student.config());
        }
        long start = System.nanoTime();
        try (CodeTokenizer tokenizer = packed ? tokenizer(model) : CodeTokenizer.open(model);
                NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
                Operations operations = Operations.load(Device.cpu());
                EncoderModel running = (EncoderModel) student.simulated(operations, manager, Precision.FLOAT32)) {
            tokenizer.requireFits(config.vocabularySize(), model.toString());
            TaskText text = new TaskText(config);
            int length = Math.min(textLength, config.positions());
            List<int[]> texts = examples.stream()
                    .map(example -> text.of(tokenizer.encode(example.text()), length))
                    .toList();
            List<String> answers = new AnswerWriter(running, student, tokenizer, answerLength).write(texts, progress);
            List<LinePrediction> predictions = new ArrayList<>();
            for (int i = 0; i < answers.size(); i++) {
                TaskExample example = examples.get(i);
                predictions.add(
                        TaskEvaluation.prediction(example.id(), example.text(), example.answer(), answers.get(i)));
            }
            LineCompletionResult result = new LineCompletionResult(predictions, (System.nanoTime() - start) / 1e9);
            return new Result(result, bleu(predictions, about));
        }
    }

    private static BantamException notForAnswers(Path model, ModelConfig config) {
        return new BantamException(model + ": a " + config.family()
                + " answers no texts, and BLEU is measured on answers. Name a model with an encoder and a decoder,"
                + " such as CodeT5; other models have other measures.");
    }

    private static CodeTokenizer tokenizer(Path packed) throws IOException {
        byte[] json = PackedFile.readAny(packed).tokenizerJson();
        if (json.length == 0) {
            throw new BantamException(
                    packed + ": there is no tokenizer in it. Export the model again, with its tokenizer.");
        }
        return CodeTokenizer.of(json, packed + " (tokenizer.json)");
    }
}
