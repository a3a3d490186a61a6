package io.bantam.runtime.format;

import io.bantam.runtime.format.Architecture.Bias;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The shape of a decoder: pre-norm blocks of attention and a feed-forward part, between an embedding and a vocabulary
 * product.
 *
 * <p>Tensors have the same names in every family, those of GPT-2: a block has the linears {@code attn.c_attn} (queries,
 * keys and values, one after the other), {@code attn.c_proj}, {@code mlp.c_fc} (with a gate: gate and value) and {@code
 * mlp.c_proj}. What a checkpoint calls them is the concern of whoever reads it.
 *
 * @param vocabularySize tokens of the vocabulary
 * @param positions longest context, in tokens
 * @param width features of the hidden state
 * @param innerWidth features inside the feed-forward part, usually 4 times the width; with a gate those of gate and
 *     value each
 * @param layers number of blocks
 * @param heads attention heads; a divisor of the width if the architecture gives them no width of their own
 * @param layerNormEpsilon added to the variance, or the mean of squares, in every norm
 * @param beginId token that starts a text, or -1 if there is none
 * @param endId token that ends a text, or -1
 * @param lineEndId token that ends a line of code, or -1
 * @param architecture its form
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
        int lineEndId,
        Architecture architecture)
        implements ModelConfig {
    /** The name of the weight that tokens are looked up in. */
    public static final String EMBEDDING = "wte.weight";

    /** The name of learned positions. */
    public static final String POSITIONS = "wpe.weight";

    /** The name of the vocabulary product's weight where it is not the embedding. */
    public static final String HEAD = "lm_head";

    /** Checks ranges, with an {@link IllegalArgumentException} that names the field. */
    public DecoderConfig {
        // The upper ends keep a damaged header from asking for endless memory.
        requireRange("vocab_size", vocabularySize, 1 << 24);
        requireRange("n_positions", positions, 1 << 20);
        requireRange("n_embd", width, 1 << 16);
        requireRange("n_inner", innerWidth, 1 << 18);
        requireRange("n_layer", layers, 1 << 10);
        requireRange("n_head", heads, width);
        if (architecture.headWidth() == 0 && width % heads != 0) {
            throw new IllegalArgumentException("n_head " + heads + " does not divide n_embd " + width);
        }
        if (!(layerNormEpsilon >= 0) || layerNormEpsilon > 1) {
            throw new IllegalArgumentException("layer_norm_epsilon: expected 0 to 1, found " + layerNormEpsilon);
        }
        requireToken("bos_token_id", beginId, vocabularySize);
        requireToken("eos_token_id", endId, vocabularySize);
        requireToken("eol_token_id", lineEndId, vocabularySize);
        requireHeads(width, heads, architecture);
        if (architecture.sinusoids().isPresent() && (width < 4 || width % 2 != 0)) {
            throw new IllegalArgumentException("n_embd " + width + ": sinusoids need an even number from 4");
        }
    }

    /** Makes the shape of a GPT-2. */
    public DecoderConfig(
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
        this(
                vocabularySize,
                positions,
                width,
                innerWidth,
                layers,
                heads,
                layerNormEpsilon,
                beginId,
                endId,
                lineEndId,
                Architecture.GPT2);
    }

    @Override
    public List<Stack> stacks() {
        return List.of(new Stack("", layers));
    }

    @Override
    public DecoderConfig withLayers(String prefix, int count) {
        if (!prefix.isEmpty()) {
            throw new IllegalArgumentException("a decoder has one stack, and no '" + prefix + "'");
        }
        return withLayers(count);
    }

    /** This shape with another number of blocks. */
    public DecoderConfig withLayers(int count) {
        return new DecoderConfig(
                vocabularySize,
                positions,
                width,
                innerWidth,
                count,
                heads,
                layerNormEpsilon,
                beginId,
                endId,
                lineEndId,
                architecture);
    }

    /** Features of one attention head. */
    public int headWidth() {
        return architecture.headWidth() == 0 ? width / heads : architecture.headWidth();
    }

    /** Heads of keys and values. */
    public int keyValueHeads() {
        return architecture.keyValueHeads() == 0 ? heads : architecture.keyValueHeads();
    }

    /** Features of all heads' queries, and of what attention gives. */
    public int attentionWidth() {
        return heads * headWidth();
    }

    /** Features that {@code attn.c_attn} gives: queries, keys and values. */
    public int queryKeyValueWidth() {
        return (heads + 2 * keyValueHeads()) * headWidth();
    }

    /** Features that {@code mlp.c_fc} gives. */
    public int feedForwardWidth() {
        return architecture.feedForward() == Architecture.FeedForward.SWIGLU ? 2 * innerWidth : innerWidth;
    }

    @Override
    public String family() {
        return architecture.name();
    }

    @Override
    public boolean tiedHead() {
        return architecture.tiedHead();
    }

    @Override
    public List<String> embeddings() {
        return architecture.tiedHead() ? List.of(EMBEDDING) : List.of(EMBEDDING, HEAD + ".weight");
    }

    @Override
    public List<List<String>> blockLinears() {
        return IntStream.range(0, layers).mapToObj(DecoderConfig::linears).toList();
    }

    @Override
    public List<String> activationNames() {
        return IntStream.range(0, layers)
                .boxed()
                .flatMap(layer -> activations(layer).stream())
                .toList();
    }

    /** The names of the four linears of a block without {@code .weight}, as {@code h.3.attn.c_attn}. */
    public static List<String> linears(int layer) {
        String block = "h." + layer + ".";
        return List.of(block + "attn.c_attn", block + "attn.c_proj", block + "mlp.c_fc", block + "mlp.c_proj");
    }

    /**
     * The names of the two sums of the residual stream in a block: what it is behind the attention, as {@code
     * h.3.attn.sum}, and behind the feed-forward part, {@code h.3.mlp.sum}.
     */
    public static List<String> sums(int layer) {
        return List.of("h." + layer + ".attn.sum", "h." + layer + ".mlp.sum");
    }

    /** Whether an activation is a sum of the residual stream, not the input of a linear layer. */
    public static boolean isSum(String activation) {
        return activation.endsWith(".sum");
    }

    /** The names of a block's activations in the order in which they come: inputs of its linears, and its sums. */
    public static List<String> activations(int layer) {
        List<String> linears = linears(layer);
        List<String> sums = sums(layer);
        return List.of(linears.get(0), linears.get(1), sums.get(0), linears.get(2), linears.get(3), sums.get(1));
    }

    @Override
    public Map<String, List<Integer>> shapes() {
        Map<String, List<Integer>> shapes = new LinkedHashMap<>();
        shapes.put(EMBEDDING, List.of(vocabularySize, width));
        if (architecture.learnsPositions()) {
            shapes.put(POSITIONS, List.of(positions, width));
        }
        for (int layer = 0; layer < layers; layer++) {
            String block = "h." + layer + ".";
            putNorm(shapes, block + "ln_1");
            putLinear(shapes, block + "attn.c_attn", queryKeyValueWidth(), width, Bias.ATTENTION_IN);
            putLinear(shapes, block + "attn.c_proj", width, attentionWidth(), Bias.ATTENTION_OUT);
            if (!architecture.parallel()) {
                putNorm(shapes, block + "ln_2");
            }
            putLinear(shapes, block + "mlp.c_fc", feedForwardWidth(), width, Bias.FEED_FORWARD);
            putLinear(shapes, block + "mlp.c_proj", width, innerWidth, Bias.FEED_FORWARD);
        }
        putNorm(shapes, "ln_f");
        if (!architecture.tiedHead()) {
            putLinear(shapes, HEAD, vocabularySize, width, Bias.HEAD);
        }
        return shapes;
    }

    private void putNorm(Map<String, List<Integer>> shapes, String name) {
        shapes.put(name + ".weight", List.of(width));
        if (architecture.norm() == Architecture.Norm.LAYER) {
            shapes.put(name + ".bias", List.of(width));
        }
    }

    private void putLinear(Map<String, List<Integer>> shapes, String name, int outputs, int inputs, Bias bias) {
        shapes.put(name + ".weight", List.of(outputs, inputs));
        if (architecture.has(bias)) {
            shapes.put(name + ".bias", List.of(outputs));
        }
    }

    /** The JSON form kept in packed files, with Hugging Face's key names. */
    @Override
    public Map<String, Object> toJson() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("architecture", architecture.name());
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
        if (!architecture.equals(Architecture.GPT2)) {
            json.put("form", architecture.toJson());
        }
        return json;
    }

    static DecoderConfig fromJson(JsonFields json) throws FormatException {
        String name = json.string("architecture");
        boolean gpt2 = name.equals(Architecture.GPT2.name());
        if (!gpt2 && !json.names().contains("form")) {
            throw json.error("architecture", "expected 'gpt2', found '" + name + "' without a form");
        }
        Architecture architecture = gpt2 ? Architecture.GPT2 : Architecture.fromJson(name, json.object("form"));
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
                    json.token("eol_token_id"),
                    architecture);
            json.requireAllRead();
            return config;
        } catch (IllegalArgumentException problem) {
            throw json.error(problem);
        }
    }

    private static void requireHeads(int width, int heads, Architecture architecture) {
        int headWidth = architecture.headWidth() == 0 ? width / heads : architecture.headWidth();
        requireRange("head_width", headWidth, 1 << 16);
        int shared = architecture.keyValueHeads();
        if (shared > 0 && heads % shared != 0) {
            throw new IllegalArgumentException("key_value_heads " + shared + " does not divide n_head " + heads);
        }
        architecture.rotary().ifPresent(rotary -> requireRange("rotary width", rotary.width(), headWidth));
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
