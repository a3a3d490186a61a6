package io.bantam.trainer.stage.ptq;

import ai.djl.ndarray.NDManager;
import io.bantam.compression.ptq.InputStatistics;
import io.bantam.compression.ptq.PerEmbeddingGroups;
import io.bantam.compression.ptq.ScaleFolding;
import io.bantam.compression.ptq.SmoothQuant;
import io.bantam.compression.quantizer.FloatMatrix;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.trainer.model.DecoderBlock;
import io.bantam.trainer.ptq.StreamFile;
import io.bantam.trainer.recipe.Ptq;
import io.bantam.trainer.stage.Compute;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Scales the inputs of a block's linear layers for SmoothQuant, AWQ or per-embedding-group activations, and folds the
 * scales into what comes before: those of {@code attn.c_attn} and {@code mlp.c_fc} into their layer norms, those of
 * {@code attn.c_proj} into the values that {@code attn.c_attn} gives. {@code mlp.c_proj} comes after an activation and
 * is left as it is. Heads that share their values share the scales too.
 */
final class InputFolding {
    private static final List<DecoderBlock.Part> PARTS = List.of(
            DecoderBlock.Part.ATTENTION, DecoderBlock.Part.ATTENTION_PROJECTION, DecoderBlock.Part.FEED_FORWARD);

    private final Compute compute;
    private final Ptq ptq;

    InputFolding(Compute compute, Ptq ptq) {
        this.compute = compute;
        this.ptq = ptq;
    }

    private static Optional<Integer> groups(Ptq ptq) {
        return ptq.activations().flatMap(Ptq.Activations::groups);
    }

    /** Changes a block's masters; what the block computes stays the same. */
    void fold(QuantizationWork work, int layer, StreamFile streams) throws IOException {
        List<InputStatistics> inputs = new ArrayList<>();
        try (NDManager scope = compute.manager().newSubManager();
                DecoderBlock block = work.block(layer)) {
            for (DecoderBlock.Part part : PARTS) {
                int features = part == DecoderBlock.Part.ATTENTION_PROJECTION
                        ? work.config().attentionWidth()
                        : work.config().width();
                inputs.add(compute.inputStatistics(scope, features, true));
                observe(block, part, streams, inputs.getLast());
            }
            String prefix = "h." + layer + ".";
            List<String> linears = DecoderConfig.linears(layer);
            for (int i = 0; i < PARTS.size(); i++) {
                String weight = linears.get(i) + ".weight";
                Optional<Quantizer> quantizer = work.quantizer(weight);
                if (quantizer.isPresent()) {
                    double[] scales = scales(work.matrix(weight), quantizer.get(), inputs.get(i));
                    if (PARTS.get(i) == DecoderBlock.Part.ATTENTION_PROJECTION) {
                        scales = sharedByHeads(work.config(), scales);
                    }
                    work.replace(
                            weight,
                            ScaleFolding.columns(work.matrix(weight), scales).values());
                    switch (PARTS.get(i)) {
                        case ATTENTION -> divideNorm(work, prefix + "ln_1", scales);
                        case FEED_FORWARD -> divideNorm(work, prefix + "ln_2", scales);
                        default -> divideValues(work, linears.getFirst(), scales);
                    }
                }
            }
        }
    }

    private void observe(DecoderBlock block, DecoderBlock.Part part, StreamFile streams, InputStatistics inputs)
            throws IOException {
        for (int batch = 0; batch < streams.batches(); batch++) {
            try (NDManager scope = compute.manager().newSubManager()) {
                inputs.observe(
                        block.run(scope, part, streams.read(scope, batch)).input());
            }
        }
    }

    private double[] scales(FloatMatrix weight, Quantizer quantizer, InputStatistics inputs) {
        if (groups(ptq).isPresent()) {
            float[] maxima = inputs.largestMagnitudes();
            float[] minima = new float[maxima.length];
            for (int i = 0; i < minima.length; i++) {
                minima[i] = -maxima[i];
            }
            return PerEmbeddingGroups.of(minima, maxima, groups(ptq).get(), true)
                    .scales();
        }
        return ptq.smoothing().isPresent()
                ? SmoothQuant.scales(
                        weight, inputs.largestMagnitudes(), ptq.smoothing().get())
                : ptq.chosen().inputScales(weight, quantizer, inputs);
    }

    private static void divideNorm(QuantizationWork work, String norm, double[] scales) {
        for (String tensor : List.of(norm + ".weight", norm + ".bias")) {
            divide(work, tensor, scales);
        }
    }

    /** Divides a vector where there is one. */
    private static void divide(QuantizationWork work, String vector, double[] scales) {
        if (work.master(vector) != null) {
            work.replace(vector, ScaleFolding.divided(work.master(vector), scales));
        }
    }

    /** Returns scales that are equal for all heads that read the same values: the geometric mean of theirs. */
    static double[] sharedByHeads(DecoderConfig config, double[] scales) {
        int sharing = config.heads() / config.keyValueHeads();
        int features = config.headWidth();
        double[] shared = scales.clone();
        for (int first = 0; first < scales.length; first += sharing * features) {
            for (int i = first; i < first + features; i++) {
                double logs = 0;
                for (int head = 0; head < sharing; head++) {
                    logs += Math.log(scales[i + head * features]);
                }
                for (int head = 0; head < sharing && sharing > 1; head++) {
                    shared[i + head * features] = Math.exp(logs / sharing);
                }
            }
        }
        return shared;
    }

    /** Scales of the values alone, of scales that heads share. */
    private static double[] ofValues(DecoderConfig config, double[] scales) {
        int sharing = config.heads() / config.keyValueHeads();
        int features = config.headWidth();
        double[] values = new double[scales.length / sharing];
        for (int i = 0; i < values.length; i++) {
            values[i] = scales[i / features * sharing * features + i % features];
        }
        return values;
    }

    private static void divideValues(QuantizationWork work, String attention, double[] scales) {
        String weight = attention + ".weight";
        double[] values = ofValues(work.config(), scales);
        work.replace(weight, ScaleFolding.rows(work.matrix(weight), values).values());
        divide(work, attention + ".bias", values);
    }
}
