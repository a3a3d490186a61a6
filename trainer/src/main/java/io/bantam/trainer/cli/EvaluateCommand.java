package io.bantam.trainer.cli;

import io.bantam.runtime.model.PackedDecoder;
import io.bantam.trainer.evaluation.LineCompletionEvaluator;
import io.bantam.trainer.evaluation.LineCompletionResult;
import io.bantam.trainer.evaluation.LineSample;
import io.bantam.trainer.evaluation.PackedModel;
import io.bantam.trainer.evaluation.TextCodec;
import io.bantam.trainer.tokenizer.CodeTokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** {@code evaluate}: line completion by CodeXGLUE's protocol, on the packed form of a model. */
final class EvaluateCommand implements Command {
    private static final int DEFAULT_TOKENS = 100;

    @Override
    public String name() {
        return "evaluate";
    }

    @Override
    public String summary() {
        return "complete lines with a model and score them: exact match and edit similarity";
    }

    @Override
    public String arguments() {
        return "MODEL";
    }

    @Override
    public Options options() {
        return ModelSource.addOptions(new Options()
                .addOption(Arguments.required(
                        "data", "FILE.jsonl", "JSON lines with id, input and gt, as CodeXGLUE has them"))
                .addOption(Arguments.option("limit", "N", "only the first N samples"))
                .addOption(
                        Arguments.option("max-tokens", "N", "end a completion after N tokens (" + DEFAULT_TOKENS + ")"))
                .addOption(Arguments.option("beam", "N", "beam search of width N instead of greedy search (1)"))
                .addOption(Arguments.option("predictions", "FILE.jsonl", "write every completion with its scores")));
    }

    @Override
    public List<String> details() {
        return List.of(
                "The model sees the end of each input, writes to the end of the line, and is scored as CodeXGLUE does;"
                        + " see also 'bantam score --help'.",
                ModelSource.DETAILS);
    }

    @Override
    public ExitCode run(CommandLine line, Terminal terminal) throws IOException {
        int limit = Arguments.integer(line, "limit", Integer.MAX_VALUE, 1);
        int maximumTokens = Arguments.integer(line, "max-tokens", DEFAULT_TOKENS, 1);
        int beam = Arguments.integer(line, "beam", 1, 1);
        Path data = Arguments.existing(line.getOptionValue("data"));
        List<LineSample> samples = LineSample.read(data, limit);
        LoadedModel model = ModelSource.load(line);
        // One sample a thread is faster than one sample on all threads.
        int workers = Math.min(Runtime.getRuntime().availableProcessors(), samples.size());
        try (CodeTokenizer tokenizer = model.tokenizer();
                PackedDecoder decoder = model.decoder(1)) {
            int lineEnd = model.lineEnd(tokenizer);
            LineCompletionEvaluator evaluator = new LineCompletionEvaluator(
                    TextCodec.of(tokenizer::encode, tokenizer::decode),
                    new LineCompletionEvaluator.Settings(model.config().positions(), maximumTokens, lineEnd, workers));
            LineCompletionResult result;
            try (Progress progress = Progress.on(terminal)) {
                result = evaluator.evaluate(
                        samples,
                        PackedModel.sharing(decoder, beam),
                        (done, total) -> progress.update(done, total, Double.NaN, Double.NaN, "evaluate"));
            }
            terminal.out()
                    .printf(
                            Locale.ROOT,
                            "EM %.2f, ES %.2f (%d samples of %s, %s, %.1f s)%n",
                            result.exactMatch(),
                            result.editSimilarity(),
                            samples.size(),
                            data.getFileName(),
                            beam == 1 ? "greedy" : "beam width " + beam,
                            result.seconds());
            if (line.hasOption("predictions")) {
                result.write(Path.of(line.getOptionValue("predictions")));
            }
        }
        return ExitCode.OK;
    }
}
