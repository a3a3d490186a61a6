package io.bantam.runtime.format;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Rotary positions (RoFormer, arXiv:2104.09864): pairs of features of every query and key are turned by an angle that
 * grows with the token's position, {@code (a, b) -> m (a cos f p - b sin f p, b cos f p + a sin f p)} with frequency f,
 * position p and magnitude m.
 *
 * @param width features of a head that are turned, its first ones; even
 * @param neighbours whether pair i is features 2 i and 2 i + 1 (GPT-J), otherwise i and i + width / 2 (Llama)
 * @param base frequency i is {@code base^(-2 i / width)} before scaling
 * @param scaling how a model was made ready for longer texts than it was trained on
 */
public record Rotary(int width, boolean neighbours, double base, Scaling scaling) {
    /** A change of the frequencies. */
    public sealed interface Scaling {
        /** No change. */
        record None() implements Scaling {}

        /** Position interpolation (arXiv:2306.15595): every frequency is divided by {@code factor}. */
        record Linear(double factor) implements Scaling {}

        /**
         * The scaling of Llama 3.1: waves longer than {@code positions / low} are divided by {@code factor}, those
         * shorter than {@code positions / high} stay, and between the two it goes over smoothly.
         *
         * @param positions longest text of the first training
         */
        record Llama3(double factor, double low, double high, int positions) implements Scaling {}

        /**
         * YaRN (arXiv:2309.00071): frequencies that turn more than {@code fast} times over {@code positions} stay,
         * those that turn less than {@code slow} times are divided by {@code factor}, with a ramp between; the
         * magnitude grows.
         *
         * @param magnitude m, usually {@code 0.1 ln(factor) + 1}
         */
        record Yarn(double factor, double fast, double slow, int positions, double magnitude) implements Scaling {}
    }

    /** Checks ranges, with an {@link IllegalArgumentException} that names the field. */
    public Rotary {
        if (width < 2 || width % 2 != 0) {
            throw new IllegalArgumentException("rotary width: expected an even number from 2, found " + width);
        }
        require("rotary base", base);
        switch (scaling) {
            case Scaling.None none -> {}
            case Scaling.Linear linear -> require("rotary factor", linear.factor);
            case Scaling.Llama3 llama -> {
                require("rotary factor", llama.factor);
                require("rotary low frequency factor", llama.low);
                require("rotary positions", llama.positions);
                if (!(llama.high > llama.low)) {
                    throw new IllegalArgumentException(
                            "rotary high frequency factor: expected more than " + llama.low + ", found " + llama.high);
                }
            }
            case Scaling.Yarn yarn -> {
                require("rotary factor", yarn.factor);
                require("rotary slow", yarn.slow);
                require("rotary fast", yarn.fast);
                require("rotary magnitude", yarn.magnitude);
                require("rotary positions", yarn.positions);
            }
        }
    }

    private static void require(String key, double value) {
        if (!(value > 0) || Double.isInfinite(value)) {
            throw new IllegalArgumentException(key + ": expected a number above 0, found " + value);
        }
    }

    /** The angle per position of every pair, in radians: {@code [width / 2]}. */
    public double[] frequencies() {
        double[] frequencies = new double[width / 2];
        for (int i = 0; i < frequencies.length; i++) {
            double plain = Math.pow(base, -2.0 * i / width);
            frequencies[i] = switch (scaling) {
                case Scaling.None none -> plain;
                case Scaling.Linear linear -> plain / linear.factor;
                case Scaling.Llama3 llama -> scaled(llama, plain);
                case Scaling.Yarn yarn -> scaled(yarn, i, plain);
            };
        }
        return frequencies;
    }

    private static double scaled(Scaling.Llama3 llama, double plain) {
        double turns = llama.positions * plain / (2 * Math.PI);
        double kept = Math.clamp((turns - llama.low) / (llama.high - llama.low), 0.0, 1.0);
        return (1 - kept) * plain / llama.factor + kept * plain;
    }

    private double scaled(Scaling.Yarn yarn, int pair, double plain) {
        double first = Math.max(0, Math.floor(pairWith(yarn.fast, yarn)));
        double last = Math.min(width - 1, Math.ceil(pairWith(yarn.slow, yarn)));
        // A ramp of no length is a step, as the published code has it.
        double length = last == first ? 0.001 : last - first;
        double divided = Math.clamp((pair - first) / length, 0.0, 1.0);
        return divided * plain / yarn.factor + (1 - divided) * plain;
    }

    /** The pair, as a real number, that turns so often over the positions of the first training. */
    private double pairWith(double turns, Scaling.Yarn yarn) {
        return width * Math.log(yarn.positions / (turns * 2 * Math.PI)) / (2 * Math.log(base));
    }

    /** The factor m that turned features are multiplied with. */
    public double magnitude() {
        return scaling instanceof Scaling.Yarn yarn ? yarn.magnitude : 1;
    }

    Map<String, Object> toJson() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("width", width);
        json.put("neighbours", neighbours);
        json.put("base", base);
        switch (scaling) {
            case Scaling.None none -> json.put("scaling", "none");
            case Scaling.Linear linear -> {
                json.put("scaling", "linear");
                json.put("factor", linear.factor);
            }
            case Scaling.Llama3 llama -> {
                json.put("scaling", "llama3");
                json.put("factor", llama.factor);
                json.put("low", llama.low);
                json.put("high", llama.high);
                json.put("positions", llama.positions);
            }
            case Scaling.Yarn yarn -> {
                json.put("scaling", "yarn");
                json.put("factor", yarn.factor);
                json.put("fast", yarn.fast);
                json.put("slow", yarn.slow);
                json.put("positions", yarn.positions);
                json.put("magnitude", yarn.magnitude);
            }
        }
        return json;
    }

    static Rotary fromJson(JsonFields json) throws FormatException {
        String kind = json.string("scaling");
        Scaling scaling = switch (kind) {
            case "none" -> new Scaling.None();
            case "linear" -> new Scaling.Linear(json.number("factor"));
            case "llama3" ->
                new Scaling.Llama3(
                        json.number("factor"), json.number("low"), json.number("high"), json.integer("positions"));
            case "yarn" ->
                new Scaling.Yarn(
                        json.number("factor"),
                        json.number("fast"),
                        json.number("slow"),
                        json.integer("positions"),
                        json.number("magnitude"));
            default -> throw json.error("scaling", "expected none, linear, llama3 or yarn, found '" + kind + "'");
        };
        Rotary rotary = new Rotary(json.integer("width"), json.bool("neighbours"), json.number("base"), scaling);
        json.requireAllRead();
        return rotary;
    }
}
