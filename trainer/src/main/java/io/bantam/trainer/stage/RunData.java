package io.bantam.trainer.stage;

import io.bantam.runtime.format.TextForm;
import io.bantam.trainer.evaluation.LineSample;
import io.bantam.trainer.model.Decoder;
import io.bantam.trainer.model.FakeQuantization;
import io.bantam.trainer.model.TrainableModel;
import io.bantam.trainer.train.BatchSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The data of a run as its stages use it.
 *
 * @param batches makes the training batches
 * @param calibration training sequences, for post-training quantization and layer importance
 * @param validation sequences of {@code tokens + 1} ids that no model is trained on
 * @param test token ids of the test split's files, for loss and token accuracy
 * @param samples line completions to score
 * @param dataSet name of the samples' source
 * @param fingerprint hash of the training text, the tokenizer and the sequence length
 * @param ignored token ids that token accuracy leaves out
 * @param labels of a classification, in the order of their numbers
 * @param textForm of the text that is completed; empty for other tasks
 */
public record RunData(
        Batches batches,
        CalibrationText calibration,
        List<int[]> validation,
        List<int[]> test,
        List<LineSample> samples,
        String dataSet,
        String fingerprint,
        int[] ignored,
        List<String> labels,
        Optional<TextForm> textForm) {
    private static final int VALIDATION_ROWS = 8;

    /** Makes sequences of training batches, all in the same order. */
    @FunctionalInterface
    public interface Batches {
        /**
         * Returns the batches behind the first {@code sequence} texts; positions count from there.
         *
         * @param rows sequences a batch
         */
        BatchSource from(long sequence, int rows);
    }

    /** Sequences of the training text. */
    @FunctionalInterface
    public interface CalibrationText {
        /**
         * Returns as many sequences as asked for, or all there are, each {@code tokens + 1} ids.
         *
         * @param seed draws them; none takes them at equal distances
         */
        List<int[]> sequences(int count, OptionalLong seed);
    }

    /**
     * Whether the models of the run go on with a text. Otherwise they read whole rows, which are never cut: texts with
     * labels or answers.
     */
    public boolean completes() {
        return textForm.isPresent();
    }

    /** Returns a sequence as a model of so many positions takes it: cut to them, where texts are completed. */
    public int[] fitted(int[] sequence, int positions) {
        return completes() ? Arrays.copyOf(sequence, Math.min(sequence.length, positions)) : sequence;
    }

    /** Mean negative log-likelihood a token over the validation sequences. */
    public double validationLoss(TrainableModel model, FakeQuantization quantization) {
        return loss(model, quantization, validation);
    }

    /** Mean negative log-likelihood a token over some sequences of one length. */
    public double loss(TrainableModel model, FakeQuantization quantization, List<int[]> sequences) {
        Decoder.Sums sums = Decoder.Sums.ZERO;
        for (int from = 0; from < sequences.size(); from += VALIDATION_ROWS) {
            List<int[]> rows = sequences.subList(from, Math.min(sequences.size(), from + VALIDATION_ROWS));
            sums = sums.plus(model.evaluate(joined(rows), rows.size(), quantization, ignored));
        }
        return sums.loss();
    }

    /** Rows of equal length, one after the other. */
    public static int[] joined(List<int[]> rows) {
        int length = rows.getFirst().length;
        int[] all = new int[rows.size() * length];
        for (int i = 0; i < rows.size(); i++) {
            System.arraycopy(rows.get(i), 0, all, i * length, length);
        }
        return all;
    }
}
