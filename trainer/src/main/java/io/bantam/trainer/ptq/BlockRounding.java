package io.bantam.trainer.ptq;

import ai.djl.ndarray.NDManager;
import io.bantam.compression.ptq.AutoRound;
import io.bantam.compression.ptq.SignDescent;
import io.bantam.compression.quantizer.FloatMatrix;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.trainer.engine.Precision;
import io.bantam.trainer.model.DecoderBlock;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * AutoRound of one block: all its linear weights learn their rounding together, so that the block gives from the
 * quantized model's stream what the float block gives from the float model's.
 *
 * <p>The published code keeps the state with the least error of a single batch. Here the error of all batches is
 * measured before, after each quarter of the steps and at the end, and the best of these is kept.
 */
final class BlockRounding {
    private static final int MEASUREMENTS = 4;

    private final io.bantam.trainer.ptq.AutoRound settings;
    private final BlockWork work;
    private final Random random;
    private final Map<String, AutoRound> roundings = new LinkedHashMap<>();

    BlockRounding(io.bantam.trainer.ptq.AutoRound settings, BlockWork work) {
        this.settings = settings;
        this.work = work;
        this.random = new Random(work.seed());
    }

    /** Chooses the block's codes; returns the error that is left of the error with nearest values. */
    double run() throws IOException {
        try (NDManager scope = work.manager().newSubManager();
                DecoderBlock exact = work.block(Precision.FLOAT32);
                DecoderBlock block =
                        work.block(Precision.valueOf(settings.precision().name()))) {
            for (String linear : DecoderConfig.linears(work.layer())) {
                String name = linear + ".weight";
                Optional<Quantizer> quantizer = work.quantizer(name);
                quantizer.ifPresent(q -> roundings.put(name, rounding(scope, work.matrix(name), q)));
            }
            SignDescent descent = new SignDescent(settings.steps());
            double first = error(exact);
            double best = first;
            for (int step = 0; step < settings.steps(); step++) {
                step(block, descent.rate(step));
                if ((step + 1) * MEASUREMENTS / settings.steps() > step * MEASUREMENTS / settings.steps()) {
                    double error = error(exact);
                    if (error < best) {
                        best = error;
                        roundings.values().forEach(AutoRound::keepAsBest);
                    }
                }
            }
            roundings.forEach((name, rounding) -> work.choose(name, rounding.best()));
            return first == 0 ? 0 : best / first;
        }
    }

    private static AutoRound rounding(NDManager scope, FloatMatrix weight, Quantizer quantizer) {
        return new AutoRound(
                scope,
                weight,
                quantizer.bits(),
                quantizer.uniform().orElseThrow().symmetric(),
                quantizer.granularity().groupSize(weight.rows(), weight.columns()));
    }

    private void step(DecoderBlock block, double rate) throws IOException {
        set(block);
        int batch = random.nextInt(work.streams().batches());
        try (NDManager scope = work.manager().newSubManager()) {
            DecoderBlock.Comparison comparison = block.compare(
                    scope, work.streams().read(scope, batch), work.wanted().read(scope, batch));
            for (Map.Entry<String, AutoRound> entry : roundings.entrySet()) {
                int at = block.names().indexOf(entry.getKey());
                entry.getValue().step(comparison.gradients().get(at), rate);
            }
        }
    }

    private double error(DecoderBlock block) throws IOException {
        set(block);
        return work.streams().error(work.manager(), block, work.wanted());
    }

    private void set(DecoderBlock block) {
        roundings.forEach((name, rounding) -> block.set(name, rounding.weight()));
    }
}
