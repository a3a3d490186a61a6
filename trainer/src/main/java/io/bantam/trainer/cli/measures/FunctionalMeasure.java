package io.bantam.trainer.cli.measures;

import io.bantam.trainer.cli.terminal.Arguments;
import io.bantam.trainer.cli.terminal.Terminal;
import io.bantam.trainer.cli.terminal.UsageException;
import io.bantam.trainer.functional.CodeTask;
import io.bantam.trainer.functional.FunctionalEvaluator;
import io.bantam.trainer.functional.FunctionalResult;
import io.bantam.trainer.report.Measure;
import io.bantam.trainer.sandbox.PythonInterpreter;
import io.bantam.trainer.sandbox.Sandbox;
import io.bantam.trainer.sandbox.SandboxLimits;
import io.bantam.trainer.sandbox.SandboxResult.Outcome;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** pass@k on the command line: its options, its sandbox and its line of results. */
public final class FunctionalMeasure {
    public static final String NAME = "pass@k";

    public static final String DETAILS =
            "pass@k runs generated programs, by a Python 3 of this machine, in a sandbox: bubblewrap"
                    + " or Linux namespaces, without network, with bounds on time, memory, processes and files. Where"
                    + " no sandbox can be had, nothing is run.";

    private static final int MEBIBYTE = 1 << 20;

    private FunctionalMeasure() {}

    /** Adds the options that say how programs are run and counted. */
    public static Options addOptions(Options options) {
        return options.addOption(Arguments.option("k", "LIST", "with pass@k: the values of k (1)"))
                .addOption(Arguments.option(
                        "python", "PATH", "with pass@k: the Python 3 that runs programs (BANTAM_PYTHON, python3)"))
                .addOption(Arguments.option("time-limit", "SECONDS", "with pass@k: processor time of one program (10)"))
                .addOption(Arguments.option("memory-limit", "MB", "with pass@k: for one program (1024)"));
    }

    /** Opens the sandbox that the options ask for; the caller closes it. */
    public static Sandbox sandbox(CommandLine line) {
        SandboxLimits standard = SandboxLimits.STANDARD;
        int megabytes = Arguments.integer(line, "memory-limit", (int) (standard.memoryBytes() / MEBIBYTE), 64);
        SandboxLimits limits = standard.withSeconds(Arguments.integer(line, "time-limit", standard.seconds(), 1))
                .withMemoryBytes((long) megabytes * MEBIBYTE);
        return Sandbox.open(PythonInterpreter.find(line.getOptionValue("python", "")), limits);
    }

    /** The values of k, each from 1 to the number of samples. */
    public static List<Integer> ks(CommandLine line, int samples) {
        String text = line.getOptionValue("k", "1");
        List<Integer> ks = new ArrayList<>();
        for (String part : text.split(",")) {
            try {
                ks.add(Integer.parseInt(part.strip()));
            } catch (NumberFormatException e) {
                throw new UsageException("--k must be whole numbers such as 1,5,10, not '" + text + "'.");
            }
        }
        ks.stream().filter(k -> k < 1 || k > samples).findFirst().ifPresent(k -> {
            throw new UsageException("--k " + k + " is not between 1 and the " + samples + " samples of a task.");
        });
        return ks;
    }

    public static FunctionalEvaluator evaluator(Sandbox sandbox, List<CodeTask> tasks) {
        int workers = Math.min(Runtime.getRuntime().availableProcessors(), tasks.size());
        return new FunctionalEvaluator(sandbox, workers);
    }

    /** Writes the line of results. */
    public static void print(
            Terminal terminal, FunctionalResult result, List<Integer> ks, String data, Sandbox sandbox) {
        String figures = ks.stream()
                .map(k -> String.format(Locale.ROOT, "pass@%d %.2f", k, result.percentAtK(k)))
                .collect(Collectors.joining(", "));
        String outcomes = result.outcomes().entrySet().stream()
                .map(entry -> entry.getValue() + " " + words(entry.getKey()))
                .collect(Collectors.joining(", "));
        terminal.out()
                .printf(
                        Locale.ROOT,
                        "%s (%d tasks of %s, %d samples each: %s; Python %s in %s, %.1f s)%n",
                        figures,
                        result.attempts().size(),
                        data,
                        result.samples(),
                        outcomes,
                        sandbox.python().version(),
                        sandbox.isolation(),
                        result.seconds());
    }

    /** The measures for the report, with a value a task. */
    public static List<Measure> measures(
            FunctionalResult result, List<Integer> ks, CodeTask.DataSet dataSet, String about) {
        return ks.stream()
                .map(k -> Measure.ofSamples(
                        "pass@" + k + " % " + dataSet,
                        Arrays.stream(result.passAtK(k))
                                .map(p -> 100 * p)
                                .boxed()
                                .toList(),
                        about))
                .toList();
    }

    private static String words(Outcome outcome) {
        return outcome.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
