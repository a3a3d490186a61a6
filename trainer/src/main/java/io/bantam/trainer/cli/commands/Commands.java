package io.bantam.trainer.cli.commands;

import java.util.List;

/** The table of all commands, in the order in which the help shows them. */
public final class Commands {
    private Commands() {}

    public static List<Command> all() {
        return List.of(
                new RunCommand(),
                new SearchCommand(),
                new CheckCommand(),
                new MigrateCommand(),
                new EvaluateCommand(),
                new ScoreCommand(),
                new CompleteCommand(),
                new ServeCommand(),
                new ExportCommand(),
                new PullCommand(),
                new InspectCommand(),
                new CompareCommand(),
                new DoctorCommand(),
                new BenchCommand());
    }
}
