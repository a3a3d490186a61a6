package io.bantam.trainer.stage.ptq;

import ai.djl.ndarray.NDManager;
import io.bantam.compression.ptq.AutoRound;
import io.bantam.compression.ptq.SignDescent;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.trainer.model.DecoderBlock;
import io.bantam.trainer.recipe.Ptq;
import io.bantam.trainer.stage.RecipeTraining;
import io.bantam.trainer.stage.RunContext;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * AutoRound of one block: all its linear weights learn their rounding together, so that the block gives from the quantized
 * model's stream what the float block gives from the float model's.
 *
 * <p>The published code keeps the state with the least error of a single batch. Here the error of all batches is measured
 * before, after each quarter of the steps and at the end, and the best of these is kept.
 */
final class BlockRounding {
    private static final int MEASUREMENTS = 4;

    private final RunContext context;
    private final Ptq.AutoRoundSettings settings;
    private final Random random;

    BlockRounding(RunContext context, Ptq ptq) {
        this.context = context;
        this.settings = ptq.autoRound();
        this.random = new Random(ptq.calibration().seed().orElse(0));
    }

    /**
     * Chooses a block's codes.
     *
     * @param streams before the block, in the quantized model
     * @param wanted after the block, in the float model
     * @return the error that is left of the error with nearest values
     */
    double round(QuantizationWork work, int layer, StreamFile streams, StreamFile wanted) throws IOException {
        List<Optional<AutoRound>> roundings = new ArrayList<>();
        try (NDManager scope = context.manager().newSubManager();
                DecoderBlock exact = work.block(layer);
                DecoderBlock block = work.block(layer, RecipeTraining.precision(settings.precision()))) {
            List<String> names = DecoderConfig.linears(layer).stream()
                    .map(linear -> linear + ".weight")
                    .toList();
            for (String name : names) {
                roundings.add(work.quantizer(name).map(quantizer -> rounding(scope, work, name, quantizer)));
            }
            SignDescent descent = new SignDescent(settings.steps());
            double first = error(exact, names, roundings, streams, wanted);
            double best = first;
            for (int step = 0; step < settings.steps(); step++) {
                step(block, names, roundings, streams, wanted, descent.rate(step));
                if ((step + 1) * MEASUREMENTS / settings.steps() > step * MEASUREMENTS / settings.steps()) {
                    double error = error(exact, names, roundings, streams, wanted);
                    if (error < best) {
                        best = error;
                        roundings.forEach(rounding -> rounding.ifPresent(AutoRound::keepAsBest));
                    }
                }
            }
            for (int i = 0; i < names.size(); i++) {
                if (roundings.get(i).isPresent()) {
                    work.choose(names.get(i), roundings.get(i).get().best());
                }
            }
            return first == 0 ? 0 : best / first;
        }
    }

    private static AutoRound rounding(NDManager scope, QuantizationWork work, String name, Quantizer quantizer) {
        var weight = work.matrix(name);
        return new AutoRound(
                scope,
                weight,
                quantizer.bits(),
                quantizer.uniform().orElseThrow().symmetric(),
                quantizer.granularity().groupSize(weight.rows(), weight.columns()));
    }

    private void step(
            DecoderBlock block,
            List<String> names,
            List<Optional<AutoRound>> roundings,
            StreamFile streams,
            StreamFile wanted,
            double rate)
            throws IOException {
        set(block, names, roundings);
        int batch = random.nextInt(streams.batches());
        try (NDManager scope = context.manager().newSubManager()) {
            DecoderBlock.Comparison comparison =
                    block.compare(scope, streams.read(scope, batch), wanted.read(scope, batch));
            for (int i = 0; i < names.size(); i++) {
                if (roundings.get(i).isPresent()) {
                    int at = block.names().indexOf(names.get(i));
                    roundings.get(i).get().step(comparison.gradients().get(at), rate);
                }
            }
        }
    }

    private double error(
            DecoderBlock block,
            List<String> names,
            List<Optional<AutoRound>> roundings,
            StreamFile streams,
            StreamFile wanted)
            throws IOException {
        set(block, names, roundings);
        return streams.error(context.manager(), block, wanted);
    }

    private static void set(DecoderBlock block, List<String> names, List<Optional<AutoRound>> roundings) {
        for (int i = 0; i < names.size(); i++) {
            if (roundings.get(i).isPresent()) {
                block.set(names.get(i), roundings.get(i).get().weight());
            }
        }
    }
}
