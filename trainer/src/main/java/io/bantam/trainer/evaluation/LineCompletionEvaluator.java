package io.bantam.trainer.evaluation;

import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/**
 * Line completion by CodeXGLUE's protocol, for text in PY150's normal form: the model sees the last
 * {@code contextLength - maximumNewTokens} tokens of the input and writes until {@code <EOL>} or the limit; the text it
 * wrote is scored by {@link ExactMatch} and {@link EditSimilarity}.
 */
public final class LineCompletionEvaluator {
    private final TextCodec codec;
    private final Settings settings;

    /**
     * How to complete.
     *
     * @param contextLength positions of the model
     * @param maximumNewTokens limit of one completion, 100 in the protocol; less than {@code contextLength}
     * @param stopToken id of {@code <EOL>}
     * @param workers threads, each with a model of its own
     */
    public record Settings(int contextLength, int maximumNewTokens, int stopToken, int workers) {
        public Settings {
            if (maximumNewTokens < 1 || maximumNewTokens >= contextLength) {
                throw new EvaluationException("maximumNewTokens must lie between 1 and " + (contextLength - 1)
                        + ", the model's " + contextLength + " positions less one of context, not " + maximumNewTokens);
            }
            if (workers < 1) {
                throw new EvaluationException("workers must be at least 1, not " + workers);
            }
        }
    }

    public LineCompletionEvaluator(TextCodec codec, Settings settings) {
        this.codec = codec;
        this.settings = settings;
    }

    /**
     * Predicts and scores all samples, several at once.
     *
     * @param completers called once on each thread
     * @throws EvaluationException if there is no sample, or an input has no token
     */
    public LineCompletionResult evaluate(
            List<LineSample> samples, Supplier<? extends Completer> completers, EvaluationProgress progress) {
        long start = System.nanoTime();
        List<LinePrediction> predictions = OrderedWorkers.<LineSample, Completer, LinePrediction>run(
                samples, settings.workers(), completers::get, this::predict, progress);
        return new LineCompletionResult(predictions, (System.nanoTime() - start) / 1e9);
    }

    private LinePrediction predict(Completer completer, LineSample sample) {
        int[] tokens = codec.encode(sample.input());
        if (tokens.length == 0) {
            throw new EvaluationException("sample " + sample.id() + ": the input is empty, nothing to continue");
        }
        int room = settings.contextLength() - settings.maximumNewTokens();
        int[] context = Arrays.copyOfRange(tokens, Math.max(0, tokens.length - room), tokens.length);
        int[] written = completer.complete(context, settings.maximumNewTokens(), settings.stopToken());
        int end = 0;
        while (end < Math.min(written.length, settings.maximumNewTokens()) && written[end] != settings.stopToken()) {
            end++;
        }
        String prediction = codec.decode(Arrays.copyOf(written, end));
        return LinePrediction.of(sample, prediction, end);
    }
}
