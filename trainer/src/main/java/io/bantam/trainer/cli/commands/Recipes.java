package io.bantam.trainer.cli.commands;

import io.bantam.trainer.cli.terminal.Arguments;
import io.bantam.trainer.cli.terminal.Terminal;
import io.bantam.trainer.recipe.LoadedRecipe;
import io.bantam.trainer.recipe.Recipe;
import io.bantam.trainer.recipe.RecipeLoader;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Option;

/** Loads the recipe that a command was given, with its {@code --set} options. */
final class Recipes {
    private static final String SET = "set";

    private Recipes() {}

    /** {@code --set PATH=VALUE}, which may be given several times. */
    static Option setOption() {
        return Arguments.option(
                SET,
                "PATH=VALUE",
                "use another value than the recipe's, e.g. stages.recover.training.steps=100; may be given several"
                        + " times");
    }

    /** Loads the single argument and shows what is doubtful in it. */
    static LoadedRecipe load(CommandLine line, Terminal terminal) {
        Path file = Path.of(Arguments.one(line, "RECIPE"));
        String[] given = line.getOptionValues(SET);
        LoadedRecipe loaded = new RecipeLoader()
                .withOverrides(given == null ? List.of() : List.of(given))
                .load(file);
        loaded.warnings().forEach(warning -> terminal.err().println("warning: " + warning));
        return loaded;
    }

    /** Whether a run is taken up: {@code --resume}, or the recipe's key {@code resume}. */
    static boolean isResumed(CommandLine line, Recipe recipe) {
        return line.hasOption("resume") || recipe.resume();
    }

    /** Where a recipe is run: {@code --out}, or a folder of its name in {@code checkpoints}. */
    static Path runFolder(CommandLine line, Recipe recipe) {
        return line.hasOption("out") ? Path.of(line.getOptionValue("out")) : standardFolder(recipe);
    }

    /** Returns a folder in the project, whatever the working folder; relative to the latter where it is inside. */
    private static Path standardFolder(Recipe recipe) {
        Path project = Path.of(System.getProperty("bantam.home", "")).toAbsolutePath();
        Path folder = project.resolve("checkpoints").resolve(recipe.name());
        Path here = Path.of("").toAbsolutePath();
        return folder.startsWith(here) ? here.relativize(folder) : folder;
    }
}
