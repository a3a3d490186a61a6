package io.bantam.trainer.stage.ptq;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.bantam.compression.ptq.Aqlm;
import io.bantam.compression.ptq.CodebookTuning;
import io.bantam.compression.ptq.InputStatistics;
import io.bantam.compression.ptq.Tuning;
import io.bantam.compression.ptq.VectorTuning;
import io.bantam.compression.quantizer.AdditiveCodebooks;
import io.bantam.compression.quantizer.FloatMatrix;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.trainer.model.DecoderBlock;
import io.bantam.trainer.model.DecoderBlock.Part;
import io.bantam.trainer.recipe.Ptq;
import io.bantam.trainer.stage.RecipeTraining;
import io.bantam.trainer.stage.RunContext;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * AQLM of one block: its linear weights become sums of codewords, each with the inputs that the float block gives it from the
 * quantized model's stream; then {@link BlockTuning} fits codebooks, scales, biases and norms together.
 */
final class BlockCodebooks {
    private final RunContext context;
    private final Ptq.AqlmSettings settings;
    private final int seed;

    BlockCodebooks(RunContext context, Ptq ptq) {
        this.context = context;
        this.settings = ptq.aqlm();
        this.seed = ptq.calibration().seed().orElse(0);
    }

    /**
     * Chooses a block's codes and changes its biases and norms.
     *
     * @param streams before the block, in the quantized model
     * @param wanted after the block, in the float model
     * @param outputErrors receives for each weight the part of its output's power that is error, before the fit of the block
     * @return the error that is left of the one before the fit of the block
     */
    double quantize(
            QuantizationWork work, int layer, StreamFile streams, StreamFile wanted, Map<String, Double> outputErrors)
            throws IOException {
        Map<String, Tuning> tensors = new LinkedHashMap<>();
        List<String> linears = DecoderConfig.linears(layer);
        try (DecoderBlock floats = work.block(layer)) {
            for (int i = 0; i < linears.size(); i++) {
                String name = linears.get(i) + ".weight";
                Optional<Quantizer> quantizer = work.quantizer(name);
                if (quantizer.isPresent()) {
                    double[] moments = moments(
                            name, floats, Part.values()[i], work.matrix(name).columns(), streams);
                    AdditiveCodebooks codes =
                            codes(name, work.matrix(name), quantizer.get().bits(), moments);
                    outputErrors.put(
                            "outputError." + name,
                            InputStatistics.relativeOutputError(work.matrix(name), codes.dequantize(), moments));
                    tensors.put(name, new CodebookTuning(codes));
                }
            }
        }
        for (String name : DecoderBlock.names(work.config(), layer)) {
            if (work.config().shapes().get(name).size() == 1) {
                tensors.put(name, new VectorTuning(work.master(name)));
            }
        }
        double left;
        try (DecoderBlock exact = work.block(layer);
                DecoderBlock block = work.block(layer, RecipeTraining.precision(settings.precision()))) {
            left = new BlockTuning(context, settings, seed, block, exact, tensors).run(streams, wanted);
        }
        tensors.forEach((name, tuning) -> {
            switch (tuning) {
                case CodebookTuning codes -> work.choose(name, codes.best());
                case VectorTuning vector -> work.replace(name, vector.best());
            }
        });
        return left;
    }

    private double[] moments(String name, DecoderBlock block, Part part, int features, StreamFile streams)
            throws IOException {
        try (InputStatistics inputs = context.inputStatistics(context.manager(), features, false)) {
            for (int batch = 0; batch < streams.batches(); batch++) {
                try (NDManager scope = context.manager().newSubManager()) {
                    NDArray stream = streams.read(scope, batch);
                    if (part == Part.FEED_FORWARD_PROJECTION) {
                        stream = block.run(scope, Part.FEED_FORWARD, stream).stream();
                    }
                    inputs.observe(block.run(scope, part, stream).input());
                }
            }
            return inputs.moments();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("input of " + name + ": " + e.getMessage(), e);
        }
    }

    private AdditiveCodebooks codes(String name, FloatMatrix weight, int bits, double[] moments) {
        try {
            return new Aqlm(settings.vector(), settings.codeBits(), settings.beam(), settings.rounds(), seed)
                    .quantize(context.manager(), weight, bits, moments);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
        }
    }
}
