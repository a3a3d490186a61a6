package io.bantam.trainer.cli.commands;

import ai.djl.util.Utils;
import io.bantam.trainer.Version;
import io.bantam.trainer.cli.commands.Finding.Health;
import io.bantam.trainer.cli.terminal.Arguments;
import io.bantam.trainer.cli.terminal.ExitCode;
import io.bantam.trainer.cli.terminal.Terminal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.cli.CommandLine;

/** {@code doctor}: what Bantam needs of the machine, what it finds, and what to do where the two differ. */
final class DoctorCommand implements Command {
    @Override
    public String name() {
        return "doctor";
    }

    @Override
    public String summary() {
        return "check Java, the engine, device, memory and disk, and say what is wrong with them";
    }

    @Override
    public String arguments() {
        return "";
    }

    @Override
    public ExitCode run(CommandLine line, Terminal terminal) {
        Arguments.none(line);
        List<Finding> findings = new ArrayList<>();
        findings.add(Finding.good("Bantam", Version.text()));
        findings.addAll(SoftwareChecks.all());
        findings.addAll(MachineChecks.all(Path.of("checkpoints"), Utils.getEngineCacheDir("pytorch")));
        int width = findings.stream()
                .mapToInt(finding -> finding.subject().length())
                .max()
                .orElse(0);
        for (Finding finding : findings) {
            terminal.out()
                    .printf(
                            "%-7s  %-" + width + "s  %s%n",
                            finding.health().word(),
                            finding.subject(),
                            finding.state());
            finding.advice().ifPresent(advice -> terminal.out().println(" ".repeat(width + 11) + "-> " + advice));
        }
        boolean broken = findings.stream().anyMatch(finding -> finding.health() == Health.BAD);
        terminal.out().println(broken ? "Something that Bantam needs does not work." : "Bantam can run here.");
        return broken ? ExitCode.FAILED : ExitCode.OK;
    }
}
