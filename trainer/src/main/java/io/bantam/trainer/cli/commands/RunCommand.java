package io.bantam.trainer.cli.commands;

import io.bantam.trainer.Version;
import io.bantam.trainer.cli.terminal.Arguments;
import io.bantam.trainer.cli.terminal.ExitCode;
import io.bantam.trainer.cli.terminal.Interruption;
import io.bantam.trainer.cli.terminal.LauncherName;
import io.bantam.trainer.cli.terminal.LogFile;
import io.bantam.trainer.cli.terminal.LoggedProgress;
import io.bantam.trainer.cli.terminal.Progress;
import io.bantam.trainer.cli.terminal.ProgressText;
import io.bantam.trainer.cli.terminal.Terminal;
import io.bantam.trainer.recipe.Recipe;
import io.bantam.trainer.report.Comparison;
import io.bantam.trainer.report.ComparisonTable;
import io.bantam.trainer.report.ReportWriter;
import io.bantam.trainer.report.RunFolder;
import io.bantam.trainer.stage.RunOrigin;
import io.bantam.trainer.stage.session.RecipeRunner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** {@code run}: a whole recipe, from data to the comparison. */
final class RunCommand implements Command {
    private static final String PROMPT = "def __init__(self, name): self.name =";

    @Override
    public String name() {
        return "run";
    }

    @Override
    public String summary() {
        return "run a recipe: train, compress, export, evaluate and compare its variants";
    }

    @Override
    public String arguments() {
        return "RECIPE";
    }

    @Override
    public Options options() {
        return new Options()
                .addOption(Recipes.setOption())
                .addOption(Arguments.option("out", "DIR", "the run folder (checkpoints/ and the recipe's name)"))
                .addOption(Arguments.flag("resume", "go on with the run in that folder where it was stopped"));
    }

    @Override
    public List<String> details() {
        return List.of(
                "The recipe is checked whole before the first step; see also 'bantam check --help'. A run that was"
                        + " stopped, even by a power cut, goes on with --resume and ends with the same weights.",
                "The run folder gets the resolved recipe, one folder a stage, the packed models, their scores, the"
                        + " report and bantam.log.");
    }

    @Override
    public ExitCode run(CommandLine line, Terminal terminal) throws IOException {
        Recipe recipe = Recipes.load(line, terminal).recipe();
        Path folder = Recipes.runFolder(line, recipe);
        LogFile.addRunFolder(folder);
        long start = System.nanoTime();
        String again = LauncherName.here() + " run " + Arguments.one(line, "RECIPE") + " --out " + folder + " --resume";
        Comparison comparison;
        try (Progress progress = new LoggedProgress(Progress.on(terminal));
                var interruption = new Interruption(terminal, "interrupted; go on with: " + again)) {
            RunOrigin origin = RunOrigin.ofThisMachine(Version.withCommit());
            comparison = new RecipeRunner(recipe, folder, Recipes.isResumed(line, recipe), origin, progress).run();
        }
        terminal.out().println();
        terminal.out().print(ComparisonTable.of(comparison).terminal());
        terminal.out().println();
        Duration time = Duration.ofNanos(System.nanoTime() - start);
        terminal.out().println("Finished in " + ProgressText.time(time) + ".");
        Path page = folder.resolve(RunFolder.REPORT_FOLDER).resolve(ReportWriter.Format.HTML.fileName());
        if (Files.exists(page)) {
            terminal.out().println("Report:   " + page);
        }
        Path smallest = smallest(comparison, folder);
        terminal.out()
                .println("Try it:   %s complete %s --prompt '%s'".formatted(LauncherName.here(), smallest, PROMPT));
        return ExitCode.OK;
    }

    private static Path smallest(Comparison comparison, Path folder) {
        String name = comparison.entries().stream()
                .map(Comparison.Entry::result)
                .min(Comparator.comparingLong(result -> result.model().packedBytes()))
                .orElseThrow()
                .name();
        return RunFolder.packedFile(folder, name);
    }
}
