package io.bantam.trainer.cli.measures;

import io.bantam.trainer.cli.terminal.Terminal;
import io.bantam.trainer.cli.terminal.UsageException;
import io.bantam.trainer.functional.CodeTask;
import io.bantam.trainer.functional.FunctionalResult;
import io.bantam.trainer.report.Measure;
import io.bantam.trainer.robustness.PairedTests;
import io.bantam.trainer.robustness.Perturbation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What perturbed descriptions do to pass@1, on the command line. */
public final class RobustnessMeasure {
    private static final String ALL = "all";

    private final List<Perturbation> perturbations;
    private final long seed;

    /**
     * @param list names of perturbations, or {@code all}; empty for none
     * @param seed of what is changed
     */
    public RobustnessMeasure(String list, long seed) {
        this.seed = seed;
        this.perturbations =
                list.isEmpty() ? List.of() : list.equals(ALL) ? List.of(Perturbation.values()) : named(list);
    }

    private static List<Perturbation> named(String list) {
        List<Perturbation> found = new ArrayList<>();
        for (String name : list.split(",")) {
            found.add(Arrays.stream(Perturbation.values())
                    .filter(perturbation -> perturbation.label().equals(name.strip()))
                    .findFirst()
                    .orElseThrow(() -> new UsageException("--perturb knows all, "
                            + Arrays.stream(Perturbation.values())
                                    .map(Perturbation::label)
                                    .collect(Collectors.joining(", "))
                            + ", not '" + name + "'.")));
        }
        return found;
    }

    /**
     * Has the perturbed tasks solved, prints a line each, and returns the measures.
     *
     * @param before the result on the tasks as they are
     */
    public List<Measure> run(
            List<CodeTask> tasks,
            FunctionalResult before,
            Function<List<CodeTask>, FunctionalResult> solve,
            Terminal terminal) {
        List<Measure> measures = new ArrayList<>();
        double[] scores = before.passAtK(1);
        for (Perturbation perturbation : perturbations) {
            List<CodeTask> changed = tasks.stream()
                    .map(task -> task.withPrompt(
                            perturbation.apply(task.prompt(), seed ^ task.id().hashCode())))
                    .toList();
            long untouched = IntStream.range(0, tasks.size())
                    .filter(i -> tasks.get(i).equals(changed.get(i)))
                    .count();
            FunctionalResult after = solve.apply(changed);
            double[] changedScores = after.passAtK(1);
            double drop = PairedTests.drop(scores, changedScores);
            double wilcoxon = PairedTests.wilcoxon(scores, changedScores);
            double mcNemar = PairedTests.mcNemar(before.firstPassed(), after.firstPassed());
            terminal.out()
                    .printf(
                            Locale.ROOT,
                            "%s: pass@1 %.2f, drop %.1f %% (Wilcoxon p %.3g, McNemar p %.3g; %s; %d of %d prompts"
                                    + " changed)%n",
                            perturbation.label(),
                            after.percentAtK(1),
                            drop,
                            wilcoxon,
                            mcNemar,
                            perturbation.about(),
                            tasks.size() - untouched,
                            tasks.size());
            measures.add(new Measure(
                    "Drop % " + perturbation.label() + " " + tasks.getFirst().dataSet(),
                    drop,
                    String.format(Locale.ROOT, "p %.2g", before.samples() == 1 ? mcNemar : wilcoxon),
                    List.of(),
                    "pass@1 lost, of what it was, by " + perturbation.about() + " (seed " + seed + "); p of "
                            + (before.samples() == 1 ? "McNemar's test" : "Wilcoxon's test")));
        }
        return measures;
    }
}
