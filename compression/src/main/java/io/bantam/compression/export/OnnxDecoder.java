package io.bantam.compression.export;

import io.bantam.compression.export.OnnxGraph.Type;
import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.ActivationQuantization.Mode;
import io.bantam.runtime.format.Architecture;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.ModelTensor;
import io.bantam.runtime.format.Rotary;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The decoder as an ONNX graph, block by block, from the parts of {@link Architecture}. */
final class OnnxDecoder {
    private static final String BATCH = "batch";
    private static final String TOKENS = "tokens";
    private static final String PAST = "past";

    private final OnnxGraph graph;
    private final OnnxWeights weights;
    private final DecoderConfig config;
    private final ActivationQuantization activations;
    private final Map<String, ? extends ModelTensor> tensors;

    /** The places of the new tokens, {@code [tokens]}. */
    private String places;
    /** Whether a key is later than a token, {@code [tokens, past + tokens]}. */
    private String later;
    /** {@code [tokens, pairs]}; null without rotary positions. */
    private String cosines;

    private String sines;

    OnnxDecoder(
            OnnxGraph graph,
            OnnxWeights weights,
            DecoderConfig config,
            ActivationQuantization activations,
            Map<String, ? extends ModelTensor> tensors) {
        this.graph = graph;
        this.weights = weights;
        this.config = config;
        this.activations = activations;
        this.tensors = tensors;
    }

    void write() {
        graph.input(OnnxWriter.IDS, Type.INT64, List.of(BATCH, TOKENS));
        graph.output(OnnxWriter.LOGITS, Type.FLOAT, List.of(BATCH, TOKENS, (long) config.vocabularySize()));
        places();
        String x = weights.rows(
                DecoderConfig.EMBEDDING,
                tensors.get(DecoderConfig.EMBEDDING),
                config.vocabularySize(),
                config.width(),
                OnnxWriter.IDS);
        double scale = config.architecture().embeddingScale();
        if (scale != 1) {
            x = graph.node("embedding", "Mul", x, graph.floats("embedding.scale", new float[] {(float) scale}, 1));
        }
        if (config.architecture().sinusoids().isPresent()) {
            float[] table = config.architecture().sinusoids().get().table(config.positions(), config.width());
            String fixed = graph.floats("positions.sinusoids", table, config.positions(), config.width());
            x = graph.node("embedding", "Add", x, graph.node("positions", "Gather", fixed, places));
        }
        if (config.architecture().learnsPositions()) {
            String ids = graph.node("positions", "Unsqueeze", places, graph.longs(0));
            String learned = weights.rows(
                    DecoderConfig.POSITIONS,
                    tensors.get(DecoderConfig.POSITIONS),
                    config.positions(),
                    config.width(),
                    ids);
            x = graph.node("embedding", "Add", x, learned);
        }
        for (int layer = 0; layer < config.layers(); layer++) {
            x = block(layer, x);
        }
        String head = config.architecture().tiedHead() ? DecoderConfig.EMBEDDING : DecoderConfig.HEAD + ".weight";
        int vocabulary = config.vocabularySize();
        String states = graph.node("head", "Reshape", norm("ln_f", x), graph.longs(-1, config.width()));
        List<String> inputs =
                new ArrayList<>(List.of(states, weights.matrix(head, tensors.get(head), vocabulary, config.width())));
        if (tensors.containsKey(DecoderConfig.HEAD + ".bias")) {
            inputs.add(weights.plain(
                    DecoderConfig.HEAD + ".bias", tensors.get(DecoderConfig.HEAD + ".bias"), (long) vocabulary));
        }
        String logits = graph.node("head", "Gemm", inputs, Map.of("transB", 1L));
        String shape = graph.node(
                "head",
                "Concat",
                List.of(graph.node("head", "Shape", OnnxWriter.IDS), graph.longs(vocabulary)),
                Map.of("axis", 0L));
        graph.rename(graph.node("head", "Reshape", logits, shape), OnnxWriter.LOGITS);
    }

    /** The places of tokens and keys, and what is made of them for all blocks. */
    private void places() {
        String past = size("past_key_values.0.key", 2);
        String all = graph.node("positions", "Add", past, size(OnnxWriter.IDS, 1));
        String one = graph.scalar(1L);
        places = graph.node("positions", "Range", past, all, one);
        String keys = graph.node("keys", "Range", graph.scalar(0L), all, one);
        later = graph.node(
                "keys",
                "Greater",
                graph.node("keys", "Unsqueeze", keys, graph.longs(0)),
                graph.node("keys", "Unsqueeze", places, graph.longs(1)));
        config.architecture().rotary().ifPresent(this::turns);
    }

    private String size(String value, long axis) {
        String size = graph.node("positions", "Shape", List.of(value), Map.of("start", axis, "end", axis + 1));
        return graph.node("positions", "Squeeze", size, graph.longs(0));
    }

    private void turns(Rotary rotary) {
        double[] frequencies = rotary.frequencies();
        float[] cosine = new float[Math.multiplyExact(config.positions(), frequencies.length)];
        float[] sine = new float[cosine.length];
        for (int i = 0; i < cosine.length; i++) {
            double angle = i / frequencies.length * frequencies[i % frequencies.length];
            cosine[i] = (float) (rotary.magnitude() * Math.cos(angle));
            sine[i] = (float) (rotary.magnitude() * Math.sin(angle));
        }
        String cosineTable = graph.floats("rotary.cosines", cosine, config.positions(), frequencies.length);
        String sineTable = graph.floats("rotary.sines", sine, config.positions(), frequencies.length);
        cosines = graph.node("rotary", "Gather", cosineTable, places);
        sines = graph.node("rotary", "Gather", sineTable, places);
    }

    private String block(int layer, String input) {
        String block = "h." + layer + ".";
        String normed = norm(block + "ln_1", input);
        String attended = attention(layer, normed);
        String x = onGrid(block + "attn.sum", graph.node(block + "attn", "Add", input, attended), config.width());
        String inner = config.architecture().parallel() ? normed : norm(block + "ln_2", x);
        return onGrid(
                block + "mlp.sum", graph.node(block + "mlp", "Add", x, feedForward(block, inner)), config.width());
    }

    private String feedForward(String block, String input) {
        String inner = linear(block + "mlp.c_fc", input, config.feedForwardWidth(), config.width());
        String activated = switch (config.architecture().feedForward()) {
            case GELU -> graph.node(block + "mlp", "Gelu", List.of(inner), Map.of("approximate", "tanh"));
            case ERF_GELU -> graph.node(block + "mlp", "Gelu", inner);
            case SWIGLU -> {
                String[] parts = split(block + "mlp", inner, config.innerWidth(), config.innerWidth());
                String gate =
                        graph.node(block + "mlp", "Mul", parts[0], graph.node(block + "mlp", "Sigmoid", parts[0]));
                yield graph.node(block + "mlp", "Mul", gate, parts[1]);
            }
        };
        return linear(block + "mlp.c_proj", activated, config.width(), config.innerWidth());
    }

    private String attention(int layer, String input) {
        String scope = "h." + layer + ".attn";
        int size = config.headWidth();
        int shared = config.keyValueHeads();
        int queriesPerKey = config.heads() / shared;
        String together = linear(scope + ".c_attn", input, config.queryKeyValueWidth(), config.width());
        String[] parts = split(scope, together, config.attentionWidth(), shared * size, shared * size);
        String query = turned(scope, heads(scope, parts[0], config.heads()));
        String key = cached(layer, "key", turned(scope, heads(scope, parts[1], shared)));
        String value = cached(layer, "value", heads(scope, parts[2], shared));
        if (queriesPerKey > 1) {
            query = graph.node(scope, "Reshape", query, graph.longs(0, shared, queriesPerKey, -1, size));
            key = graph.node(scope, "Unsqueeze", key, graph.longs(2));
            value = graph.node(scope, "Unsqueeze", value, graph.longs(2));
        }
        long[] turned = queriesPerKey > 1 ? new long[] {0, 1, 2, 4, 3} : new long[] {0, 1, 3, 2};
        String keys = graph.node(scope, "Transpose", List.of(key), Map.of("perm", turned));
        String scores = graph.node(scope, "MatMul", query, keys);
        scores = graph.node(scope, "Mul", scores, graph.scalar((float) (1 / Math.sqrt(size))));
        scores = graph.node(scope, "Where", later, graph.scalar(Float.NEGATIVE_INFINITY), scores);
        String shares = graph.node(scope, "Softmax", List.of(scores), Map.of("axis", -1L));
        String seen = graph.node(scope, "MatMul", shares, value);
        if (queriesPerKey > 1) {
            seen = graph.node(scope, "Reshape", seen, graph.longs(0, config.heads(), -1, size));
        }
        seen = graph.node(scope, "Transpose", List.of(seen), Map.of("perm", new long[] {0, 2, 1, 3}));
        seen = graph.node(scope, "Reshape", seen, graph.longs(0, 0, config.attentionWidth()));
        return linear(scope + ".c_proj", seen, config.width(), config.attentionWidth());
    }

    /** {@code [batch, tokens, heads * size]} as {@code [batch, heads, tokens, size]}. */
    private String heads(String scope, String value, int heads) {
        String apart = graph.node(scope, "Reshape", value, graph.longs(0, 0, heads, config.headWidth()));
        return graph.node(scope, "Transpose", List.of(apart), Map.of("perm", new long[] {0, 2, 1, 3}));
    }

    /** The keys or values of the past with the new ones behind them, which become an output too. */
    private String cached(int layer, String kind, String added) {
        String past = "past_key_values." + layer + "." + kind;
        String present = "present." + layer + "." + kind;
        long heads = config.keyValueHeads();
        long size = config.headWidth();
        graph.input(past, Type.FLOAT, List.of(BATCH, heads, PAST, size));
        graph.output(present, Type.FLOAT, List.of(BATCH, heads, PAST + " + " + TOKENS, size));
        String all = graph.node("h." + layer + ".attn", "Concat", List.of(past, added), Map.of("axis", 2L));
        graph.rename(all, present);
        return all;
    }

    /** Turns queries or keys by their places; without rotary positions they stay. */
    private String turned(String scope, String value) {
        if (cosines == null) {
            return value;
        }
        Rotary rotary = config.architecture().rotary().orElseThrow();
        int rest = config.headWidth() - rotary.width();
        String[] parts = rest == 0 ? new String[] {value} : split(scope, value, rotary.width(), rest);
        String first;
        String second;
        if (rotary.neighbours()) {
            String pairs = graph.node(scope, "Reshape", parts[0], graph.longs(0, 0, -1, rotary.width() / 2, 2));
            String[] apart = split(scope, pairs, 1, 1);
            first = graph.node(scope, "Squeeze", apart[0], graph.longs(-1));
            second = graph.node(scope, "Squeeze", apart[1], graph.longs(-1));
        } else {
            String[] apart = split(scope, parts[0], rotary.width() / 2, rotary.width() / 2);
            first = apart[0];
            second = apart[1];
        }
        String turnedFirst = graph.node(
                scope, "Sub", graph.node(scope, "Mul", first, cosines), graph.node(scope, "Mul", second, sines));
        String turnedSecond = graph.node(
                scope, "Add", graph.node(scope, "Mul", second, cosines), graph.node(scope, "Mul", first, sines));
        String together;
        if (rotary.neighbours()) {
            String pairs = joined(
                    scope,
                    graph.node(scope, "Unsqueeze", turnedFirst, graph.longs(-1)),
                    graph.node(scope, "Unsqueeze", turnedSecond, graph.longs(-1)));
            together = graph.node(scope, "Reshape", pairs, graph.longs(0, 0, -1, rotary.width()));
        } else {
            together = joined(scope, turnedFirst, turnedSecond);
        }
        return rest == 0 ? together : joined(scope, together, parts[1]);
    }

    private String joined(String scope, String first, String second) {
        return graph.node(scope, "Concat", List.of(first, second), Map.of("axis", -1L));
    }

    private String[] split(String scope, String value, long... sizes) {
        return graph.node(scope, "Split", List.of(value, graph.longs(sizes)), Map.of("axis", -1L), sizes.length);
    }

    private String norm(String name, String x) {
        String gain = weights.plain(name + ".weight", tensors.get(name + ".weight"), (long) config.width());
        return switch (config.architecture().norm()) {
            case LAYER ->
                graph.node(
                        name,
                        "LayerNormalization",
                        List.of(x, gain, weights.plain(name + ".bias", tensors.get(name + ".bias"), (long)
                                config.width())),
                        Map.of("epsilon", config.layerNormEpsilon()));
            case RMS -> {
                String squares = graph.node(name, "Mul", x, x);
                String mean = graph.node(name, "ReduceMean", squares, graph.longs(-1));
                String root = graph.node(
                        name, "Sqrt", graph.node(name, "Add", mean, graph.scalar(config.layerNormEpsilon())));
                yield graph.node(name, "Mul", graph.node(name, "Div", x, root), gain);
            }
        };
    }

    private String linear(String name, String input, int rows, int columns) {
        String x = onGrid(name, input, columns);
        String weight = weights.transposed(name + ".weight", tensors.get(name + ".weight"), rows, columns);
        String product = graph.node(name, "MatMul", x, weight);
        ModelTensor bias = tensors.get(name + ".bias");
        return bias == null
                ? product
                : graph.node(name, "Add", product, weights.plain(name + ".bias", bias, (long) rows));
    }

    /** Puts an activation of so many features on its grid, if it has one. */
    private String onGrid(String name, String x, int features) {
        if (!activations.quantizes(name)) {
            return x;
        }
        int group = activations.of(name).groupSize(features);
        if (group == features) {
            return onGrid(name, x);
        }
        String apart = graph.node(name, "Reshape", x, graph.longs(0, 0, -1, group));
        return graph.node(name, "Reshape", onGrid(name, apart), graph.longs(0, 0, features));
    }

    /**
     * Adds nodes that put x on the grid of {@link ActivationQuantization}; each row of the last dimension has a range.
     */
    private String onGrid(String name, String x) {
        float levels = 1 << activations.bits(name);
        boolean symmetric = activations.symmetric();
        String low;
        String high;
        if (activations.mode() == Mode.STATIC) {
            ActivationQuantization.Range range = activations.ranges().get(name);
            low = graph.scalar(range.minimum());
            high = graph.scalar(range.maximum());
        } else {
            low = graph.node(name, "ReduceMin", x, graph.longs(-1));
            high = graph.node(name, "ReduceMax", x, graph.longs(-1));
        }
        String extent = symmetric
                ? graph.node(
                        name,
                        "Mul",
                        graph.node(name, "Max", graph.node(name, "Abs", low), graph.node(name, "Abs", high)),
                        graph.scalar(2f))
                : graph.node(name, "Sub", high, low);
        String scale = graph.node(name, "Mul", extent, graph.scalar(1 / levels));
        // A range without extent gives zeros.
        String divisor = graph.node(
                name, "Where", graph.node(name, "Greater", scale, graph.scalar(0f)), scale, graph.scalar(1f));
        String zero = symmetric
                ? null
                : graph.node(name, "Mul", graph.node(name, "Round", graph.node(name, "Div", low, divisor)), scale);
        String shifted = symmetric ? x : graph.node(name, "Sub", x, zero);
        float least = symmetric ? -levels / 2 : 0;
        String codes = graph.node(
                name,
                "Clip",
                graph.node(name, "Round", graph.node(name, "Div", shifted, divisor)),
                graph.scalar(least),
                graph.scalar(least + levels - 1));
        String values = graph.node(name, "Mul", codes, scale);
        return symmetric ? values : graph.node(name, "Add", values, zero);
    }
}
