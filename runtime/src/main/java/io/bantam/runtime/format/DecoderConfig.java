package io.bantam.runtime.format;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The shape of a GPT-2 decoder: learned positions, pre-norm blocks, tanh GELU, embedding tied to the vocabulary product.
 *
 * @param vocabularySize words of the vocabulary
 * @param positions longest context, in tokens
 * @param width features of the hidden state
 * @param innerWidth features inside the feed-forward part, usually 4 times the width
 * @param layers number of blocks
 * @param heads attention heads, a divisor of the width
 * @param layerNormEpsilon added to the variance in every layer norm
 * @param beginId token that starts a text, or -1 if there is none
 * @param endId token that ends a text, or -1
 * @param lineEndId token that ends a line of code, or -1
 */
public record DecoderConfig(
        int vocabularySize,
        int positions,
        int width,
        int innerWidth,
        int layers,
        int heads,
        float layerNormEpsilon,
        int beginId,
        int endId,
        int lineEndId) {
    /** The value of {@code architecture} in files. */
    public static final String ARCHITECTURE = "gpt2";

    /** Checks ranges, with an {@link IllegalArgumentException} that names the field. */
    public DecoderConfig {
        // The upper ends keep a damaged header from asking for endless memory.
        requireRange("vocab_size", vocabularySize, 1 << 24);
        requireRange("n_positions", positions, 1 << 20);
        requireRange("n_embd", width, 1 << 16);
        requireRange("n_inner", innerWidth, 1 << 18);
        requireRange("n_layer", layers, 1 << 10);
        requireRange("n_head", heads, width);
        if (width % heads != 0) {
            throw new IllegalArgumentException("n_head " + heads + " does not divide n_embd " + width);
        }
        if (!(layerNormEpsilon >= 0) || layerNormEpsilon > 1) {
            throw new IllegalArgumentException("layer_norm_epsilon: expected 0 to 1, found " + layerNormEpsilon);
        }
        requireToken("bos_token_id", beginId, vocabularySize);
        requireToken("eos_token_id", endId, vocabularySize);
        requireToken("eol_token_id", lineEndId, vocabularySize);
    }

    /** Features of one attention head. */
    public int headWidth() {
        return width / heads;
    }

    /** The number of parameters, the tied embedding counted once. */
    public long parameterCount() {
        long count = 0;
        for (List<Integer> shape : shapes().values()) {
            count += shape.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
        }
        return count;
    }

    /** The names of the four linears of a block without {@code .weight}, as {@code h.3.attn.c_attn}. */
    public static List<String> linears(int layer) {
        String block = "h." + layer + ".";
        return List.of(block + "attn.c_attn", block + "attn.c_proj", block + "mlp.c_fc", block + "mlp.c_proj");
    }

    /** Every tensor the decoder needs, with its shape; linear weights as [outputs, inputs]. In model order. */
    public Map<String, List<Integer>> shapes() {
        Map<String, List<Integer>> shapes = new LinkedHashMap<>();
        shapes.put("wte.weight", List.of(vocabularySize, width));
        shapes.put("wpe.weight", List.of(positions, width));
        for (int layer = 0; layer < layers; layer++) {
            String block = "h." + layer + ".";
            putNorm(shapes, block + "ln_1");
            putLinear(shapes, block + "attn.c_attn", 3 * width, width);
            putLinear(shapes, block + "attn.c_proj", width, width);
            putNorm(shapes, block + "ln_2");
            putLinear(shapes, block + "mlp.c_fc", innerWidth, width);
            putLinear(shapes, block + "mlp.c_proj", width, innerWidth);
        }
        putNorm(shapes, "ln_f");
        return shapes;
    }

    private void putNorm(Map<String, List<Integer>> shapes, String name) {
        shapes.put(name + ".weight", List.of(width));
        shapes.put(name + ".bias", List.of(width));
    }

    private static void putLinear(Map<String, List<Integer>> shapes, String name, int outputs, int inputs) {
        shapes.put(name + ".weight", List.of(outputs, inputs));
        shapes.put(name + ".bias", List.of(outputs));
    }

    /** The JSON form kept in packed files, with Hugging Face's key names. */
    Map<String, Object> toJson() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("architecture", ARCHITECTURE);
        json.put("vocab_size", vocabularySize);
        json.put("n_positions", positions);
        json.put("n_embd", width);
        json.put("n_inner", innerWidth);
        json.put("n_layer", layers);
        json.put("n_head", heads);
        json.put("layer_norm_epsilon", layerNormEpsilon);
        json.put("bos_token_id", beginId < 0 ? null : beginId);
        json.put("eos_token_id", endId < 0 ? null : endId);
        json.put("eol_token_id", lineEndId < 0 ? null : lineEndId);
        return json;
    }

    static DecoderConfig fromJson(JsonFields json) throws FormatException {
        String architecture = json.string("architecture");
        if (!architecture.equals(ARCHITECTURE)) {
            throw json.error("architecture", "expected '" + ARCHITECTURE + "', found '" + architecture + "'");
        }
        try {
            DecoderConfig config = new DecoderConfig(
                    json.integer("vocab_size"),
                    json.integer("n_positions"),
                    json.integer("n_embd"),
                    json.integer("n_inner"),
                    json.integer("n_layer"),
                    json.integer("n_head"),
                    json.real("layer_norm_epsilon"),
                    json.token("bos_token_id"),
                    json.token("eos_token_id"),
                    json.token("eol_token_id"));
            json.requireAllRead();
            return config;
        } catch (IllegalArgumentException problem) {
            throw json.error(problem);
        }
    }

    private static void requireRange(String key, int value, int maximum) {
        if (value < 1 || value > maximum) {
            throw new IllegalArgumentException(key + ": expected 1 to " + maximum + ", found " + value);
        }
    }

    private static void requireToken(String key, int id, int vocabularySize) {
        if (id < -1 || id >= vocabularySize) {
            throw new IllegalArgumentException(
                    key + ": expected 0 to " + (vocabularySize - 1) + ", or -1 for none, found " + id);
        }
    }
}
