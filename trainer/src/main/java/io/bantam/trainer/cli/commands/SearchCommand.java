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
import io.bantam.trainer.cli.terminal.UsageException;
import io.bantam.trainer.recipe.Recipe;
import io.bantam.trainer.report.RunFolder;
import io.bantam.trainer.report.SearchReport;
import io.bantam.trainer.report.SearchResult;
import io.bantam.trainer.stage.RunOrigin;
import io.bantam.trainer.stage.search.SearchRunner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** {@code search}: the best post-training quantization within a budget. */
final class SearchCommand implements Command {

    @Override
    public String name() {
        return "search";
    }

    @Override
    public String summary() {
        return "find the best post-training quantization within a budget";
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
                .addOption(Arguments.flag("resume", "go on with the search in that folder where it was stopped"));
    }

    @Override
    public List<String> details() {
        return List.of(
                "The recipe's section 'search' lists what to combine: models, bits, methods, calibration texts and"
                        + " more, and the budget in bytes, milliseconds a token or loss. All combinations are tried"
                        + " with a little text, the better ones with more.",
                "70-report/ in the run folder gets the Pareto front as search.md, search.json and search.html, and the"
                        + " winner as winner.yaml, which 'bantam run' takes.");
    }

    @Override
    public ExitCode run(CommandLine line, Terminal terminal) throws IOException {
        Recipe recipe = Recipes.load(line, terminal).recipe();
        if (recipe.search().isEmpty()) {
            throw new UsageException(Arguments.one(line, "RECIPE")
                    + ": there is nothing to search in it. Add a section 'search' (recipes/pycode/search.yaml has"
                    + " one), or use 'run'.");
        }
        Path folder = Recipes.runFolder(line, recipe);
        LogFile.addRunFolder(folder);
        long start = System.nanoTime();
        String again =
                LauncherName.here() + " search " + Arguments.one(line, "RECIPE") + " --out " + folder + " --resume";
        SearchResult result;
        try (Progress progress = new LoggedProgress(Progress.on(terminal));
                var interruption = new Interruption(terminal, "interrupted; go on with: " + again)) {
            RunOrigin origin = RunOrigin.ofThisMachine(Version.withCommit());
            result = new SearchRunner(recipe, folder, Recipes.isResumed(line, recipe), origin, progress).run();
        }
        Path report = folder.resolve(RunFolder.REPORT_FOLDER);
        terminal.out().println();
        terminal.out().print(Files.readString(report.resolve(SearchReport.MARKDOWN)));
        terminal.out().println();
        Duration time = Duration.ofNanos(System.nanoTime() - start);
        terminal.out().println("Finished in " + ProgressText.time(time) + ".");
        terminal.out().println("Report:   " + report.resolve(SearchReport.HTML));
        terminal.out()
                .println("Run it:   %s run %s"
                        .formatted(LauncherName.here(), report.resolve(SearchRunner.WINNER_RECIPE)));
        return ExitCode.OK;
    }
}
