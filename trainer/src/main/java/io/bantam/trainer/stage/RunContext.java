package io.bantam.trainer.stage;

import ai.djl.ndarray.NDManager;
import io.bantam.compression.ptq.InputStatistics;
import io.bantam.trainer.engine.DataParallel;
import io.bantam.trainer.engine.Operations;
import io.bantam.trainer.evaluation.EnergyProbe;
import io.bantam.trainer.recipe.Recipe;
import io.bantam.trainer.report.RunFolder;
import io.bantam.trainer.tokenizer.CodeTokenizer;
import io.bantam.trainer.train.ProgressListener;
import java.nio.file.Path;

/**
 * What every stage of a run shares.
 *
 * @param recipe the resolved recipe
 * @param folder the run folder
 * @param resume whether finished stages are skipped and unfinished ones taken up
 * @param operations the operation library
 * @param parallel who computes the steps of a training
 * @param manager owner of all native memory of the run
 * @param data token sequences and samples
 * @param tokenizer the teacher's
 * @param energy measures or estimates
 * @param origin machine and program, as results name them
 * @param progress hears how far the work is
 */
public record RunContext(
        Recipe recipe,
        Path folder,
        boolean resume,
        Operations operations,
        DataParallel parallel,
        NDManager manager,
        RunData data,
        CodeTokenizer tokenizer,
        EnergyProbe energy,
        RunOrigin origin,
        ProgressListener progress) {
    /**
     * Statistics of a linear layer's inputs, by the operation library's products.
     *
     * @param eachFeature whether means, magnitudes and largest values of each feature are wanted beside the products
     */
    public InputStatistics inputStatistics(NDManager parent, int features, boolean eachFeature) {
        return new InputStatistics(parent, features, operations::addMoments, eachFeature);
    }

    /** The packed file of a variant. */
    public Path packedFile(String variant) {
        return RunFolder.packedFile(folder, variant);
    }
}
