package io.bantam.trainer.cli;

import io.bantam.trainer.cli.commands.Command;
import io.bantam.trainer.cli.commands.Commands;
import java.util.List;

/** Lets tests outside of this package see which commands there are. */
public final class CommandNames {
    private CommandNames() {}

    public static List<String> all() {
        return Commands.all().stream().map(Command::name).toList();
    }
}
