package io.bantam.trainer.cli.commands;

import io.bantam.trainer.cli.measures.BleuMeasure;
import io.bantam.trainer.cli.measures.CostMeasure;
import io.bantam.trainer.cli.measures.FunctionalMeasure;
import io.bantam.trainer.cli.measures.LineMeasure;
import io.bantam.trainer.cli.measures.RobustnessMeasure;
import io.bantam.trainer.cli.measures.RunFigures;
import io.bantam.trainer.cli.models.CodeWriters;
import io.bantam.trainer.cli.models.LoadedModel;
import io.bantam.trainer.cli.models.ModelSource;
import io.bantam.trainer.cli.terminal.Arguments;
import io.bantam.trainer.cli.terminal.ExitCode;
import io.bantam.trainer.cli.terminal.Progress;
import io.bantam.trainer.cli.terminal.Terminal;
import io.bantam.trainer.cli.terminal.UsageException;
import io.bantam.trainer.functional.CodeTask;
import io.bantam.trainer.functional.FunctionalEvaluator.Drawing;
import io.bantam.trainer.functional.FunctionalResult;
import io.bantam.trainer.report.Measure;
import io.bantam.trainer.sandbox.Sandbox;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** {@code evaluate}: what a model is worth, on its packed form: line completion by CodeXGLUE's protocol, or pass@k. */
final class EvaluateCommand implements Command {
    private static final int DEFAULT_TOKENS = 100;
    private static final int DEFAULT_SOLUTION_TOKENS = 512;
    private static final int DEFAULT_SEED = 42;

    @Override
    public String name() {
        return "evaluate";
    }

    @Override
    public String summary() {
        return "score a model: exact match and edit similarity of lines, pass@k of programs, BLEU of answers";
    }

    @Override
    public String arguments() {
        return "MODEL";
    }

    @Override
    public Options options() {
        Options options = new Options()
                .addOption(Arguments.option(
                        "data",
                        "FILE.jsonl",
                        "JSON lines with id, input and gt, as CodeXGLUE has them; with pass@k: HumanEval's or MBPP's;"
                                + " with bleu: texts and answers"))
                .addOption(Arguments.option("measure", "NAME", "line (EM and ES), loss, pass@k, bleu or cost (line)"))
                .addOption(Arguments.option("limit", "N", "only the first N samples or tasks"))
                .addOption(Arguments.option(
                        "max-tokens",
                        "N",
                        "end a completion after N tokens (" + DEFAULT_TOKENS + "; pass@k " + DEFAULT_SOLUTION_TOKENS
                                + ")"))
                .addOption(Arguments.option("beam", "N", "beam search of width N instead of greedy search (1)"))
                .addOption(Arguments.option("predictions", "FILE.jsonl", "write every completion with its scores"))
                .addOption(Arguments.option("samples", "N", "with pass@k: solutions a task (1)"))
                .addOption(Arguments.option("temperature", "T", "with pass@k: 0 is greedy (0; 0.8 for many samples)"))
                .addOption(Arguments.option("top-p", "P", "with pass@k: draw among the tokens that reach P (0.95)"))
                .addOption(Arguments.option("seed", "N", "with pass@k: the same seed draws the same programs (42)"))
                .addOption(Arguments.option(
                        "perturb", "LIST", "with pass@k: also in other words: letters, synonyms, paraphrase, or all"))
                .addOption(Arguments.option("out", "FILE.json", "write the figures, sample by sample"));
        options.addOption(Arguments.option("watts", "W", "with cost: power where it cannot be measured (10 a thread)"));
        return ModelSource.addOptions(
                CostMeasure.addParameters(BleuMeasure.addOptions(FunctionalMeasure.addOptions(options))));
    }

    @Override
    public List<String> details() {
        return List.of(
                "The model sees the end of each input, writes to the end of the line, and is scored as CodeXGLUE does."
                        + " Input and gt are in the form that the model reads: PY150's, or code as it stands;"
                        + " see also 'bantam score --help'.",
                FunctionalMeasure.DETAILS,
                "cost runs a packed file (a Hugging Face folder is packed for it) in a process of its own: latency of"
                        + " the context and of each token, peak memory, and energy, by the processor's counters or"
                        + " else as declared power times time.",
                "bleu is for models that answer a text with another, such as CodeT5: smoothed BLEU-4 of JSON lines"
                        + " with a text and its answer; fields and lengths are those of the run's recipe unless they"
                        + " are said.",
                "loss is the mean negative log-likelihood a token of the same inputs, beside the share of tokens said"
                        + " right.",
                "If MODEL is a run, or a stage or packed file of one, the figures become columns of its comparison.",
                ModelSource.DETAILS);
    }

    @Override
    public ExitCode run(CommandLine line, Terminal terminal) throws IOException {
        String measure = line.getOptionValue("measure", LineMeasure.NAME);
        switch (measure) {
            case LineMeasure.NAME -> LineMeasure.run(line, data(line), terminal);
            case LineMeasure.LOSS -> LineMeasure.loss(line, data(line), terminal);
            case FunctionalMeasure.NAME -> programs(line, terminal);
            case BleuMeasure.NAME -> BleuMeasure.run(line, data(line), terminal);
            case CostMeasure.NAME -> CostMeasure.run(line, terminal);
            default ->
                throw new UsageException("--measure must be line, loss, pass@k, bleu or cost, not '" + measure + "'.");
        }
        return ExitCode.OK;
    }

    private static Path data(CommandLine line) {
        String data = line.getOptionValue("data");
        if (data == null) {
            throw new UsageException("'evaluate' needs --data FILE.jsonl.");
        }
        return Arguments.existing(data);
    }

    private static void programs(CommandLine line, Terminal terminal) throws IOException {
        int limit = Arguments.integer(line, "limit", Integer.MAX_VALUE, 1);
        int samples = Arguments.integer(line, "samples", 1, 1);
        List<Integer> ks = FunctionalMeasure.ks(line, samples);
        Drawing drawing = new Drawing(
                samples,
                Arguments.number(line, "temperature", samples == 1 ? 0 : 0.8f),
                Arguments.number(line, "top-p", 0.95f),
                Arguments.integer(line, "seed", DEFAULT_SEED, 0),
                Arguments.integer(line, "max-tokens", DEFAULT_SOLUTION_TOKENS, 1));
        RobustnessMeasure robustness = new RobustnessMeasure(line.getOptionValue("perturb", ""), drawing.seed());
        Path data = data(line);
        List<CodeTask> tasks = CodeTask.read(data, limit);
        LoadedModel model = ModelSource.load(line);
        try (Sandbox sandbox = FunctionalMeasure.sandbox(line);
                CodeWriters writers = model.codeWriters()) {
            Function<List<CodeTask>, FunctionalResult> solve = asked -> {
                try (Progress progress = Progress.on(terminal)) {
                    return FunctionalMeasure.evaluator(sandbox, asked)
                            .evaluate(
                                    asked,
                                    drawing,
                                    writers.supplier(),
                                    (done, total) -> progress.counted(done, total, "evaluate"));
                }
            };
            FunctionalResult result = solve.apply(tasks);
            FunctionalMeasure.print(terminal, result, ks, data.getFileName().toString(), sandbox);
            if (line.hasOption("predictions")) {
                result.write(Path.of(line.getOptionValue("predictions")));
            }
            String about = "%d tasks of %s, %d samples each, %s, at most %d tokens; the model reads %s"
                    .formatted(
                            tasks.size(),
                            data.getFileName(),
                            samples,
                            drawing.temperature() == 0
                                    ? "greedy"
                                    : "temperature " + drawing.temperature() + ", top-p " + drawing.topP() + ", seed "
                                            + drawing.seed(),
                            drawing.maximumTokens(),
                            writers.form());
            List<Measure> measures = new ArrayList<>(
                    FunctionalMeasure.measures(result, ks, tasks.getFirst().dataSet(), about));
            measures.addAll(robustness.run(tasks, result, solve, terminal));
            RunFigures.keep(line, measures);
        }
    }
}
