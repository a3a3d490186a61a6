package io.bantam.runtime.format;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * The quantization of activations while running: of the inputs of the four linears of every block, and of the sums of
 * the residual stream. The inputs of the embedding lookup and of the vocabulary product stay in floating point, and so
 * do the sums unless {@code widths} names them.
 *
 * <p>With k bits and the range [min, max] of one token (dynamic), of one group of its features (dynamic, with a group)
 * or of the linear (static), after XTC (arXiv:2206.01859) and its reference implementation: symmetric {@code s = 2
 * max(|min|, |max|) / 2^k}, {@code code = clamp(round(x / s), -2^(k-1), 2^(k-1) - 1)}, {@code x' = s code}; asymmetric
 * {@code s = (max - min) / 2^k}, {@code z = round(min / s) s}, {@code code = clamp(round((x - z) / s), 0, 2^k - 1)},
 * {@code x' = s code + z}. Rounding is half to even. A range without extent gives zeros.
 *
 * <p>Sums with 16 bits are put on their grid. Inputs of linears with 16 bits stay in floating point, as with 32, since
 * their products are computed in float32.
 *
 * @param bits 4 or 8; 16 and 32 mean that the linears' inputs stay in floating point
 * @param symmetric which of the two formulas
 * @param mode whether the range is that of each token or a fixed one
 * @param group for {@link Mode#DYNAMIC}: neighbouring features of a linear's input that share a range; 0 for all of a
 *     token. Sums have one range a token always
 * @param ranges for {@link Mode#STATIC}: range per quantized activation, under the linear's name without {@code
 *     .weight}, or the sum's (see {@link DecoderConfig#activations})
 * @param widths bits of the activations that have others, by the same names
 */
public record ActivationQuantization(
        int bits, boolean symmetric, Mode mode, int group, Map<String, Range> ranges, Map<String, Integer> widths) {
    /** The source of a range. */
    public enum Mode {
        /** The smallest and largest feature of each token, or of each group of its features. */
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
    public static final ActivationQuantization NONE =
            new ActivationQuantization(32, true, Mode.DYNAMIC, 0, Map.of(), Map.of());

    /** Checks bits and copies the maps; no widths, as records of earlier versions have none, are an empty map. */
    public ActivationQuantization {
        ranges = Collections.unmodifiableMap(new LinkedHashMap<>(ranges)); // in their order, for files
        widths = widths == null ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(widths));
        requireWidth(bits);
        widths.values().forEach(ActivationQuantization::requireWidth);
        if (mode == Mode.DYNAMIC && !ranges.isEmpty()) {
            throw new IllegalArgumentException("dynamic activations have no stored ranges");
        }
        if (group < 0 || (group > 0 && mode == Mode.STATIC)) {
            throw new IllegalArgumentException(
                    group < 0 ? "a group has no " + group + " features" : "static activations have no groups");
        }
    }

    private static void requireWidth(int bits) {
        if (bits != 4 && bits != 8 && bits != 16 && bits != 32) {
            throw new IllegalArgumentException("activations have 4, 8, 16 or 32 bits, not " + bits);
        }
    }

    /** Quantization by a range of its own for each token. */
    public static ActivationQuantization dynamic(int bits, boolean symmetric) {
        return new ActivationQuantization(bits, symmetric, Mode.DYNAMIC, 0, Map.of(), Map.of());
    }

    /** Quantization by one fixed range for each linear. */
    public static ActivationQuantization fixed(int bits, boolean symmetric, Map<String, Range> ranges) {
        return new ActivationQuantization(bits, symmetric, Mode.STATIC, 0, ranges, Map.of());
    }

    /** This quantization with other widths, in bits, for some activations. */
    public ActivationQuantization withWidths(Map<String, Integer> others) {
        return new ActivationQuantization(bits, symmetric, mode, group, ranges, others);
    }

    /** This quantization with one range for each group of so many features, 0 for all of a token. */
    public ActivationQuantization withGroup(int features) {
        return new ActivationQuantization(bits, symmetric, mode, features, ranges, widths);
    }

    /** The number of features that share a range in an activation with so many. */
    public int groupSize(int features) {
        return group == 0 ? features : group;
    }

    /** Whether activations become integers at all. */
    public boolean enabled() {
        return bits <= 8
                || (!widths.isEmpty() && widths.entrySet().stream().anyMatch(entry -> quantizes(entry.getKey())));
    }

    /** Whether an activation becomes integers. */
    public boolean quantizes(String activation) {
        return bits(activation) <= (DecoderConfig.isSum(activation) ? 16 : 8);
    }

    /** The bits of an activation, 32 for floating point. */
    public int bits(String activation) {
        return widths.getOrDefault(activation, DecoderConfig.isSum(activation) ? 32 : bits);
    }

    /** The quantization of one activation, made that of all. */
    public ActivationQuantization of(String activation) {
        int features = DecoderConfig.isSum(activation) ? 0 : group;
        return new ActivationQuantization(bits(activation), symmetric, mode, features, ranges, Map.of());
    }

    Map<String, Object> toJson() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("bits", bits);
        json.put("symmetric", symmetric);
        json.put("mode", mode.label());
        Map<String, Object> sorted = new TreeMap<>();
        ranges.forEach((name, range) -> sorted.put(name, List.of(range.minimum(), range.maximum())));
        json.put("ranges", sorted);
        if (group > 0) {
            json.put("group", group);
        }
        if (!widths.isEmpty()) {
            json.put("widths", new TreeMap<>(widths));
        }
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
        int group = json.names().contains("group") ? json.integer("group") : 0;
        JsonFields others = json.names().contains("widths") ? json.object("widths") : null;
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
            Map<String, Integer> widths = new LinkedHashMap<>();
            if (others != null) {
                for (String name : others.names()) {
                    widths.put(name, others.integer(name));
                }
            }
            return new ActivationQuantization(bits, symmetric, mode, group, ranges, widths);
        } catch (IllegalArgumentException problem) {
            throw json.error(problem);
        }
    }
}
