package io.bantam.trainer.stage;

import io.bantam.trainer.report.RunFolder;
import java.nio.file.Path;

/**
 * Where a run keeps its files.
 *
 * @param folder the run folder
 * @param resume whether finished stages in it are skipped and unfinished ones taken up
 */
public record RunHome(Path folder, boolean resume) {
    /** Returns the folder of a stage, by its name in the run folder. */
    public Path of(String stage) {
        return folder.resolve(stage);
    }

    /** Returns the packed file of a variant. */
    public Path packedFile(String variant) {
        return RunFolder.packedFile(folder, variant);
    }
}
