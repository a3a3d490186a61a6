package io.bantam.runtime.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.kernel.Kernels;
import io.bantam.runtime.model.Generator.Options;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class GeneratorTest {
    private static final DecoderConfig CONFIG = RandomModels.config(7, 24, 16, 2, 2);

    private static PackedDecoder decoder(long seed) {
        return new PackedDecoder(
                CONFIG, ActivationQuantization.NONE, RandomModels.floats(CONFIG, seed), 1, Kernels.best());
    }

    private static int[] append(int[] tokens, int token) {
        int[] longer = Arrays.copyOf(tokens, tokens.length + 1);
        longer[tokens.length] = token;
        return longer;
    }

    private static double[] logProbabilities(PackedDecoder decoder, int[] tokens) {
        float[] logits = decoder.forward(tokens, decoder.newCache());
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit);
        }
        double[] result = new double[logits.length];
        for (int i = 0; i < result.length; i++) {
            result[i] = logits[i] - Math.log(sum);
        }
        return result;
    }

    @Test
    void greedyTakesTheLargestLogitEachTime() {
        PackedDecoder decoder = decoder(3);
        int[] context = {1, 2, 3};
        int[] text = new Generator(decoder).generate(context, Options.greedy(8, -1));
        assertEquals(8, text.length);
        int[] tokens = context;
        for (int token : text) {
            double[] scores = logProbabilities(decoder, tokens);
            for (double score : scores) {
                assertTrue(scores[token] >= score - 1e-5);
            }
            tokens = append(tokens, token);
        }
    }

    @Test
    void stopsAtTheStopTokenAndWhenTheListenerSaysSo() {
        Generator generator = new Generator(decoder(3));
        int[] context = {1, 2, 3};
        int[] free = generator.generate(context, Options.greedy(8, -1));
        int stop = free[3];
        int first = 0;
        while (free[first] != stop) {
            first++;
        }
        assertArrayEquals(Arrays.copyOf(free, first), generator.generate(context, Options.greedy(8, stop)));
        List<Integer> heard = new ArrayList<>();
        int[] two = generator.generate(context, Options.greedy(8, -1), token -> {
            heard.add(token);
            return heard.size() < 2;
        });
        assertArrayEquals(Arrays.copyOf(free, 2), two);
        assertEquals(Arrays.stream(two).boxed().toList(), heard);
    }

    @Test
    void repeatedCallsGiveTheSameText() {
        Generator generator = new Generator(decoder(4));
        for (int width : new int[] {1, 3}) {
            Options options = new Options(6, 0, width);
            int[] text = generator.generate(new int[] {5, 1}, options);
            generator.generate(new int[] {2, 2, 2, 6}, options);
            assertArrayEquals(text, generator.generate(new int[] {5, 1}, options));
            assertArrayEquals(text, new Generator(decoder(4)).generate(new int[] {5, 1}, options));
        }
    }

    @Test
    void keepsTheEndOfALongContext() {
        Generator generator = new Generator(decoder(4));
        int[] context = RandomModels.tokens(CONFIG, 50, 1);
        int[] end = Arrays.copyOfRange(context, 50 - 20, 50);
        assertArrayEquals(
                generator.generate(end, Options.greedy(4, -1)), generator.generate(context, Options.greedy(4, -1)));
        IllegalArgumentException failure =
                assertThrows(IllegalArgumentException.class, () -> generator.generate(context, Options.greedy(24, -1)));
        assertEquals("24 new tokens do not fit the model's 24 positions beside a context", failure.getMessage());
    }

    /** Beam search with as many beams as there are texts must find the best of all, which is searched by hand here. */
    @Test
    void wideBeamFindsTheBestOfAllTexts() {
        for (long seed = 0; seed < 6; seed++) {
            PackedDecoder decoder = decoder(seed);
            int[] context = {1, 4};
            Best best = new Best();
            search(decoder, context, new int[0], 0, 3, 2, best);
            int[] found = new Generator(decoder).generate(context, new Options(3, 2, 7 * 7 * 7));
            assertArrayEquals(best.text, found, "seed " + seed);
        }
    }

    private static final class Best {
        private int[] text = {};
        private double score = Double.NEGATIVE_INFINITY;
    }

    private static void search(
            PackedDecoder decoder, int[] tokens, int[] text, double score, int left, int stop, Best best) {
        if (left == 0) {
            if (score > best.score) {
                best.score = score;
                best.text = text;
            }
            return;
        }
        double[] next = logProbabilities(decoder, tokens);
        for (int token = 0; token < next.length; token++) {
            double total = score + next[token];
            if (token == stop) {
                if (total > best.score) {
                    best.score = total;
                    best.text = text;
                }
            } else {
                search(decoder, append(tokens, token), append(text, token), total, left - 1, stop, best);
            }
        }
    }
}
