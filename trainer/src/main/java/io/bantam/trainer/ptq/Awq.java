package io.bantam.trainer.ptq;

import io.bantam.compression.ptq.InputStatistics;
import io.bantam.compression.quantizer.FloatMatrix;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.trainer.hub.ModelFacts;
import java.util.List;

/**
 * AWQ (Lin et al., arXiv:2306.00978): columns with large inputs are scaled up before rounding, so that they lose less,
 * and groups are clipped where that lessens the output's error.
 */
public record Awq() implements PtqMethod.ByLayer {
    @Override
    public Name name() {
        return Name.AWQ;
    }

    @Override
    public Scope scope() {
        return Scope.LAYER;
    }

    @Override
    public List<Refusal> applies(ModelFacts model) {
        if (model.hasEncoder()) {
            return Refusal.ofEncoder(this, model);
        }
        return model.sharesNorms()
                ? List.of(Refusal.ofMethod(
                        "'awq' folds scales into the norm before a layer, but the attention and the feed-forward part"
                                + " of a "
                                + model.family() + " share one norm",
                        "use gptq, ada-round or round-to-nearest"))
                : List.of();
    }

    @Override
    public List<Refusal> refusals(PtqDemands demands) {
        List<Refusal> refusals = PtqMethod.ByLayer.super.refusals(demands);
        if (demands.smoothing()) {
            refusals.add(new Refusal(
                    List.of("smoothing"),
                    "'awq' scales the inputs by itself",
                    "remove smoothing, or use another method"));
        } else if (demands.inputGroups()) {
            refusals.add(new Refusal(
                    List.of("activations", "groups"), "'awq' scales the inputs already", "remove one of them"));
        }
        return refusals;
    }

    @Override
    public boolean scalesInputs() {
        return true;
    }

    @Override
    public double[] inputScales(FloatMatrix weight, Quantizer quantizer, InputStatistics inputs) {
        return io.bantam.compression.ptq.Awq.scales(weight, quantizer, inputs.meanMagnitudes(), inputs.moments());
    }

    @Override
    public QuantizedLayer quantize(LayerWork work) {
        int first = firstClipped((DecoderConfig) work.config(), work.name());
        FloatMatrix clipped = io.bantam.compression.ptq.Awq.clipped(
                work.weight(), work.quantizer(), work.inputs().moments(), first);
        return work.measured(work.quantizer().quantize(clipped));
    }

    /** Queries and keys are not clipped, only values. */
    private static int firstClipped(DecoderConfig config, String name) {
        int keys = (config.heads() + config.keyValueHeads()) * config.headWidth();
        return name.endsWith("attn.c_attn.weight") ? keys : 0;
    }
}
