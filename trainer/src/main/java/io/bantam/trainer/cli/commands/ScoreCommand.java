package io.bantam.trainer.cli.commands;

import io.bantam.trainer.cli.measures.FunctionalMeasure;
import io.bantam.trainer.cli.terminal.Arguments;
import io.bantam.trainer.cli.terminal.ExitCode;
import io.bantam.trainer.cli.terminal.Progress;
import io.bantam.trainer.cli.terminal.Terminal;
import io.bantam.trainer.cli.terminal.UsageException;
import io.bantam.trainer.evaluation.LineScore;
import io.bantam.trainer.evaluation.Scorer;
import io.bantam.trainer.functional.CodeTask;
import io.bantam.trainer.functional.FunctionalEvaluator;
import io.bantam.trainer.functional.FunctionalResult;
import io.bantam.trainer.sandbox.Sandbox;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** {@code score}: what CodeXGLUE's and OpenAI's evaluators do, on predictions made anywhere. */
final class ScoreCommand implements Command {
    @Override
    public String name() {
        return "score";
    }

    @Override
    public String summary() {
        return "score predictions against answers: exact match and edit similarity, BLEU, or pass@k";
    }

    @Override
    public String arguments() {
        return "";
    }

    @Override
    public Options options() {
        return FunctionalMeasure.addOptions(new Options()
                .addOption(Arguments.required(
                        "answers",
                        "FILE.jsonl",
                        "JSON lines: field 'gt' is the true line, 'reference' the true text; with pass@k the file of"
                                + " HumanEval or MBPP"))
                .addOption(Arguments.option(
                        "predictions",
                        "FILE",
                        "one prediction a line, in the same order; with pass@k JSON lines with task_id and"
                                + " completion, or nothing for the reference solutions"))
                .addOption(Arguments.option("limit", "N", "with pass@k: only the first N tasks"))
                .addOption(Arguments.option("details", "FILE.jsonl", "with pass@k: write what became of each program"))
                .addOption(Arguments.option("measure", "NAME", "line (EM and ES), bleu or pass@k (line)")));
    }

    @Override
    public List<String> details() {
        return List.of(
                "EM is the share of predictions that equal the answer word by word; ES is the mean of"
                        + " 100 * 2 * LCS / (length of both), rounded per sample. Both are CodeXGLUE's measures for"
                        + " line completion, with literals normalised as it does. BLEU is its smoothed BLEU-4 for code"
                        + " summaries, the mean over samples, 0 to 100.",
                FunctionalMeasure.DETAILS);
    }

    @Override
    public ExitCode run(CommandLine line, Terminal terminal) throws IOException {
        Arguments.none(line);
        Path answers = Path.of(line.getOptionValue("answers"));
        String measure = line.getOptionValue("measure", "line");
        switch (measure) {
            case "line" -> {
                LineScore score = Scorer.score(answers, predictions(line));
                terminal.out().println(score.summary() + " (" + score.samples().size() + " samples)");
            }
            case "bleu" -> {
                double[] scores = Scorer.bleu(answers, predictions(line));
                double mean = Arrays.stream(scores).average().orElseThrow();
                terminal.out().printf(Locale.ROOT, "BLEU: %.2f (%d samples)%n", mean, scores.length);
            }
            case FunctionalMeasure.NAME -> programs(line, terminal, answers);
            default -> throw new UsageException("--measure must be line, bleu or pass@k, not '" + measure + "'.");
        }
        return ExitCode.OK;
    }

    private static void programs(CommandLine line, Terminal terminal, Path data) throws IOException {
        List<CodeTask> tasks = CodeTask.read(data, Arguments.integer(line, "limit", Integer.MAX_VALUE, 1));
        Map<String, List<String>> solutions = line.hasOption("predictions")
                ? FunctionalEvaluator.readSolutions(predictions(line), tasks)
                : FunctionalEvaluator.references(tasks);
        List<Integer> ks =
                FunctionalMeasure.ks(line, solutions.get(tasks.getFirst().id()).size());
        try (Sandbox sandbox = FunctionalMeasure.sandbox(line)) {
            FunctionalResult result;
            try (Progress progress = Progress.on(terminal)) {
                result = FunctionalMeasure.evaluator(sandbox, tasks)
                        .run(tasks, solutions, (done, total) -> progress.counted(done, total, "score"));
            }
            FunctionalMeasure.print(terminal, result, ks, data.getFileName().toString(), sandbox);
            if (line.hasOption("details")) {
                result.write(Path.of(line.getOptionValue("details")));
            }
        }
    }

    private static Path predictions(CommandLine line) {
        String predictions = line.getOptionValue("predictions");
        if (predictions == null) {
            throw new UsageException("'score' needs --predictions FILE.");
        }
        return Path.of(predictions);
    }
}
