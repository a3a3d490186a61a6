package io.bantam.trainer.distill;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.bantam.trainer.model.FakeQuantization;
import java.util.List;

/** Losses and gradients of a student over one optimizer step's micro-batches. */
public interface TrainingStep {
    /**
     * Runs the micro-batches.
     *
     * @param scope owner of the gradients
     * @param microBatches each {@code batch} rows of ids of equal length
     * @param batch rows a micro-batch
     */
    Result run(NDManager scope, List<int[]> microBatches, int batch, FakeQuantization quantization);

    /** Whether blocks are run again for the backward pass. */
    boolean checkpointing();

    /**
     * What a step computes.
     *
     * @param gradients in the order of the student's arrays, mean over micro-batches, owned by the step's scope
     */
    record Result(StepLosses losses, List<NDArray> gradients) {}
}
