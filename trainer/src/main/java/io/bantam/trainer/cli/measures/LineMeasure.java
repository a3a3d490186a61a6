package io.bantam.trainer.cli.measures;

import io.bantam.runtime.format.TextForm;
import io.bantam.runtime.model.CachePrecision;
import io.bantam.runtime.model.PackedDecoder;
import io.bantam.runtime.tokenizer.BytePairTokenizer;
import io.bantam.trainer.cli.models.LoadedModel;
import io.bantam.trainer.cli.models.ModelSource;
import io.bantam.trainer.cli.terminal.Arguments;
import io.bantam.trainer.cli.terminal.Progress;
import io.bantam.trainer.cli.terminal.Terminal;
import io.bantam.trainer.cli.terminal.UsageException;
import io.bantam.trainer.evaluation.EvaluationProgress;
import io.bantam.trainer.evaluation.LineCompletionEvaluator;
import io.bantam.trainer.evaluation.LineCompletionResult;
import io.bantam.trainer.evaluation.LineSample;
import io.bantam.trainer.evaluation.PackedModel;
import io.bantam.trainer.evaluation.PlainLineEvaluator;
import io.bantam.trainer.evaluation.TextCodec;
import io.bantam.trainer.evaluation.TokenEvaluator;
import io.bantam.trainer.evaluation.TokenScore;
import io.bantam.trainer.report.Measure;
import io.bantam.trainer.tokenizer.CodeTokenizer;
import io.bantam.trainer.tokenizer.SpecialTokens;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.apache.commons.cli.CommandLine;

/** Line completion on the command line, and, on the same samples, how well a model predicts each next token. */
public final class LineMeasure {
    public static final String NAME = "line";
    public static final String LOSS = "loss";

    private static final int DEFAULT_TOKENS = 100;

    private LineMeasure() {}

    /** Exact match and edit similarity. */
    public static void run(CommandLine line, Path data, Terminal terminal) throws IOException {
        int maximumTokens = Arguments.integer(line, "max-tokens", DEFAULT_TOKENS, 1);
        int beam = Arguments.integer(line, "beam", 1, 1);
        List<LineSample> samples = LineSample.read(data, Arguments.integer(line, "limit", Integer.MAX_VALUE, 1));
        LineCompletionResult result = completed(ModelSource.load(line), samples, maximumTokens, beam, terminal);
        String search = beam == 1 ? "greedy" : "beam width " + beam;
        terminal.out()
                .printf(
                        Locale.ROOT,
                        "EM %.2f, ES %.2f (%d samples of %s, %s, %.1f s)%n",
                        result.exactMatch(),
                        result.editSimilarity(),
                        samples.size(),
                        data.getFileName(),
                        search,
                        result.seconds());
        if (line.hasOption("predictions")) {
            result.write(Path.of(line.getOptionValue("predictions")));
        }
        String about = "%d samples, %s, at most %d tokens".formatted(samples.size(), search, maximumTokens);
        RunFigures.keep(
                line,
                List.of(
                        Measure.ofSamples("EM % of " + data.getFileName(), boxed(result.exactMatchScores()), about),
                        Measure.ofSamples("ES of " + data.getFileName(), boxed(result.editSimilarityScores()), about)));
    }

    private static List<Double> boxed(double[] scores) {
        return Arrays.stream(scores).boxed().toList();
    }

    private static LineCompletionResult completed(
            LoadedModel model, List<LineSample> samples, int maximumTokens, int beam, Terminal terminal)
            throws IOException {
        // One sample a thread is faster than one sample on all threads.
        int workers = Math.min(Runtime.getRuntime().availableProcessors(), samples.size());
        try (CodeTokenizer tokenizer = model.tokenizer();
                Progress progress = Progress.on(terminal)) {
            EvaluationProgress shown = shown(progress);
            if (model.form(tokenizer) == TextForm.PLAIN) {
                if (beam > 1) {
                    throw new UsageException("--beam: " + model.source() + " reads plain code, which is completed"
                            + " greedily; leave the option out.");
                }
                try (var plain = model.completionModel(1, CachePrecision.FLOAT32)) {
                    return new PlainLineEvaluator(maximumTokens, workers).evaluate(plain, samples, shown);
                }
            }
            try (PackedDecoder decoder = model.decoder(1, CachePrecision.FLOAT32)) {
                return new LineCompletionEvaluator(
                                TextCodec.of(tokenizer::encode, tokenizer::decode),
                                new LineCompletionEvaluator.Settings(
                                        model.config().positions(), maximumTokens, model.lineEnd(tokenizer), workers))
                        .evaluate(samples, PackedModel.sharing(decoder, beam), shown);
            }
        }
    }

    /**
     * Mean negative log-likelihood a token of the samples' inputs, and the share of tokens that are predicted right.
     */
    public static void loss(CommandLine line, Path data, Terminal terminal) throws IOException {
        List<LineSample> samples = LineSample.read(data, Arguments.integer(line, "limit", Integer.MAX_VALUE, 1));
        LoadedModel model = ModelSource.load(line);
        int workers = Math.min(Runtime.getRuntime().availableProcessors(), samples.size());
        TokenScore score;
        try (CodeTokenizer tokenizer = model.tokenizer();
                PackedDecoder decoder = model.decoder(1, CachePrecision.FLOAT32);
                Progress progress = Progress.on(terminal)) {
            int begin = begin(model, tokenizer);
            List<int[]> texts = new ArrayList<>();
            for (LineSample sample : samples) {
                texts.add(begun(begin, tokenizer.encode(sample.input())));
            }
            score = new TokenEvaluator(new TokenEvaluator.Settings(
                            model.config().positions(),
                            tokenizer.find(SpecialTokens.PAD).orElse(-1),
                            marks(model, tokenizer),
                            workers))
                    .evaluate(texts, PackedModel.sharing(decoder, 1), shown(progress));
        }
        terminal.out()
                .printf(
                        Locale.ROOT,
                        "loss %.4f, token accuracy %.2f %% (%,d tokens in %d inputs of %s)%n",
                        score.loss(),
                        score.accuracy(),
                        score.lossTokens(),
                        samples.size(),
                        data.getFileName());
        String about = "%,d tokens of the inputs, each with those before it".formatted(score.lossTokens());
        RunFigures.keep(
                line,
                List.of(
                        new Measure("Loss of " + data.getFileName(), score.loss(), "", List.of(), about),
                        new Measure("Token acc. % of " + data.getFileName(), score.accuracy(), "", List.of(), about)));
    }

    /** The token that a plain text begins with, or -1; a text in normal form has it in it. */
    private static int begin(LoadedModel model, CodeTokenizer tokenizer) throws IOException {
        boolean begins = model.form(tokenizer) == TextForm.PLAIN
                && BytePairTokenizer.of(model.tokenizerJson(), model.source()).beginsTexts();
        return begins ? model.config().beginId() : -1;
    }

    private static int[] begun(int begin, int[] text) {
        if (begin < 0) {
            return text;
        }
        int[] all = new int[1 + text.length];
        all[0] = begin;
        System.arraycopy(text, 0, all, 1, text.length);
        return all;
    }

    /** Tokens of the normal form that accuracy leaves out, as a run's does. */
    private static Set<Integer> marks(LoadedModel model, CodeTokenizer tokenizer) {
        Set<Integer> marks = new TreeSet<>();
        if (model.form(tokenizer) == TextForm.PY150) {
            for (String mark : List.of(SpecialTokens.BEGIN, SpecialTokens.END, SpecialTokens.END_OF_LINE)) {
                tokenizer.find(mark).ifPresent(marks::add);
            }
        }
        return marks;
    }

    private static EvaluationProgress shown(Progress progress) {
        return (done, total) -> progress.counted(done, total, "evaluate");
    }
}
