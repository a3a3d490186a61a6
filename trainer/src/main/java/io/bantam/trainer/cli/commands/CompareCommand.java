package io.bantam.trainer.cli.commands;

import io.bantam.trainer.cli.measures.CostMeasure;
import io.bantam.trainer.cli.terminal.Arguments;
import io.bantam.trainer.cli.terminal.ExitCode;
import io.bantam.trainer.cli.terminal.Terminal;
import io.bantam.trainer.cli.terminal.UsageException;
import io.bantam.trainer.report.Comparison;
import io.bantam.trainer.report.ComparisonTable;
import io.bantam.trainer.report.ReportWriter;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** {@code compare}: the variants of one or several runs in one table. */
final class CompareCommand implements Command {
    @Override
    public String name() {
        return "compare";
    }

    @Override
    public String summary() {
        return "show the variants of one or several finished runs in one table";
    }

    @Override
    public String arguments() {
        return "RUN...";
    }

    @Override
    public Options options() {
        return CostMeasure.addParameters(new Options()
                .addOption(Arguments.option(
                        "out", "DIR", "also write the comparison as Markdown, JSON and HTML into DIR")));
    }

    @Override
    public List<String> details() {
        return List.of("RUN is the folder of a run, such as checkpoints/quickstart.");
    }

    @Override
    public ExitCode run(CommandLine line, Terminal terminal) {
        List<Path> runs = line.getArgList().stream().map(Path::of).toList();
        if (runs.isEmpty()) {
            throw new UsageException("RUN is missing.");
        }
        Comparison comparison = ReportWriter.compare(runs, CostMeasure.parameters(line));
        terminal.out().print(ComparisonTable.of(comparison).terminal());
        if (line.hasOption("out")) {
            Path folder = Path.of(line.getOptionValue("out"));
            ReportWriter.write(comparison, folder, EnumSet.allOf(ReportWriter.Format.class))
                    .forEach(file -> terminal.err().println("wrote " + file));
        }
        return ExitCode.OK;
    }
}
