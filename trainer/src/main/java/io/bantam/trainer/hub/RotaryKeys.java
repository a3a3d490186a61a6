package io.bantam.trainer.hub;

import io.bantam.runtime.format.Json;
import io.bantam.runtime.format.Rotary;
import io.bantam.runtime.format.Rotary.Scaling;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads and writes the rotary positions of Llama-like configs: {@code rope_theta} and {@code rope_scaling}. */
final class RotaryKeys {
    private static final String SCALING = "rope_scaling";
    private static final String PARAMETERS = "rope_parameters";
    private static final String THETA = "rope_theta";
    private static final double USUAL_THETA = 10_000;

    private RotaryKeys() {}

    /**
     * Takes rotary positions.
     *
     * @param headWidth features of a head
     * @param positions longest text, for scalings that do not say the one of the first training
     */
    static Rotary read(ConfigKeys keys, int headWidth, int positions) {
        double theta = keys.number(THETA, USUAL_THETA);
        Object newer = keys.take(PARAMETERS, null);
        Object older = keys.take(SCALING, null);
        Object given = newer == null ? older : newer;
        int width = 2 * (int) (headWidth * keys.number("partial_rotary_factor", 1) / 2);
        Scaling scaling = new Scaling.None();
        if (given instanceof Map<?, ?> map) {
            Map<String, Object> named = new LinkedHashMap<>();
            map.forEach((key, value) -> named.put(String.valueOf(key), value));
            ConfigKeys inner = new ConfigKeys(named);
            theta = inner.number(THETA, theta);
            scaling = scaling(inner, positions);
            String where = (newer == null ? SCALING : PARAMETERS) + ": ";
            inner.problems().forEach(problem -> keys.problem(where + problem));
        } else if (given != null) {
            keys.problem(SCALING + " is " + Json.write(given) + "; expected an object or null");
        }
        try {
            return new Rotary(Math.max(2, width), false, theta, scaling);
        } catch (IllegalArgumentException problem) {
            keys.problem(problem.getMessage());
            return new Rotary(2, false, USUAL_THETA, new Scaling.None());
        }
    }

    private static Scaling scaling(ConfigKeys keys, int positions) {
        Object old = keys.take("type", "default");
        String type = String.valueOf(keys.take("rope_type", old));
        return switch (type) {
            // The dynamic form changes nothing within the positions of the first training, and that is how far we read.
            case "default", "dynamic" -> new Scaling.None();
            case "linear" -> new Scaling.Linear(keys.number("factor", 1));
            case "llama3" ->
                new Scaling.Llama3(
                        keys.number("factor", 8),
                        keys.number("low_freq_factor", 1),
                        keys.number("high_freq_factor", 4),
                        keys.integer("original_max_position_embeddings", 8192));
            case "yarn" -> yarn(keys, positions);
            default -> {
                keys.problem("type is " + Json.write(type) + "; expected default, linear, dynamic, llama3 or yarn");
                yield new Scaling.None();
            }
        };
    }

    private static Scaling yarn(ConfigKeys keys, int positions) {
        for (String key : List.of("mscale", "mscale_all_dim")) {
            if (keys.take(key, null) != null) {
                keys.problem(key + " cannot be computed");
            }
        }
        keys.require("truncate", true, true, "a ramp between parts of pairs cannot be computed");
        double factor = keys.number("factor", 1);
        double usual = factor <= 1 ? 1 : 0.1 * Math.log(factor) + 1;
        return new Scaling.Yarn(
                factor,
                keys.number("beta_fast", 32),
                keys.number("beta_slow", 1),
                keys.integer("original_max_position_embeddings", positions),
                keys.number("attention_factor", usual));
    }

    /** Puts rotary positions. */
    static void write(Map<String, Object> json, Rotary rotary, int headWidth) {
        json.put(THETA, rotary.base());
        if (rotary.width() != headWidth) {
            json.put("partial_rotary_factor", (double) rotary.width() / headWidth);
        }
        Map<String, Object> scaling = new LinkedHashMap<>();
        switch (rotary.scaling()) {
            case Scaling.None none -> {}
            case Scaling.Linear linear -> {
                put(scaling, "linear");
                scaling.put("factor", linear.factor());
            }
            case Scaling.Llama3 llama -> {
                put(scaling, "llama3");
                scaling.put("factor", llama.factor());
                scaling.put("low_freq_factor", llama.low());
                scaling.put("high_freq_factor", llama.high());
                scaling.put("original_max_position_embeddings", llama.positions());
            }
            case Scaling.Yarn yarn -> {
                put(scaling, "yarn");
                scaling.put("factor", yarn.factor());
                scaling.put("beta_fast", yarn.fast());
                scaling.put("beta_slow", yarn.slow());
                scaling.put("original_max_position_embeddings", yarn.positions());
                scaling.put("attention_factor", yarn.magnitude());
            }
        }
        json.put(SCALING, scaling.isEmpty() ? null : scaling);
    }

    /** Under the old key too: {@code rope_type} came with transformers 4.43. */
    private static void put(Map<String, Object> scaling, String type) {
        for (String key : Set.of("rope_type", "type")) {
            scaling.put(key, type);
        }
    }
}
