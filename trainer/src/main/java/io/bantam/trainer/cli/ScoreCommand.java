package io.bantam.trainer.cli;

import io.bantam.trainer.evaluation.LineScore;
import io.bantam.trainer.evaluation.Scorer;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** {@code score}: what CodeXGLUE's line completion evaluator does, on predictions made anywhere. */
final class ScoreCommand implements Command {
    @Override
    public String name() {
        return "score";
    }

    @Override
    public String summary() {
        return "score predictions against answers: exact match and edit similarity";
    }

    @Override
    public String arguments() {
        return "";
    }

    @Override
    public Options options() {
        return new Options()
                .addOption(Arguments.required("answers", "FILE.jsonl", "JSON lines whose field 'gt' is the true line"))
                .addOption(Arguments.required("predictions", "FILE.txt", "one prediction a line, in the same order"));
    }

    @Override
    public List<String> details() {
        return List.of("EM is the share of predictions that equal the answer word by word; ES is the mean of"
                + " 100 * 2 * LCS / (length of both), rounded per sample. Both are CodeXGLUE's measures for line"
                + " completion, with literals normalised as it does.");
    }

    @Override
    public ExitCode run(CommandLine line, Terminal terminal) {
        Arguments.none(line);
        Path answers = Path.of(line.getOptionValue("answers"));
        Path predictions = Path.of(line.getOptionValue("predictions"));
        LineScore score = Scorer.score(answers, predictions);
        terminal.out().println(score.summary() + " (" + score.samples().size() + " samples)");
        return ExitCode.OK;
    }
}
