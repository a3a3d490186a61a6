package io.bantam.runtime.model;

import io.bantam.runtime.kernel.Kernels;
import io.bantam.runtime.kernel.RowNorms;
import java.util.function.IntPredicate;

/**
 * Finds the largest output of a linear for one token without computing all of them: the most probable word of a
 * vocabulary, where nobody asks for the others' logits.
 *
 * <p>Outputs are estimated with a rounded input first. By the inequality of Cauchy and Schwarz an estimate is off by at
 * most the length of the row times the length of what the rounding took from the input, so every output has a lower and
 * an upper bound; only chunks of rows with an upper bound that reaches the best lower one are computed as {@link
 * PackedLinear#apply} computes them, and the result is the same as if all were. Where inputs have few large features
 * and too many rows come near, all outputs are computed for some tokens.
 */
final class LargestOutput {
    /** Estimates do not pay if more than one in so many chunks has to be computed too. */
    private static final int SMALLEST_GAIN = 3;
    /** Tokens without estimates after one where they did not pay. */
    private static final int PAUSE = 63;

    private final Kernels kernels;
    private final PackedLinear linear;
    private final RowNorms norms;
    private final float[] outputs;
    private final float[] uppers;
    private final int[] chosen;
    private final float[] bounds = new float[2];
    private int pause;
    private int computed;

    /**
     * Makes room for a linear.
     *
     * @param norms of its weights; null if the linear is not {@linkplain PackedLinear#estimates estimated}
     */
    LargestOutput(Kernels kernels, PackedLinear linear, RowNorms norms) {
        this.kernels = kernels;
        this.linear = linear;
        this.norms = norms;
        int rows = linear.weights().rows();
        int chunks = Math.ceilDiv(rows, linear.chunkRows());
        outputs = new float[rows];
        uppers = new float[chunks];
        chosen = new int[chunks];
    }

    /**
     * Finds the row.
     *
     * @param in as {@link PackedLinear#apply} takes it, of one token
     * @param allowed rows that count; null for all
     * @return the first of the allowed rows with the largest output; -1 if none is allowed
     */
    int find(Workspace workspace, float[] in, Norm norm, IntPredicate allowed) {
        if (norms == null || pause > 0) {
            pause = Math.max(0, pause - 1);
            return ofAll(workspace, in, norm, allowed);
        }
        float lost = linear.estimate(workspace, in, norm, outputs);
        int count = choose(lost * norms.factor(), allowed);
        if (count == 0) {
            // None is allowed, or there are outputs that are not numbers.
            return ofAll(workspace, in, norm, allowed);
        }
        if (count * SMALLEST_GAIN > chosen.length) {
            pause = PAUSE;
        }
        computed = count;
        linear.applyTo(workspace, in, norm, chosen, count, outputs);
        int best = -1;
        for (int i = 0; i < count; i++) {
            best = larger(best, chosen[i], allowed);
        }
        return best;
    }

    /** Chunks that were computed, not only estimated, for the last token. */
    int computedChunks() {
        return computed;
    }

    private int ofAll(Workspace workspace, float[] in, Norm norm, IntPredicate allowed) {
        computed = chosen.length;
        linear.apply(workspace, 1, in, norm, PackedLinear.Target.STORE, outputs);
        if (allowed == null) {
            return kernels.indexOfLargest(outputs);
        }
        int best = -1;
        for (int chunk = 0; chunk < chosen.length; chunk++) {
            best = larger(best, chunk, allowed);
        }
        return best;
    }

    /** The best row so far, or a larger one of a chunk behind it. */
    private int larger(int best, int chunk, IntPredicate allowed) {
        int first = chunk * linear.chunkRows();
        int end = Math.min(outputs.length, first + linear.chunkRows());
        int larger = best;
        for (int row = first; row < end; row++) {
            if ((larger < 0 || outputs[row] > outputs[larger]) && (allowed == null || allowed.test(row))) {
                larger = row;
            }
        }
        return larger;
    }

    /** Notes the chunks that may hold the largest output; returns how many. */
    private int choose(float radius, IntPredicate allowed) {
        int rows = linear.chunkRows();
        float lower = Float.NEGATIVE_INFINITY;
        for (int chunk = 0; chunk < uppers.length; chunk++) {
            int first = chunk * rows;
            kernels.largestBounds(
                    outputs, first, Math.min(rows, outputs.length - first), norms.norms(), radius, bounds);
            uppers[chunk] = bounds[1];
            // Only an allowed row can rule others out.
            if (bounds[0] > lower) {
                lower = allowed == null ? bounds[0] : largestLower(first, radius, lower, allowed);
            }
        }
        int count = 0;
        for (int chunk = 0; chunk < uppers.length; chunk++) {
            if (uppers[chunk] >= lower) {
                chosen[count++] = chunk;
            }
        }
        return count;
    }

    private float largestLower(int first, float radius, float sofar, IntPredicate allowed) {
        float largest = sofar;
        int end = Math.min(outputs.length, first + linear.chunkRows());
        for (int row = first; row < end; row++) {
            float lower = outputs[row] - radius * norms.norms()[row];
            if (lower > largest && allowed.test(row)) {
                largest = lower;
            }
        }
        return largest;
    }
}
