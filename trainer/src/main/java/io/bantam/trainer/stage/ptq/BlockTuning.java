package io.bantam.trainer.stage.ptq;

import ai.djl.ndarray.NDManager;
import io.bantam.compression.ptq.Tuning;
import io.bantam.trainer.model.DecoderBlock;
import io.bantam.trainer.recipe.Ptq;
import io.bantam.trainer.stage.RunContext;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Fits tensors of one block together, so that it gives from the quantized model's stream what the float block gives from the
 * float model's. The rate falls straight to 0. The error of all batches is measured before, after each quarter of the steps and
 * at the end, and the best state is kept.
 */
final class BlockTuning {
    private static final int MEASUREMENTS = 4;

    private final RunContext context;
    private final Ptq.AqlmSettings settings;
    private final Random random;
    private final DecoderBlock block;
    private final DecoderBlock exact;
    private final Map<String, Tuning> tensors;

    /**
     * @param block gives the gradients; its tensors are set as they change
     * @param exact the same block in float32, which gives the error
     * @param tensors that change, by name
     */
    BlockTuning(
            RunContext context,
            Ptq.AqlmSettings settings,
            long seed,
            DecoderBlock block,
            DecoderBlock exact,
            Map<String, Tuning> tensors) {
        this.context = context;
        this.settings = settings;
        this.random = new Random(seed);
        this.block = block;
        this.exact = exact;
        this.tensors = tensors;
    }

    /**
     * Runs all steps.
     *
     * @param streams before the block, in the quantized model
     * @param wanted after the block, in the float model
     * @return the error that is left of the one before
     */
    double run(StreamFile streams, StreamFile wanted) throws IOException {
        tensors.forEach((name, tuning) -> block.set(name, tuning.values()));
        double first = error(streams, wanted);
        double best = first;
        int steps = settings.steps();
        for (int step = 0; step < steps; step++) {
            step(streams, wanted, settings.learningRate() * (1 - (double) step / steps));
            if ((step + 1) * MEASUREMENTS / steps > step * MEASUREMENTS / steps) {
                double error = error(streams, wanted);
                if (error < best) {
                    best = error;
                    tensors.values().forEach(Tuning::keepAsBest);
                }
            }
        }
        return first == 0 ? 0 : best / first;
    }

    private void step(StreamFile streams, StreamFile wanted, double rate) throws IOException {
        int batch = random.nextInt(streams.batches());
        try (NDManager scope = context.manager().newSubManager()) {
            DecoderBlock.Comparison comparison =
                    block.compare(scope, streams.read(scope, batch), wanted.read(scope, batch));
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

    private double error(StreamFile streams, StreamFile wanted) throws IOException {
        tensors.forEach((name, tuning) -> exact.set(name, tuning.values()));
        return streams.error(context.manager(), exact, wanted);
    }
}
