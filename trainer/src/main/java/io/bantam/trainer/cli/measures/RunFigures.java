package io.bantam.trainer.cli.measures;

import io.bantam.trainer.cli.models.ModelSource;
import io.bantam.trainer.cli.models.StageModel;
import io.bantam.trainer.report.Measure;
import io.bantam.trainer.report.MeasuresFile;
import io.bantam.trainer.report.ReportWriter;
import io.bantam.trainer.report.RunFolder;
import io.bantam.trainer.report.VariantResult;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.apache.commons.cli.CommandLine;

/**
 * Where the figures of a model go: into a file that is asked for, and into the comparison of the run that it belongs
 * to.
 */
public final class RunFigures {
    private RunFigures() {}

    /** Keeps measures, which become columns of the comparison. */
    public static void keep(CommandLine line, List<Measure> measures) throws IOException {
        if (line.hasOption("out")) {
            new MeasuresFile(MeasuresFile.VERSION, line.getArgList().getFirst(), measures)
                    .write(Path.of(line.getOptionValue("out")));
        }
        change(line, result -> result.with(measures));
    }

    /** Changes what the run says of the model, if it is of one, and writes the run's report again. */
    static void change(CommandLine line, UnaryOperator<VariantResult> change) throws IOException {
        Optional<ModelSource.RunVariant> variant = ModelSource.runVariant(line);
        if (variant.isEmpty()) {
            return;
        }
        Path run = variant.get().folder();
        Path file = RunFolder.resultFile(run, variant.get().name());
        change.apply(VariantResult.read(file)).write(file);
        Set<ReportWriter.Format> formats = EnumSet.noneOf(ReportWriter.Format.class);
        StageModel.recipe(run)
                .report()
                .formats()
                .forEach(format -> formats.add(ReportWriter.Format.valueOf(format.name())));
        ReportWriter.writeRun(run, formats);
    }
}
