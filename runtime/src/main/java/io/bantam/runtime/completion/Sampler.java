package io.bantam.runtime.completion;

import io.bantam.runtime.model.KvCache;
import io.bantam.runtime.model.PackedDecoder;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.IntPredicate;

/**
 * A chooser of tokens from logits, by the rule of a {@link Sampling}. Deterministic: of equal logits the smaller token
 * comes first.
 */
public final class Sampler {
    private final Sampling sampling;
    private final SplittableRandom random;
    private float[] logits = {};
    private int[] tokens = {};
    private double[] weights = {};

    /** Makes a sampler that draws from the beginning of its seed. */
    public Sampler(Sampling sampling) {
        this.sampling = sampling;
        this.random = new SplittableRandom(sampling.seed());
    }

    /**
     * Reads tokens after those in a cache, and chooses one of the allowed tokens to follow.
     *
     * @return the token, or -1 if none is allowed
     * @throws IllegalArgumentException as {@link PackedDecoder#forward(int[], int, int, KvCache, float[])}
     */
    public int next(PackedDecoder decoder, int[] context, int from, int to, KvCache cache, IntPredicate allowed) {
        if (sampling.temperature() == 0) {
            return decoder.mostProbable(context, from, to, cache, allowed);
        }
        if (logits.length != decoder.config().vocabularySize()) {
            logits = new float[decoder.config().vocabularySize()];
        }
        decoder.forward(context, from, to, cache, logits);
        return next(logits, allowed);
    }

    /**
     * Chooses one of the allowed tokens.
     *
     * @return the token, or -1 if none is allowed
     */
    public int next(float[] logits, IntPredicate allowed) {
        if (sampling.temperature() == 0) {
            return mostProbable(logits, allowed);
        }
        int count = collect(logits, allowed);
        if (count == 0) {
            return -1;
        }
        double highest = weights[0];
        int kept = 0;
        double sum = 0;
        for (; kept < count; kept++) {
            weights[kept] = Math.exp((weights[kept] - highest) / sampling.temperature());
            sum += weights[kept];
        }
        if (sampling.topP() < 1) {
            double reached = 0;
            kept = 0;
            while (kept < count && reached < sampling.topP() * sum) {
                reached += weights[kept++];
            }
            sum = reached;
        }
        double at = random.nextDouble() * sum;
        int chosen = 0;
        while (chosen < kept - 1 && at >= weights[chosen]) {
            at -= weights[chosen++];
        }
        return tokens[chosen];
    }

    private static int mostProbable(float[] logits, IntPredicate allowed) {
        int best = -1;
        for (int token = 0; token < logits.length; token++) {
            if ((best < 0 || logits[token] > logits[best]) && allowed.test(token)) {
                best = token;
            }
        }
        return best;
    }

    /** Gathers the allowed tokens, the most probable first, at most top-k of them; returns how many. */
    private int collect(float[] logits, IntPredicate allowed) {
        if (tokens.length < logits.length) {
            tokens = new int[logits.length];
            weights = new double[logits.length];
        }
        int count = 0;
        for (int token = 0; token < logits.length; token++) {
            if (allowed.test(token)) {
                tokens[count++] = token;
            }
        }
        int wanted = sampling.topK() == 0 ? count : Math.min(count, sampling.topK());
        // Sorted as longs: the logit in the upper half, so that larger comes first, the token in the lower.
        long[] keys = new long[count];
        for (int i = 0; i < count; i++) {
            int bits = Float.floatToIntBits(logits[tokens[i]]);
            int ascending = bits ^ (bits >> 31 & 0x7fffffff);
            keys[i] = (long) ~ascending << 32 | tokens[i];
        }
        Arrays.sort(keys);
        for (int i = 0; i < wanted; i++) {
            tokens[i] = (int) keys[i];
            weights[i] = logits[tokens[i]];
        }
        return wanted;
    }
}
