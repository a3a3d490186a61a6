package io.bantam.compression.export;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.Architecture;
import io.bantam.runtime.format.Architecture.Bias;
import io.bantam.runtime.format.Architecture.FeedForward;
import io.bantam.runtime.format.Architecture.Norm;
import io.bantam.runtime.format.CodebookTensor;
import io.bantam.runtime.format.DType;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.FloatTensor;
import io.bantam.runtime.format.ModelTensor;
import io.bantam.runtime.format.PackedTensor;
import io.bantam.runtime.format.Rotary;
import io.bantam.runtime.format.Scheme;
import io.bantam.runtime.format.Sinusoids;
import io.bantam.runtime.model.ExactDecoder;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** ONNX Runtime computes from the files what {@link ExactDecoder} says that the models are. */
final class OnnxWriterTest {
    private static final int[] TOKENS = {3, 41, 69, 0, 17, 17, 5, 60, 22, 8};
    private static final Rotary ROTARY = new Rotary(16, false, 100, new Rotary.Scaling.None());

    @TempDir
    private Path folder;

    private static DecoderConfig config(Architecture architecture) {
        return new DecoderConfig(70, 16, 64, 96, 2, 4, 1e-5f, 0, 1, 4, architecture);
    }

    private static Architecture form(String name) {
        return switch (name) {
            case "gpt2" -> Architecture.GPT2;
            case "llama" ->
                new Architecture(name, Norm.RMS, Optional.of(ROTARY), FeedForward.SWIGLU, false, 0, 0, false, Set.of());
            case "qwen2" ->
                new Architecture(
                        name,
                        Norm.RMS,
                        Optional.of(new Rotary(16, false, 50, new Rotary.Scaling.Yarn(4, 32, 1, 8, 1.1))),
                        FeedForward.SWIGLU,
                        false,
                        2,
                        0,
                        true,
                        Set.of(Bias.ATTENTION_IN));
            case "starcoder2" ->
                new Architecture(
                        name,
                        Norm.LAYER,
                        Optional.of(ROTARY),
                        FeedForward.GELU,
                        false,
                        1,
                        0,
                        true,
                        Set.of(Bias.ATTENTION_IN, Bias.ATTENTION_OUT, Bias.FEED_FORWARD));
            case "gptj" ->
                new Architecture(
                        name,
                        Norm.LAYER,
                        Optional.of(new Rotary(8, true, 100, new Rotary.Scaling.None())),
                        FeedForward.GELU,
                        true,
                        0,
                        0,
                        false,
                        Set.of(Bias.FEED_FORWARD, Bias.HEAD));
            case "xglm" ->
                new Architecture(
                        name,
                        Norm.LAYER,
                        Optional.empty(),
                        Optional.of(new Sinusoids(2, 10_000)),
                        8,
                        FeedForward.ERF_GELU,
                        false,
                        0,
                        0,
                        true,
                        Set.of(Bias.ATTENTION_IN, Bias.ATTENTION_OUT, Bias.FEED_FORWARD));
            case "mistral" ->
                new Architecture(
                        name,
                        Norm.RMS,
                        Optional.of(new Rotary(32, false, 100, new Rotary.Scaling.Linear(2))),
                        FeedForward.SWIGLU,
                        false,
                        2,
                        32,
                        false,
                        Set.of());
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static Map<String, ModelTensor> floats(DecoderConfig config) {
        Random random = new Random(5);
        Map<String, ModelTensor> tensors = new LinkedHashMap<>();
        config.shapes().forEach((name, shape) -> {
            float[] values = new float[shape.stream().reduce(1, Math::multiplyExact)];
            boolean gain = shape.size() == 1 && name.endsWith("weight");
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) ((gain ? 1 : 0) + (shape.size() > 1 ? 0.25 : 0.1) * random.nextGaussian());
            }
            tensors.put(name, new FloatTensor(DType.F32, shape, values));
        });
        return tensors;
    }

    /** Matrices replaced by random codes; zeros are whole multiples of their scales. */
    private static Map<String, ModelTensor> quantized(
            DecoderConfig config, Scheme scheme, int bits, int group, boolean embedding) {
        Random random = new Random(6);
        Map<String, ModelTensor> tensors = floats(config);
        config.shapes().forEach((name, shape) -> {
            if (shape.size() == 2 && (embedding || name.startsWith("h."))) {
                int rows = shape.getFirst();
                int columns = shape.getLast();
                int[] codes = RandomCodes.of(random, scheme, bits, rows * columns);
                int width = group < 0 ? columns : group;
                float[] scales = new float[width == 0 ? 1 : rows * (columns / width)];
                float[] zeros = new float[scheme == Scheme.ASYMMETRIC ? scales.length : 0];
                for (int i = 0; i < scales.length; i++) {
                    scales[i] = (0.1f + random.nextFloat()) / (1 << bits);
                    if (zeros.length > 0) {
                        zeros[i] = -scales[i] * random.nextInt(1 << bits);
                    }
                }
                tensors.put(name, PackedTensor.pack(scheme, bits, rows, columns, width, codes, scales, zeros));
            }
        });
        return tensors;
    }

    /** Logits of two equal texts, read in one piece or in two. */
    private static float[][] run(Path file, DecoderConfig config, int[] tokens, int cut) throws OrtException {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        float[][] logits = new float[tokens.length][];
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            // By default the inputs of products with dequantized weights are rounded to 8 bits.
            options.addConfigEntry("session.qdq_matmulnbits_accuracy_level", "1");
            try (OrtSession session = environment.createSession(file.toString(), options)) {
                Map<String, OnnxTensor> inputs = new LinkedHashMap<>();
                for (int layer = 0; layer < config.layers(); layer++) {
                    for (String kind : List.of("key", "value")) {
                        inputs.put(
                                "past_key_values." + layer + "." + kind,
                                OnnxTensor.createTensor(environment, FloatBuffer.allocate(0), new long[] {
                                    2, config.keyValueHeads(), 0, config.headWidth()
                                }));
                    }
                }
                read(session, environment, inputs, Arrays.copyOf(tokens, cut), logits, 0);
                if (cut < tokens.length) {
                    read(session, environment, inputs, Arrays.copyOfRange(tokens, cut, tokens.length), logits, cut);
                }
            }
        }
        return logits;
    }

    private static void read(
            OrtSession session,
            OrtEnvironment environment,
            Map<String, OnnxTensor> inputs,
            int[] tokens,
            float[][] logits,
            int from)
            throws OrtException {
        LongBuffer ids = LongBuffer.allocate(2 * tokens.length);
        for (int i = 0; i < 2 * tokens.length; i++) {
            ids.put(i, tokens[i % tokens.length]);
        }
        inputs.put(OnnxWriter.IDS, OnnxTensor.createTensor(environment, ids, new long[] {2, tokens.length}));
        OrtSession.Result result = session.run(inputs);
        float[][][] found =
                (float[][][]) result.get(OnnxWriter.LOGITS).orElseThrow().getValue();
        for (int i = 0; i < tokens.length; i++) {
            assertArrayEquals(found[0][i], found[1][i], 1e-4f);
            logits[from + i] = found[0][i];
        }
        for (Map.Entry<String, OnnxValue> output : result) {
            if (output.getKey().startsWith("present.")) {
                inputs.put(output.getKey().replace("present.", "past_key_values."), (OnnxTensor) output.getValue());
            }
        }
    }

    /** Root mean square of the difference over that of the logits. */
    private static double difference(double[][] expected, float[][] found) {
        double differences = 0;
        double squares = 0;
        for (int t = 0; t < expected.length; t++) {
            for (int word = 0; word < expected[t].length; word++) {
                differences += Math.pow(expected[t][word] - found[t][word], 2);
                squares += Math.pow(expected[t][word], 2);
            }
        }
        return Math.sqrt(differences / squares);
    }

    private OnnxWriter.Written check(
            DecoderConfig config,
            ActivationQuantization activations,
            Map<String, ModelTensor> tensors,
            boolean dequantize,
            double tolerance)
            throws IOException, OrtException {
        Path file = folder.resolve("model.onnx");
        OnnxWriter.Written written = OnnxWriter.write(file, config, activations, tensors, dequantize);
        assertEquals(Files.size(file), written.bytes());
        double[][] expected = new ExactDecoder(config, activations, tensors).logits(TOKENS);
        double whole = difference(expected, run(file, config, TOKENS, TOKENS.length));
        assertTrue(whole < tolerance, () -> "in one piece: " + whole);
        double pieces = difference(expected, run(file, config, TOKENS, 7));
        assertTrue(pieces < tolerance, () -> "in two pieces: " + pieces);
        return written;
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "llama", "qwen2", "starcoder2", "gptj", "mistral", "xglm"})
    void floatModelsOfEveryForm(String form) throws Exception {
        DecoderConfig config = config(form(form));
        assertEquals(
                List.of(),
                check(config, ActivationQuantization.NONE, floats(config), false, 1e-5)
                        .fallbacks());
    }

    @ParameterizedTest
    @CsvSource({
        "gpt2, BINARY, 1, -1, true",
        "gpt2, BINARY, 1, 0, true",
        "gpt2, TERNARY, 2, 32, true",
        "gpt2, SYMMETRIC, 4, 32, false",
        "gpt2, SYMMETRIC, 4, 16, true",
        "gpt2, SYMMETRIC, 3, -1, true",
        "gpt2, SYMMETRIC, 8, -1, true",
        "gpt2, SYMMETRIC, 8, 32, true",
        "gpt2, ASYMMETRIC, 4, 32, true",
        "gpt2, ASYMMETRIC, 8, -1, true",
        "gpt2, ASYMMETRIC, 2, 0, true",
        "llama, SYMMETRIC, 4, 32, true",
        "gptj, ASYMMETRIC, 8, 0, true"
    })
    void codesAreKept(String form, Scheme scheme, int bits, int group, boolean embedding) throws Exception {
        DecoderConfig config = config(form(form));
        Map<String, ModelTensor> tensors = quantized(config, scheme, bits, group, embedding);
        OnnxWriter.Written kept = check(config, ActivationQuantization.NONE, tensors, false, 1e-5);
        assertEquals(List.of(), kept.fallbacks());
        OnnxWriter.Written whole = check(config, ActivationQuantization.NONE, tensors, true, 1e-5);
        assertTrue(kept.bytes() < 0.6 * whole.bytes(), kept.bytes() + " of " + whole.bytes());
    }

    @Test
    void groupsWidthsAndSumsHaveTheirOwnGrids() throws Exception {
        DecoderConfig config = config(Architecture.GPT2);
        Map<String, ModelTensor> tensors = quantized(config, Scheme.BINARY, 1, -1, false);
        ActivationQuantization one = ActivationQuantization.dynamic(4, false);
        ActivationQuantization all = one.withGroup(4)
                .withWidths(Map.of("h.0.attn.c_attn", 32, "h.0.mlp.c_fc", 8, "h.0.attn.sum", 8, "h.1.mlp.sum", 16));
        check(config, all, tensors, false, 5e-2);
        float[][] grouped = run(folder.resolve("model.onnx"), config, TOKENS, TOKENS.length);
        for (ActivationQuantization other : List.of(
                all.withGroup(0), all.withWidths(Map.of()), one.withGroup(4).withWidths(Map.of("h.0.attn.sum", 8)))) {
            double away = difference(new ExactDecoder(config, other, tensors).logits(TOKENS), grouped);
            assertTrue(away > 5e-2, () -> "of " + other + " by " + away);
        }
    }

    /** As in float32 anywhere, an input may fall to the other side of a rounding boundary. */
    @ParameterizedTest
    @CsvSource({"true, DYNAMIC", "false, DYNAMIC", "true, STATIC", "false, STATIC"})
    void activationsAreOnTheirGrid(boolean symmetric, ActivationQuantization.Mode mode) throws Exception {
        DecoderConfig config = config(Architecture.GPT2);
        Map<String, ActivationQuantization.Range> ranges = new LinkedHashMap<>();
        for (int layer = 0; layer < config.layers(); layer++) {
            DecoderConfig.linears(layer)
                    .forEach(linear -> ranges.put(linear, new ActivationQuantization.Range(-2.5f, 3)));
        }
        ActivationQuantization activations = mode == ActivationQuantization.Mode.STATIC
                ? ActivationQuantization.fixed(8, symmetric, ranges)
                : ActivationQuantization.dynamic(8, symmetric);
        Map<String, ModelTensor> tensors = quantized(config, Scheme.BINARY, 1, -1, false);
        check(config, activations, tensors, false, 5e-3);
        double[][] other = new ExactDecoder(config, ActivationQuantization.NONE, tensors).logits(TOKENS);
        double without = difference(other, run(folder.resolve("model.onnx"), config, TOKENS, TOKENS.length));
        assertTrue(without > 5e-3, () -> "the grid makes no difference: " + without);
    }

    @Test
    void whatDoesNotFitBecomesFloat() throws Exception {
        DecoderConfig config = config(Architecture.GPT2);
        Map<String, ModelTensor> tensors = quantized(config, Scheme.ASYMMETRIC, 4, -1, false);
        PackedTensor first = (PackedTensor) tensors.get("h.0.mlp.c_fc.weight");
        first.zeros()[3] = 0.4f * first.scales()[3];
        Random random = new Random(9);
        tensors.put(
                "h.1.attn.c_proj.weight",
                CodebookTensor.pack(
                        4, 2, 8, 64, 64, random.ints(64 * 8 * 2, 0, 16).toArray(), codebooks(random), scales(random)));
        assertEquals(
                List.of(
                        "h.0.mlp.c_fc.weight: its zeros are no whole numbers of 8 bits; written as float32",
                        "h.1.attn.c_proj.weight: ONNX has no sums of codewords; written as float32"),
                check(config, ActivationQuantization.NONE, tensors, false, 1e-5).fallbacks());
    }

    private static float[] codebooks(Random random) {
        float[] values = new float[2 * 16 * 8];
        for (int i = 0; i < values.length; i++) {
            values[i] = Float.float16ToFloat(Float.floatToFloat16((float) random.nextGaussian()));
        }
        return values;
    }

    private static float[] scales(Random random) {
        float[] values = new float[64];
        for (int i = 0; i < values.length; i++) {
            values[i] = 0.1f + random.nextFloat();
        }
        return values;
    }

    @Test
    void incompleteModelsAreRefused() {
        DecoderConfig config = config(Architecture.GPT2);
        Map<String, ModelTensor> tensors = floats(config);
        tensors.remove("ln_f.bias");
        Path file = folder.resolve("model.onnx");
        IllegalArgumentException refusal = assertThrows(
                IllegalArgumentException.class,
                () -> OnnxWriter.write(file, config, ActivationQuantization.NONE, tensors, false));
        assertEquals("tensor 'ln_f.bias': expected shape [64], but it is missing", refusal.getMessage());
        assertTrue(Files.notExists(file));
    }
}
