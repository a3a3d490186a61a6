package io.bantam.trainer.cli.commands;

import io.bantam.trainer.cli.terminal.ExitCode;
import io.bantam.trainer.cli.terminal.Terminal;
import io.bantam.trainer.recipe.Recipe;
import java.util.List;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** {@code check}: everything that can be known about a recipe before the work begins. */
final class CheckCommand implements Command {
    @Override
    public String name() {
        return "check";
    }

    @Override
    public String summary() {
        return "check a recipe whole and show every problem with its place, without running it";
    }

    @Override
    public String arguments() {
        return "RECIPE";
    }

    @Override
    public Options options() {
        return new Options().addOption(Recipes.setOption());
    }

    @Override
    public List<String> details() {
        return List.of("Editors check recipes as you type with the schema in recipes/recipe.schema.json.");
    }

    @Override
    public ExitCode run(CommandLine line, Terminal terminal) {
        Recipe recipe = Recipes.load(line, terminal).recipe();
        terminal.out()
                .printf(
                        "recipe '%s' is sound: %d stages, %d variants (%s)%n",
                        recipe.name(),
                        recipe.stages().size(),
                        recipe.variants().size(),
                        String.join(", ", recipe.variants().keySet()));
        return ExitCode.OK;
    }
}
