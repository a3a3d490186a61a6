package io.bantam.runtime.format;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * How the inputs of the four linears of every block are quantized while running. The inputs of the embedding lookup and of
 * the vocabulary product stay in floating point.
 *
 * <p>With k bits and the range [min, max] of one token (dynamic) or of the linear (static), after XTC (arXiv:2206.01859) and
 * its reference implementation: symmetric {@code s = 2 max(|min|, |max|) / 2^k}, {@code code = clamp(round(x / s), -2^(k-1),
 * 2^(k-1) - 1)}, {@code x' = s code}; asymmetric {@code s = (max - min) / 2^k}, {@code z = round(min / s) s}, {@code code =
 * clamp(round((x - z) / s), 0, 2^k - 1)}, {@code x' = s code + z}. Rounding is half to even. A range without extent gives
 * zeros.
 *
 * @param bits 4 or 8; 16 and 32 mean that activations stay in floating point (computed in float32 in both cases)
 * @param symmetric which of the two formulas
 * @param mode whether the range is that of each token or a fixed one
 * @param ranges for {@link Mode#STATIC}: range per linear, under its name without {@code .weight}
 */
public record ActivationQuantization(int bits, boolean symmetric, Mode mode, Map<String, Range> ranges) {
    /** Where a range comes from. */
    public enum Mode {
        /** Each token's own smallest and largest feature. */
        DYNAMIC,
        /** A fixed range per linear, measured before. */
        STATIC;

        private String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The smallest and largest value that a linear's input was seen to take. */
    public record Range(float minimum, float maximum) {
        /** Refuses ranges that are not finite or reversed. */
        public Range {
            if (!Float.isFinite(minimum) || !Float.isFinite(maximum) || minimum > maximum) {
                throw new IllegalArgumentException("bad activation range [" + minimum + ", " + maximum + "]");
            }
        }
    }

    /** Activations stay in floating point. */
    public static final ActivationQuantization NONE = new ActivationQuantization(32, true, Mode.DYNAMIC, Map.of());

    /** Checks bits and copies the ranges. */
    public ActivationQuantization {
        if (bits != 4 && bits != 8 && bits != 16 && bits != 32) {
            throw new IllegalArgumentException("activations have 4, 8, 16 or 32 bits, not " + bits);
        }
        ranges = Map.copyOf(ranges);
        if (mode == Mode.DYNAMIC && !ranges.isEmpty()) {
            throw new IllegalArgumentException("dynamic activations have no stored ranges");
        }
    }

    /** One range per token. */
    public static ActivationQuantization dynamic(int bits, boolean symmetric) {
        return new ActivationQuantization(bits, symmetric, Mode.DYNAMIC, Map.of());
    }

    /** Fixed ranges per linear. */
    public static ActivationQuantization fixed(int bits, boolean symmetric, Map<String, Range> ranges) {
        return new ActivationQuantization(bits, symmetric, Mode.STATIC, ranges);
    }

    /** Whether activations become integers at all. */
    public boolean enabled() {
        return bits <= 8;
    }

    Map<String, Object> toJson() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("bits", bits);
        json.put("symmetric", symmetric);
        json.put("mode", mode.label());
        Map<String, Object> sorted = new TreeMap<>();
        ranges.forEach((name, range) -> sorted.put(name, List.of(range.minimum(), range.maximum())));
        json.put("ranges", sorted);
        return json;
    }

    static ActivationQuantization fromJson(JsonFields json) throws FormatException {
        int bits = json.integer("bits");
        boolean symmetric = json.bool("symmetric");
        String label = json.string("mode");
        Mode mode = null;
        for (Mode candidate : Mode.values()) {
            mode = candidate.label().equals(label) ? candidate : mode;
        }
        if (mode == null) {
            throw json.error("mode", "expected dynamic or static, found '" + label + "'");
        }
        JsonFields stored = json.object("ranges");
        json.requireAllRead();
        try {
            Map<String, Range> ranges = new LinkedHashMap<>();
            for (String name : stored.names()) {
                List<Float> pair = stored.reals(name);
                if (pair.size() != 2) {
                    throw stored.error(name, "expected [minimum, maximum], found " + pair);
                }
                ranges.put(name, new Range(pair.get(0), pair.get(1)));
            }
            return new ActivationQuantization(bits, symmetric, mode, ranges);
        } catch (IllegalArgumentException problem) {
            throw json.error(problem);
        }
    }
}
