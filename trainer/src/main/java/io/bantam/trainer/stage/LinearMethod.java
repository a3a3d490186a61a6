package io.bantam.trainer.stage;

import io.bantam.compression.ptq.AdaRound;
import io.bantam.compression.ptq.Awq;
import io.bantam.compression.ptq.Gptq;
import io.bantam.compression.ptq.InputStatistics;
import io.bantam.compression.quantizer.FloatMatrix;
import io.bantam.compression.quantizer.QuantizedMatrix;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.ModelConfig;
import io.bantam.trainer.recipe.Ptq;

/** Chooses the codes of one weight after another by the method that a recipe names. */
final class LinearMethod {
    private final RunContext context;
    private final Ptq ptq;
    private final String phase;

    LinearMethod(RunContext context, Ptq ptq, String phase) {
        this.context = context;
        this.ptq = ptq;
        this.phase = phase;
    }

    /**
     * Chooses the codes of a weight.
     *
     * @param inputs of the layer, on the calibration text
     * @throws IllegalArgumentException naming the weight, if it cannot be quantized so
     */
    QuantizedMatrix quantize(
            ModelConfig config, String name, FloatMatrix weight, Quantizer quantizer, InputStatistics inputs) {
        try {
            return switch (ptq.method()) {
                case ROUND_TO_NEAREST -> quantizer.quantize(weight);
                case GPTQ -> gptq(name, weight, quantizer, inputs);
                case AWQ ->
                    quantizer.quantize(Awq.clipped(
                            weight, quantizer, inputs.moments(), firstClipped((DecoderConfig) config, name)));
                case ADA_ROUND ->
                    new AdaRound(ptq.adaRound().steps(), ptq.adaRound().learningRate())
                            .quantize(context.manager(), weight, quantizer, inputs.moments());
                case AUTO_ROUND, AQLM -> throw new IllegalStateException(ptq.method() + " works on whole blocks");
            };
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
        }
    }

    /** Queries and keys are not clipped, only values. */
    private static int firstClipped(DecoderConfig config, String name) {
        int keys = (config.heads() + config.keyValueHeads()) * config.headWidth();
        return name.endsWith("attn.c_attn.weight") ? keys : 0;
    }

    private QuantizedMatrix gptq(String name, FloatMatrix weight, Quantizer quantizer, InputStatistics inputs) {
        Ptq.GptqSettings settings = ptq.gptq();
        Gptq.Result result = new Gptq(settings.damping(), settings.block(), settings.order() == Ptq.Order.ACTIVATIONS)
                .quantize(weight, quantizer, inputs.products());
        if (result.deadColumns() > 0) {
            context.progress()
                    .message("%s: %s: %d of %d inputs were always 0; their columns are rounded to the nearest value"
                            .formatted(phase, name, result.deadColumns(), weight.columns()));
        }
        if (result.damping() > settings.damping()) {
            context.progress()
                    .message("%s: %s: the inputs' second moments needed a damping of %s"
                            .formatted(phase, name, result.damping()));
        }
        return result.matrix();
    }
}
