package io.bantam.trainer.hub;

import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.FormatException;
import io.bantam.runtime.format.Json;
import io.bantam.runtime.format.ModelConfig;
import io.bantam.trainer.BantamException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The {@code config.json} of a model: what Bantam computes with, and the other keys as they were.
 *
 * @param model shape of the model and ids of its special tokens; the line end is {@code eol_token_id}, else
 *     {@code sep_token_id}, the role that CodeXGLUE gives it
 * @param others every key that is not in {@link ModelConfig}, such as dropout rates; kept when the model is saved
 */
public record CheckpointConfig(ModelConfig model, Map<String, Object> others) {

    /** Name of the file in a model's folder. */
    public static final String FILE_NAME = "config.json";

    /** Copies the map, keeping its order. */
    public CheckpointConfig {
        others = Collections.unmodifiableMap(new LinkedHashMap<>(others));
    }

    /** A configuration without other keys. */
    public static CheckpointConfig of(ModelConfig model) {
        return new CheckpointConfig(model, Map.of());
    }

    /**
     * The shape, where only a decoder will do.
     *
     * @throws BantamException if the model is another one
     */
    public DecoderConfig decoder() {
        if (model instanceof DecoderConfig decoder) {
            return decoder;
        }
        throw new BantamException("a " + model.family() + " does not complete text, and this needs a model that does;"
                + " compress and measure it by a recipe whose task is classification or generation");
    }

    /**
     * Reads a file.
     *
     * @throws FormatException if it is damaged, lacks a size, or describes a model that computes differently; all
     *     problems are in one message
     * @throws IOException if it cannot be read
     */
    public static CheckpointConfig read(Path file) throws IOException {
        Map<String, Object> json = Json.parseObject(Files.readString(file), file);
        if ("bert".equals(json.get("model_type")) && !json.containsKey("sep_token_id")) {
            json = new LinkedHashMap<>(json);
            json.putAll(WordPieceIds.in(file.toAbsolutePath().getParent()));
        }
        return parse(json, file);
    }

    static CheckpointConfig parse(Map<String, Object> json, Object source) throws FormatException {
        var keys = new ConfigKeys(json);
        Object type = keys.take("model_type", "gpt2");
        Optional<Family<?>> family = Families.find(String.valueOf(type));
        if (family.isEmpty()) {
            throw new FormatException(source, "model_type is " + Json.write(type) + ": " + Families.known());
        }
        ModelConfig model = family.get().read(keys);
        List<String> problems = keys.problems();
        if (!problems.isEmpty()) {
            throw new FormatException(source, String.join("; ", problems));
        }
        return new CheckpointConfig(model, keys.untouched());
    }

    /** Returns all keys for a {@code config.json} that transformers can load. */
    public Map<String, Object> toJson() {
        Map<String, Object> json = Families.of(model).write(model);
        others.forEach(json::putIfAbsent);
        return json;
    }

    static Integer idOrNull(int id) {
        return id < 0 ? null : id;
    }
}
