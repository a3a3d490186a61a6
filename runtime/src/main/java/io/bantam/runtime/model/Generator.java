package io.bantam.runtime.model;

import java.util.Arrays;

/**
 * Completes token sequences: greedy, or by beam search. Deterministic: of equal scores the smaller token, then the
 * earlier beam, wins. Used by one thread at a time; several generators may share a decoder.
 */
public final class Generator {
    /**
     * The settings of a search: when it stops and how many texts it keeps.
     *
     * @param maximumNewTokens tokens to add at most, from 1 to the model's positions less 1
     * @param stopToken the token that ends the text and is not part of it; -1 for none
     * @param beamWidth 1 for greedy; otherwise the number of texts kept side by side
     */
    public record Options(int maximumNewTokens, int stopToken, int beamWidth) {
        /** Refuses numbers below their ranges. */
        public Options {
            if (maximumNewTokens < 1 || beamWidth < 1) {
                throw new IllegalArgumentException(
                        "expected at least 1 new token and 1 beam, got " + maximumNewTokens + " and " + beamWidth);
            }
        }

        /** Greedy search. */
        public static Options greedy(int maximumNewTokens, int stopToken) {
            return new Options(maximumNewTokens, stopToken, 1);
        }
    }

    /** Hears of each new token as soon as it is certain. */
    @FunctionalInterface
    public interface TokenListener {
        /** Takes a new token; returns whether to go on. */
        boolean accept(int token);
    }

    private final PackedDecoder decoder;
    private float[] logits = {};
    private KvCache cache;
    private KvCache[] beams = {};
    private KvCache[] spare = {};

    /** Makes a generator with caches of its own, allocated when first needed and then reused. */
    public Generator(PackedDecoder decoder) {
        this.decoder = decoder;
    }

    /**
     * Completes a context.
     *
     * @param context token ids, at least one; if it does not fit together with the new tokens, its beginning is cut off
     * @return the new tokens, without the stop token
     * @throws IllegalArgumentException for an empty context, a token outside the vocabulary or more new tokens than
     *     positions
     */
    public int[] generate(int[] context, Options options) {
        return generate(context, options, token -> true);
    }

    /**
     * Completes a context and tells a listener of each new token; the listener may end the search. Beam search tells
     * all tokens at its end, since none is certain before. Otherwise as {@link #generate(int[], Options)}.
     */
    public int[] generate(int[] context, Options options, TokenListener listener) {
        int[] prompt = window(context, options.maximumNewTokens());
        if (options.beamWidth() > 1) {
            return beamSearch(prompt, options, listener);
        }
        if (cache == null) {
            cache = decoder.newCache();
        }
        cache.truncate(0);
        int[] result = new int[options.maximumNewTokens()];
        int count = 0;
        int token = decoder.mostProbable(prompt, 0, prompt.length, cache, null);
        while (true) {
            if (token == options.stopToken()) {
                break;
            }
            result[count++] = token;
            if (!listener.accept(token) || count == result.length) {
                break;
            }
            token = decoder.mostProbable(result, count - 1, count, cache, null);
        }
        return Arrays.copyOf(result, count);
    }

    /** The end of a context that leaves room for new tokens within the model's positions. */
    private int[] window(int[] context, int maximumNewTokens) {
        int room = decoder.config().positions() - maximumNewTokens;
        if (room < 1) {
            throw new IllegalArgumentException(maximumNewTokens + " new tokens do not fit the model's "
                    + decoder.config().positions() + " positions beside a context");
        }
        return context.length <= room ? context : Arrays.copyOfRange(context, context.length - room, context.length);
    }

    /**
     * Beam search without length normalisation: a text's score is the sum of its tokens' log-probabilities. It ends
     * when no text in progress can still beat the best finished one, since scores only fall.
     */
    private int[] beamSearch(int[] prompt, Options options, TokenListener listener) {
        prepareBeams(options.beamWidth(), prompt.length + options.maximumNewTokens());
        Candidates candidates = new Candidates(options.beamWidth());
        int[][] texts = {{}};
        double[] scores = {0};
        int[] bestText = {};
        double bestScore = Double.NEGATIVE_INFINITY;
        for (int step = 0; step < options.maximumNewTokens() && texts.length > 0 && scores[0] > bestScore; step++) {
            candidates.clear();
            for (int beam = 0; beam < texts.length; beam++) {
                if (step == 0) {
                    decoder.forward(prompt, 0, prompt.length, beams[0], logits);
                } else {
                    decoder.forward(texts[beam], step - 1, step, beams[beam], logits);
                }
                candidates.add(beam, scores[beam], logits);
            }
            int[][] longer = new int[candidates.size()][];
            double[] longerScores = new double[candidates.size()];
            int live = 0;
            for (int i = 0; i < candidates.size(); i++) {
                int[] text = texts[candidates.beam(i)];
                if (candidates.token(i) == options.stopToken()) {
                    if (candidates.score(i) > bestScore) {
                        bestText = text;
                        bestScore = candidates.score(i);
                    }
                    continue;
                }
                longer[live] = Arrays.copyOf(text, step + 1);
                longer[live][step] = candidates.token(i);
                longerScores[live] = candidates.score(i);
                spare[live].copyFrom(beams[candidates.beam(i)]);
                live++;
            }
            texts = Arrays.copyOf(longer, live);
            scores = Arrays.copyOf(longerScores, live);
            KvCache[] swap = beams;
            beams = spare;
            spare = swap;
        }
        // A text cut off by the limit counts only if no finished one is better.
        if (texts.length > 0 && scores[0] > bestScore) {
            bestText = texts[0];
        }
        for (int i = 0; i < bestText.length; i++) {
            if (!listener.accept(bestText[i])) {
                return Arrays.copyOf(bestText, i + 1);
            }
        }
        return bestText;
    }

    private void prepareBeams(int width, int capacity) {
        if (beams.length < width || beams[0].capacity() < capacity) {
            beams = new KvCache[width];
            spare = new KvCache[width];
            logits = new float[decoder.config().vocabularySize()];
            for (int i = 0; i < width; i++) {
                beams[i] = decoder.newCache(capacity);
                spare[i] = decoder.newCache(capacity);
            }
        }
        beams[0].truncate(0);
    }
}
