package io.bantam.trainer.report;

import java.nio.file.Path;
import java.util.List;

/**
 * Measures of one model in a file of their own, for a model that is no variant of a run.
 *
 * @param version of this format, 1
 * @param model what was measured, as the user named it
 * @param measures in order
 */
public record MeasuresFile(int version, String model, List<Measure> measures) {
    public static final int VERSION = 1;

    public MeasuresFile {
        Checks.version(version, VERSION);
        Checks.present("model", model);
        measures = measures == null ? List.of() : List.copyOf(measures);
    }

    /** Writes the JSON file. */
    public void write(Path file) {
        ReportJson.write(file, this);
    }
}
