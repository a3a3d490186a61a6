package io.bantam.trainer.cli;

import io.bantam.trainer.evaluation.LineScore;
import io.bantam.trainer.evaluation.Scorer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** {@code score}: what CodeXGLUE's evaluators do, on predictions made anywhere. */
final class ScoreCommand implements Command {
    @Override
    public String name() {
        return "score";
    }

    @Override
    public String summary() {
        return "score predictions against answers: exact match and edit similarity, or BLEU";
    }

    @Override
    public String arguments() {
        return "";
    }

    @Override
    public Options options() {
        return new Options()
                .addOption(Arguments.required(
                        "answers", "FILE.jsonl", "JSON lines: field 'gt' is the true line, 'reference' the true text"))
                .addOption(Arguments.required("predictions", "FILE.txt", "one prediction a line, in the same order"))
                .addOption(Arguments.option("measure", "NAME", "line (EM and ES) or bleu (line)"));
    }

    @Override
    public List<String> details() {
        return List.of("EM is the share of predictions that equal the answer word by word; ES is the mean of"
                + " 100 * 2 * LCS / (length of both), rounded per sample. Both are CodeXGLUE's measures for line"
                + " completion, with literals normalised as it does. BLEU is its smoothed BLEU-4 for code summaries, the"
                + " mean over samples, 0 to 100.");
    }

    @Override
    public ExitCode run(CommandLine line, Terminal terminal) {
        Arguments.none(line);
        Path answers = Path.of(line.getOptionValue("answers"));
        Path predictions = Path.of(line.getOptionValue("predictions"));
        String measure = line.getOptionValue("measure", "line");
        switch (measure) {
            case "line" -> {
                LineScore score = Scorer.score(answers, predictions);
                terminal.out().println(score.summary() + " (" + score.samples().size() + " samples)");
            }
            case "bleu" -> {
                double[] scores = Scorer.bleu(answers, predictions);
                double mean = Arrays.stream(scores).average().orElseThrow();
                terminal.out().printf(Locale.ROOT, "BLEU: %.2f (%d samples)%n", mean, scores.length);
            }
            default -> throw new UsageException("--measure must be line or bleu, not '" + measure + "'.");
        }
        return ExitCode.OK;
    }
}
