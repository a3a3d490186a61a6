package io.bantam.trainer.ptq;

import ai.djl.ndarray.NDManager;
import io.bantam.compression.ptq.Tuning;
import io.bantam.trainer.model.DecoderBlock;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Fits tensors of one block together, so that it gives from the quantized model's stream what the float block gives
 * from the float model's. The rate falls straight to 0. The error of all batches is measured before, after each quarter
 * of the steps and at the end, and the best state is kept.
 */
final class BlockTuning {
    private static final int MEASUREMENTS = 4;

    private final Aqlm settings;
    private final BlockWork work;
    private final Random random;
    private final DecoderBlock block;
    private final DecoderBlock exact;
    private final Map<String, Tuning> tensors;

    /**
     * @param block gives the gradients; its tensors are set as they change
     * @param exact the same block in float32, which gives the error
     * @param tensors that change, by name
     */
    BlockTuning(Aqlm settings, BlockWork work, DecoderBlock block, DecoderBlock exact, Map<String, Tuning> tensors) {
        this.settings = settings;
        this.work = work;
        this.random = new Random(work.seed());
        this.block = block;
        this.exact = exact;
        this.tensors = tensors;
    }

    /** Runs all steps; returns the error that is left of the one before. */
    double run() throws IOException {
        tensors.forEach((name, tuning) -> block.set(name, tuning.values()));
        double first = error();
        double best = first;
        int steps = settings.steps();
        for (int step = 0; step < steps; step++) {
            step(settings.learningRate() * (1 - (double) step / steps));
            if ((step + 1) * MEASUREMENTS / steps > step * MEASUREMENTS / steps) {
                double error = error();
                if (error < best) {
                    best = error;
                    tensors.values().forEach(Tuning::keepAsBest);
                }
            }
        }
        return first == 0 ? 0 : best / first;
    }

    private void step(double rate) throws IOException {
        int batch = random.nextInt(work.streams().batches());
        try (NDManager scope = work.manager().newSubManager()) {
            DecoderBlock.Comparison comparison = block.compare(
                    scope, work.streams().read(scope, batch), work.wanted().read(scope, batch));
            List<String> names = block.names();
            for (int i = 0; i < names.size(); i++) {
                Tuning tuning = tensors.get(names.get(i));
                if (tuning != null) {
                    tuning.step(comparison.gradients().get(i).toFloatArray(), rate);
                    block.set(names.get(i), tuning.values());
                }
            }
        }
    }

    private double error() throws IOException {
        tensors.forEach((name, tuning) -> exact.set(name, tuning.values()));
        return work.streams().error(work.manager(), exact, work.wanted());
    }
}
