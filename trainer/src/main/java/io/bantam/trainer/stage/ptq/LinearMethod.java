package io.bantam.trainer.stage.ptq;

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
import io.bantam.trainer.stage.RunContext;

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
     * What became of a weight.
     *
     * @param matrix the codes
     * @param outputError the part of the layer's output's power that is error, on the calibration text
     */
    record Chosen(QuantizedMatrix matrix, double outputError) {}

    /**
     * Chooses the codes of a weight.
     *
     * @param inputs of the layer, on the calibration text
     * @throws IllegalArgumentException naming the weight, if it cannot be quantized so
     */
    Chosen quantize(ModelConfig config, String name, FloatMatrix weight, Quantizer quantizer, InputStatistics inputs) {
        try {
            return switch (ptq.method()) {
                case ROUND_TO_NEAREST -> measured(weight, quantizer.quantize(weight), inputs);
                case GPTQ -> gptq(name, weight, quantizer, inputs);
                case AWQ -> {
                    int first = firstClipped((DecoderConfig) config, name);
                    FloatMatrix clipped = Awq.clipped(weight, quantizer, inputs.moments(), first);
                    yield measured(weight, quantizer.quantize(clipped), inputs);
                }
                case ADA_ROUND -> {
                    AdaRound learning =
                            new AdaRound(ptq.adaRound().steps(), ptq.adaRound().learningRate());
                    yield measured(
                            weight, learning.quantize(context.manager(), weight, quantizer, inputs.moments()), inputs);
                }
                case AUTO_ROUND, AQLM -> throw new IllegalStateException(ptq.method() + " works on whole blocks");
            };
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
        }
    }

    private static Chosen measured(FloatMatrix weight, QuantizedMatrix matrix, InputStatistics inputs) {
        return new Chosen(matrix, inputs.relativeOutputError(weight, matrix.dequantize()));
    }

    /** Queries and keys are not clipped, only values. */
    private static int firstClipped(DecoderConfig config, String name) {
        int keys = (config.heads() + config.keyValueHeads()) * config.headWidth();
        return name.endsWith("attn.c_attn.weight") ? keys : 0;
    }

    private Chosen gptq(String name, FloatMatrix weight, Quantizer quantizer, InputStatistics inputs) {
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
        return new Chosen(result.matrix(), inputs.relativeOutputError(weight, result.outputError()));
    }
}
