package io.bantam.trainer.stage.ptq;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.compression.quantizer.UniformQuantizer;
import io.bantam.compression.range.CrossEntropy;
import io.bantam.compression.range.ScaledRange;
import io.bantam.trainer.engine.Precision;
import io.bantam.trainer.model.Decoder;
import io.bantam.trainer.model.FakeQuantization;
import io.bantam.trainer.stage.ModelState;
import io.bantam.trainer.stage.RunContext;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The range of the token embedding that leads the logits least astray: every row's full range times one factor, the
 * factor with the least {@link CrossEntropy} of the logits that the quantized embedding gives from those of the exact
 * one, on some tokens of the calibration text.
 */
public final class EmbeddingRange {
    private static final int SEQUENCES = 8;
    private static final int TOKENS_A_SEQUENCE = 64;
    /** Factors 1, 0.95 and so on to 0.4. */
    private static final int FACTORS = 13;

    private static final float FACTOR_STEP = 0.05f;

    private final RunContext context;
    private final String phase;

    EmbeddingRange(RunContext context, String phase) {
        this.context = context;
        this.phase = phase;
    }

    /**
     * The quantizer with the best factor; the same where there is no range to choose or no logits come of the
     * embedding.
     */
    Quantizer choose(ModelState model, Quantizer quantizer, List<int[]> sequences) throws IOException {
        Optional<UniformQuantizer> ranged = quantizer.uniform();
        if (ranged.isEmpty() || !model.config().tiedHead()) {
            return quantizer;
        }
        List<float[]> hidden = hidden(model, sequences.subList(0, Math.min(SEQUENCES, sequences.size())));
        List<Integer> shape = model.config().shapes().get("wte.weight");
        float[] embedding = model.weights().get("wte.weight");
        List<float[]> exact = logits(hidden, embedding, shape);
        Quantizer best = quantizer;
        double least = Double.POSITIVE_INFINITY;
        float bestFactor = 1;
        for (int i = 0; i < FACTORS; i++) {
            float factor = 1 - i * FACTOR_STEP;
            Quantizer candidate = ranged.get().withRange(new ScaledRange(factor));
            List<float[]> found = logits(hidden, candidate.fakeQuantize(embedding, shape.get(0), shape.get(1)), shape);
            CrossEntropy entropy = new CrossEntropy();
            for (int k = 0; k < exact.size(); k++) {
                entropy.add(exact.get(k), found.get(k), shape.get(0));
            }
            if (entropy.mean() < least) {
                least = entropy.mean();
                best = candidate;
                bestFactor = factor;
            }
        }
        context.progress()
                .message(String.format(
                        Locale.ROOT,
                        "%s: the embedding's range is %.2f of the full one, cross-entropy %.4f",
                        phase,
                        bestFactor,
                        least));
        return best;
    }

    /** The final norm's output for some tokens of each sequence. */
    private List<float[]> hidden(ModelState model, List<int[]> sequences) throws IOException {
        List<float[]> hidden = new ArrayList<>();
        try (Decoder gpt2 = model.simulatedDecoder(
                context.compute().operations(), context.compute().manager(), Precision.FLOAT32)) {
            for (int[] sequence : sequences) {
                gpt2.observeStreams(sequence, 1, FakeQuantization.none(), (depth, stream) -> {
                    if (depth == model.config().layers() + 1) {
                        hidden.add(some(stream.toFloatArray(), model.config().width()));
                    }
                });
            }
        }
        return hidden;
    }

    private static float[] some(float[] stream, int width) {
        int tokens = stream.length / width;
        int taken = Math.min(tokens, TOKENS_A_SEQUENCE);
        float[] rows = new float[taken * width];
        for (int i = 0; i < taken; i++) {
            System.arraycopy(stream, i * tokens / taken * width, rows, i * width, width);
        }
        return rows;
    }

    private List<float[]> logits(List<float[]> hidden, float[] embedding, List<Integer> shape) {
        List<float[]> logits = new ArrayList<>();
        try (NDManager scope = context.compute().manager().newSubManager()) {
            NDArray transposed = scope.create(embedding, new Shape(shape.get(0), shape.get(1)))
                    .transpose();
            for (float[] rows : hidden) {
                try (NDManager one = scope.newSubManager()) {
                    NDArray product = one.create(rows, new Shape(rows.length / shape.get(1), shape.get(1)))
                            .matMul(transposed);
                    logits.add(product.toFloatArray());
                }
            }
        }
        return logits;
    }
}
