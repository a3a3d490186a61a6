package io.bantam.runtime.model;

import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.Rotary;

/**
 * Turns the queries and keys of a block of tokens by their positions. The angles are computed once for all layers and
 * heads.
 */
final class RotaryTurns {
    private final double[] frequencies;
    private final double magnitude;
    private final boolean neighbours;
    private final int heads;
    private final int headWidth;
    private final int stride;
    /** Cosines of the angles, times the magnitude: {@code [tokens, pairs]}. */
    private final float[] cosines;
    /** Sines of the angles, times the magnitude: {@code [tokens, pairs]}. */
    private final float[] sines;

    /**
     * Makes room for the angles of a block.
     *
     * @param tokens the most that a block has
     */
    RotaryTurns(DecoderConfig config, Rotary rotary, int tokens) {
        frequencies = rotary.frequencies();
        magnitude = rotary.magnitude();
        neighbours = rotary.neighbours();
        heads = config.heads() + config.keyValueHeads();
        headWidth = config.headWidth();
        stride = config.queryKeyValueWidth();
        cosines = new float[tokens * frequencies.length];
        sines = new float[tokens * frequencies.length];
    }

    /** Computes the angles of tokens from a position on. */
    void prepare(int position, int tokens) {
        int pairs = frequencies.length;
        for (int t = 0; t < tokens; t++) {
            for (int i = 0; i < pairs; i++) {
                double angle = (position + t) * frequencies[i];
                cosines[t * pairs + i] = (float) (magnitude * Math.cos(angle));
                sines[t * pairs + i] = (float) (magnitude * Math.sin(angle));
            }
        }
    }

    /** Turns the queries and keys of the tokens that were prepared for, in place. */
    void apply(float[] qkv, int tokens) {
        int pairs = frequencies.length;
        int step = neighbours ? 2 : 1;
        int apart = neighbours ? 1 : pairs;
        for (int t = 0; t < tokens; t++) {
            for (int head = 0; head < heads; head++) {
                int at = t * stride + head * headWidth;
                for (int i = 0; i < pairs; i++) {
                    float cosine = cosines[t * pairs + i];
                    float sine = sines[t * pairs + i];
                    int a = at + step * i;
                    float first = qkv[a];
                    float second = qkv[a + apart];
                    qkv[a] = first * cosine - second * sine;
                    qkv[a + apart] = second * cosine + first * sine;
                }
            }
        }
    }
}
