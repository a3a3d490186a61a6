package io.bantam.trainer.cli.commands;

import io.bantam.trainer.BantamException;
import io.bantam.trainer.cli.terminal.Arguments;
import io.bantam.trainer.cli.terminal.ExitCode;
import io.bantam.trainer.cli.terminal.LauncherName;
import io.bantam.trainer.cli.terminal.Terminal;
import io.bantam.trainer.cli.terminal.UsageException;
import io.bantam.trainer.migrate.DeepSpeedMigration;
import io.bantam.trainer.migrate.Migration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** {@code migrate}: a recipe from a DeepSpeed configuration. */
final class MigrateCommand implements Command {
    private static final String TEACHER = "../checkpoints/pycode-teacher";

    @Override
    public String name() {
        return "migrate";
    }

    @Override
    public String summary() {
        return "write the recipe that does what a DeepSpeed configuration's compression_training block asks for";
    }

    @Override
    public String arguments() {
        return "CONFIG.json";
    }

    @Override
    public Options options() {
        return new Options()
                .addOption(Arguments.option("out", "FILE.yaml", "where to write the recipe (standard output)"))
                .addOption(Arguments.option(
                        "teacher", "DIR", "the teacher's folder, relative to the recipe (" + TEACHER + ")"));
    }

    @Override
    public List<String> details() {
        return List.of("Each setting that means something else here, or nothing, gets a line on standard error and in"
                + " the recipe. Module patterns written for a BERT name the layers of a GPT-2 that do the same work.");
    }

    @Override
    public ExitCode run(CommandLine line, Terminal terminal) throws IOException {
        Path config = Arguments.existing(line, "CONFIG.json");
        String name =
                config.getFileName().toString().replaceFirst("\\.json$", "").replaceAll("[^A-Za-z0-9_-]", "-");
        Migration migration;
        try {
            migration = DeepSpeedMigration.of(Files.readString(config), name, line.getOptionValue("teacher", TEACHER));
        } catch (BantamException refused) {
            throw new BantamException(config + ": " + refused.getMessage());
        }
        migration.notes().forEach(note -> terminal.err().println("note: " + note));
        String out = line.getOptionValue("out");
        if (out == null) {
            terminal.out().print(migration.yaml());
            return ExitCode.OK;
        }
        if (Files.exists(Path.of(out))) {
            throw new UsageException(out + " exists already; name another file.");
        }
        Files.writeString(Path.of(out), migration.yaml());
        terminal.out().println("wrote " + out + "; run it with: " + LauncherName.here() + " run " + out);
        return ExitCode.OK;
    }
}
