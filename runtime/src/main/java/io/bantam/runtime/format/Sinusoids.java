package io.bantam.runtime.format;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Fixed positions that are added to the embedding, as fairseq and XGLM have them: of position p the first half of the
 * features is {@code sin((p + first) f_i)}, the second {@code cos((p + first) f_i)}, with {@code f_i = base^(-i / (half
 * - 1))}. (The paper, arXiv:1706.03762, section 3.5, has sines and cosines by turns, and half in the exponent.)
 *
 * @param first the place of a text's first token; 2 in XGLM, whose first two are not used
 * @param base 10,000
 */
public record Sinusoids(int first, double base) {
    /** Checks ranges, with an {@link IllegalArgumentException} that names the field. */
    public Sinusoids {
        if (first < 0) {
            throw new IllegalArgumentException("first place: expected 0 or more, found " + first);
        }
        if (!(base > 1) || Double.isInfinite(base)) {
            throw new IllegalArgumentException("base of sinusoids: expected a number above 1, found " + base);
        }
    }

    /**
     * The angle per place of every sine, in radians: {@code [width / 2]}.
     *
     * @param width features; even, from 4
     */
    public double[] frequencies(int width) {
        double[] frequencies = new double[width / 2];
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = Math.pow(base, -(double) i / (frequencies.length - 1));
        }
        return frequencies;
    }

    /** The vectors of all positions, {@code [positions, width]}, row-major. */
    public float[] table(int positions, int width) {
        double[] frequencies = frequencies(width);
        float[] table = new float[Math.multiplyExact(positions, width)];
        for (int position = 0; position < positions; position++) {
            for (int i = 0; i < frequencies.length; i++) {
                double angle = (position + first) * frequencies[i];
                table[position * width + i] = (float) Math.sin(angle);
                table[position * width + frequencies.length + i] = (float) Math.cos(angle);
            }
        }
        return table;
    }

    Map<String, Object> toJson() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("first", first);
        json.put("base", base);
        return json;
    }

    static Sinusoids fromJson(JsonFields json) throws FormatException {
        Sinusoids sinusoids = new Sinusoids(json.integer("first"), json.number("base"));
        json.requireAllRead();
        return sinusoids;
    }
}
