package io.bantam.trainer.evaluation;

import io.bantam.runtime.completion.Completion;
import io.bantam.runtime.completion.CompletionOptions;
import io.bantam.runtime.completion.CompletionSession;
import io.bantam.runtime.completion.PackedModel;
import io.bantam.runtime.completion.Sampling;
import java.util.List;

/**
 * Line completion of text as it stands: the model sees as much of the input's end as fits, and writes greedily to the
 * end of the line, as it does for an editor. The line is scored by {@link ExactMatch} and {@link EditSimilarity} as in
 * CodeXGLUE's protocol, without white space at its ends; scores of other forms of text are no match for it.
 */
public final class PlainLineEvaluator {
    private final int maximumNewTokens;
    private final int workers;

    /**
     * @param maximumNewTokens limit of one completion; less than the model's positions
     * @param workers threads, each with a context of its own
     */
    public PlainLineEvaluator(int maximumNewTokens, int workers) {
        this.maximumNewTokens = maximumNewTokens;
        this.workers = workers;
    }

    /**
     * Predicts and scores all samples, several at once.
     *
     * @param model stays the caller's to close
     * @throws EvaluationException if there is no sample, or the limit does not fit the model
     */
    public LineCompletionResult evaluate(PackedModel model, List<LineSample> samples, EvaluationProgress progress) {
        if (maximumNewTokens >= model.positions()) {
            throw new EvaluationException("maximumNewTokens must lie between 1 and " + (model.positions() - 1)
                    + ", the model's " + model.positions() + " positions less one of context, not "
                    + maximumNewTokens);
        }
        CompletionOptions options = new CompletionOptions(maximumNewTokens, 1, Sampling.GREEDY, List.of());
        long start = System.nanoTime();
        List<LinePrediction> predictions = OrderedWorkers.<LineSample, CompletionSession, LinePrediction>run(
                samples,
                workers,
                model::newSession,
                (session, sample) -> {
                    Completion line = session.complete(sample.input(), options, piece -> true);
                    return LinePrediction.of(sample, line.text(), line.tokens());
                },
                progress);
        return new LineCompletionResult(predictions, (System.nanoTime() - start) / 1e9);
    }
}
