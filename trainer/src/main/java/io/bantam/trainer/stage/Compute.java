package io.bantam.trainer.stage;

import ai.djl.ndarray.NDManager;
import io.bantam.compression.ptq.InputStatistics;
import io.bantam.trainer.engine.DataParallel;
import io.bantam.trainer.engine.Operations;

/**
 * What a run computes with, on one device.
 *
 * @param operations the operation library
 * @param parallel who computes the steps of a training
 * @param manager owner of all native memory of the run
 */
public record Compute(Operations operations, DataParallel parallel, NDManager manager) {
    /**
     * Returns statistics of a linear layer's inputs, by the operation library's products; the caller closes them.
     *
     * @param parent owner of their memory
     * @param eachFeature whether means, magnitudes and largest values of each feature are wanted beside the products
     */
    public InputStatistics inputStatistics(NDManager parent, int features, boolean eachFeature) {
        return new InputStatistics(parent, features, operations::addMoments, eachFeature);
    }
}
