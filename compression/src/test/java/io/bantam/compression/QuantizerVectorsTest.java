package io.bantam.compression;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.bantam.compression.export.GgmlBlocks;
import io.bantam.compression.ptq.AutoRound;
import io.bantam.compression.ptq.Awq;
import io.bantam.compression.ptq.Gptq;
import io.bantam.compression.ptq.InputStatistics;
import io.bantam.compression.ptq.PerEmbeddingGroups;
import io.bantam.compression.ptq.QuantizationError;
import io.bantam.compression.ptq.SignDescent;
import io.bantam.compression.quantizer.AsymmetricQuantizer;
import io.bantam.compression.quantizer.BinaryQuantizer;
import io.bantam.compression.quantizer.DynamicActivationQuantizer;
import io.bantam.compression.quantizer.FloatMatrix;
import io.bantam.compression.quantizer.Granularity;
import io.bantam.compression.quantizer.QuantizedMatrix;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.compression.quantizer.StaticActivationQuantizer;
import io.bantam.compression.quantizer.SymmetricQuantizer;
import io.bantam.compression.quantizer.TernaryQuantizer;
import io.bantam.compression.quantizer.TernaryRule;
import io.bantam.compression.range.AllMinMax;
import io.bantam.compression.range.CurrentMinMax;
import io.bantam.compression.range.GridFamily;
import io.bantam.compression.range.GridRule;
import io.bantam.compression.range.MseSearch;
import io.bantam.compression.range.Range;
import io.bantam.compression.range.RangeSearch;
import io.bantam.compression.range.RunningMinMax;
import io.bantam.compression.range.ShrinkSearch;
import io.bantam.compression.range.UniformGrid;
import io.bantam.compression.reduction.DistillationLayers;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.opentest4j.TestAbortedException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/**
 * Runs every vector of {@code quantizer_vectors.json}: numbers worked out with numpy from the formulas of the systems
 * that each vector's {@code source} names. Vectors of methods that are not built are aborted, so they show by name.
 */
class QuantizerVectorsTest {
    private static final Map<String, String> NOT_HERE =
            Map.of("kd_loss", "distillation losses belong to the trainer module and are tested there");

    private record Vector(
            String id, String family, JsonNode parameters, JsonNode inputs, JsonNode expected, JsonNode tolerance) {

        double relativeTolerance() {
            return tolerance.get("rtol").asDouble();
        }
    }

    private static List<Vector> vectors() throws IOException {
        try (InputStream in = QuantizerVectorsTest.class.getResourceAsStream("/quantizer_vectors.json")) {
            List<Vector> vectors = new ArrayList<>();
            for (JsonNode node : new ObjectMapper().readTree(in).get("vectors")) {
                vectors.add(new Vector(
                        node.get("id").asString(),
                        node.get("family").asString(),
                        node.get("params"),
                        node.get("inputs"),
                        node.get("expected"),
                        node.get("tolerance")));
            }
            return vectors;
        }
    }

    @TestFactory
    Stream<DynamicTest> everyVector() throws IOException {
        return vectors().stream()
                .map(vector -> DynamicTest.dynamicTest(vector.family() + "/" + vector.id(), () -> run(vector)));
    }

    @Test
    void onlyFamiliesOfLaterWorkAreLeftOut() throws IOException {
        Set<String> leftOut = new TreeSet<>();
        for (Vector vector : vectors()) {
            try {
                run(vector);
            } catch (TestAbortedException e) {
                leftOut.add(vector.family() + (vector.family().equals("metric") ? "/" + vector.id() : ""));
            }
        }
        Set<String> expected = new TreeSet<>(NOT_HERE.keySet());
        expected.add("metric/codexglue_line_em_es");
        assertEquals(expected, leftOut);
    }

    private static void run(Vector vector) {
        switch (vector.family()) {
            case "binary" -> weights(vector, "w", "alpha", "sign", BinaryQuantizer::new);
            case "ternary" -> weights(vector, "w", "alpha", "code", TernaryQuantizer::new);
            case "symmetric" ->
                weights(vector, "x", "scale", "code", groups -> new SymmetricQuantizer(bits(vector), groups));
            case "asymmetric" ->
                weights(vector, "x", "scale", "code", groups -> new AsymmetricQuantizer(bits(vector), groups));
            case "bitnet" ->
                weights(vector, "w", "gamma", "code", groups -> new TernaryQuantizer(groups, TernaryRule.BITNET));
            case "activation_dynamic" -> dynamicActivations(vector);
            case "activation_static" -> staticActivations(vector);
            case "ptq_uniform_symmetric" -> uniformSymmetric(vector);
            case "ptq_uniform_asymmetric" -> uniformAsymmetric(vector);
            case "range_estimator" -> rangeEstimators(vector);
            case "mse_range_estimator" -> mseRange(vector);
            case "kd_layer_map" -> layerMaps(vector);
            case "conversion" -> conversion(vector);
            case "packed_export" -> ggmlBlocks(vector);
            case "metric" -> metric(vector);
            case "gptq_quantizer" -> gptqGrid(vector);
            case "gptq" -> gptq(vector);
            case "awq" -> awq(vector);
            case "autoround" -> autoRound(vector);
            case "peg_activation" -> embeddingGroups(vector);
            default -> {
                String reason = NOT_HERE.get(vector.family());
                if (reason == null) {
                    throw new AssertionError("unknown family " + vector.family());
                }
                throw new TestAbortedException(vector.id() + ": " + reason);
            }
        }
    }

    private static int bits(Vector vector) {
        return vector.parameters().get("bits").asInt();
    }

    /**
     * A vector has equal groups over the flattened weight. A group within a row is run on the matrix as it is; in any
     * case the weight is also run reshaped to one group a row, which is the same by definition.
     */
    private static void weights(
            Vector vector,
            String input,
            String scaleName,
            String codeName,
            Function<Granularity, Quantizer> quantizer) {
        JsonNode weight = vector.inputs().get(input);
        int rows = weight.size();
        int columns = weight.get(0).size();
        JsonNode numberOfGroups = vector.parameters().get("num_groups");
        int groups = numberOfGroups == null ? 1 : numberOfGroups.asInt();
        int size = rows * columns / groups;
        check(vector, quantizer.apply(Granularity.perRow()), scaleName, codeName, floats(weight), groups, size);
        if (groups == 1) {
            check(vector, quantizer.apply(Granularity.perTensor()), scaleName, codeName, floats(weight), rows, columns);
        }
        if (groups == rows) {
            check(vector, quantizer.apply(Granularity.perRow()), scaleName, codeName, floats(weight), rows, columns);
        }
        if (columns % size == 0) {
            check(
                    vector,
                    quantizer.apply(Granularity.perGroup(size)),
                    scaleName,
                    codeName,
                    floats(weight),
                    rows,
                    columns);
        }
    }

    private static void check(
            Vector vector,
            Quantizer quantizer,
            String scaleName,
            String codeName,
            float[] weight,
            int rows,
            int columns) {
        QuantizedMatrix quantized = quantizer.quantize(weight, rows, columns);
        assertClose(vector, vector.expected().get(scaleName), quantized.scales());
        int[] codes = IntStream.range(0, weight.length).map(quantized::code).toArray();
        int[] expectedCodes = ints(vector.expected().get(codeName));
        float[] out = floats(vector.expected().get("out"));
        if (quantizer instanceof BinaryQuantizer) {
            // The reference gives an exact zero the sign 0; one bit cannot, so here it is +1.
            for (int i = 0; i < weight.length; i++) {
                if (expectedCodes[i] == 0) {
                    assertEquals(0f, weight[i]);
                    expectedCodes[i] = 1;
                    out[i] = quantized.scales()[i / quantized.groupSize()];
                }
            }
        }
        assertArrayEquals(expectedCodes, codes);
        JsonNode zeros = vector.expected().get("zero_point_real");
        if (zeros != null) {
            assertClose(vector, zeros, quantized.zeros());
        }
        assertClose(vector, out, quantized.dequantize());
        try (NDManager manager = NDManager.newBaseManager();
                NDArray array = manager.create(weight, new Shape(rows, columns));
                NDArray result = quantizer.fakeQuantize(array)) {
            assertSameValues(quantized.dequantize(), result.toFloatArray());
        }
    }

    private static void dynamicActivations(Vector vector) {
        boolean symmetric = !vector.expected().has("zero_point_real");
        DynamicActivationQuantizer quantizer = new DynamicActivationQuantizer(bits(vector), symmetric);
        float[] x = floats(vector.inputs().get("x"));
        long[] shape = Stream.of(ints(vector.parameters().get("shape")))
                .flatMapToInt(IntStream::of)
                .asLongStream()
                .toArray();
        int hidden = (int) shape[shape.length - 1];
        float[] scales = new float[x.length / hidden];
        float[] zeros = new float[scales.length];
        int[] codes = new int[x.length];
        for (int token = 0; token < scales.length; token++) {
            UniformGrid grid = quantizer.family().grid(Range.of(x, token * hidden, (token + 1) * hidden));
            scales[token] = grid.scale();
            zeros[token] = grid.zero();
            for (int i = token * hidden; i < (token + 1) * hidden; i++) {
                codes[i] = grid.code(x[i]);
            }
        }
        assertClose(vector, vector.expected().get("scale"), scales);
        assertArrayEquals(ints(vector.expected().get("code")), codes);
        if (!symmetric) {
            assertClose(vector, vector.expected().get("zero_point_real"), zeros);
        }
        try (NDManager manager = NDManager.newBaseManager();
                NDArray array = manager.create(x, new Shape(shape));
                NDArray result = quantizer.fakeQuantize(array, false)) {
            assertClose(vector, vector.expected().get("out"), result.toFloatArray());
            assertSameValues(quantizer.fakeQuantize(x, hidden), result.toFloatArray());
        }
    }

    private static void staticActivations(Vector vector) {
        RunningMinMax running =
                new RunningMinMax((float) vector.parameters().get("momentum").asDouble());
        boolean symmetric = vector.parameters().get("mode").asString().equals("symmetric");
        StaticActivationQuantizer quantizer = new StaticActivationQuantizer(bits(vector), symmetric, running);
        try (NDManager manager = NDManager.newBaseManager()) {
            JsonNode batches = vector.inputs().get("train_batches");
            for (int step = 0; step < batches.size(); step++) {
                JsonNode expected = vector.expected().get("train_steps").get(step);
                float[] batch = floats(batches.get(step));
                NDArray out = quantizer.fakeQuantize(manager.create(batch, shape(batches.get(step))), true);
                assertClose(vector, expected.get("out"), out.toFloatArray());
                assertClose(
                        vector,
                        new float[] {(float) expected.get("min").asDouble()},
                        quantizer.range().minimum());
                assertClose(
                        vector,
                        new float[] {(float) expected.get("max").asDouble()},
                        quantizer.range().maximum());
                UniformGrid grid = quantizer.family().grid(quantizer.range());
                assertClose(vector, expected.get("scale"), grid.scale());
                assertArrayEquals(ints(expected.get("code")), codes(grid, batch));
            }
            Range before = quantizer.range();
            JsonNode batch = vector.inputs().get("eval_batch");
            NDArray out = quantizer.fakeQuantize(manager.create(floats(batch), shape(batch)), false);
            assertClose(vector, vector.expected().get("eval_out"), out.toFloatArray());
            assertEquals(before, quantizer.range());
        }
    }

    private static void uniformSymmetric(Vector vector) {
        float[] x = floats(vector.inputs().get("x"));
        UniformGrid grid = new GridFamily(bits(vector), true, GridRule.UNIFORM).grid(Range.of(x));
        assertEquals(vector.expected().get("signed").asBoolean(), grid.lowestCode() < 0);
        checkGrid(vector, grid, x);
        if (grid.lowestCode() < 0) {
            checkUniform(
                    new SymmetricQuantizer(
                            bits(vector), Granularity.perTensor(), RangeSearch.MIN_MAX, GridRule.UNIFORM),
                    vector);
        }
    }

    private static void uniformAsymmetric(Vector vector) {
        float[] x = floats(vector.inputs().get("x"));
        UniformGrid grid = new GridFamily(bits(vector), false, GridRule.UNIFORM).grid(Range.of(x));
        assertEquals(vector.expected().get("zero_point").asInt(), Math.round(-grid.zero() / grid.scale()));
        checkGrid(vector, grid, x);
        checkUniform(
                new AsymmetricQuantizer(bits(vector), Granularity.perTensor(), RangeSearch.MIN_MAX, GridRule.UNIFORM),
                vector);
    }

    private static void checkGrid(Vector vector, UniformGrid grid, float[] x) {
        assertClose(vector, new float[] {(float) vector.expected().get("delta").asDouble()}, grid.scale());
        assertArrayEquals(ints(vector.expected().get("code")), codes(grid, x));
        float[] out = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            out[i] = grid.fakeQuantize(x[i]);
        }
        assertClose(vector, vector.expected().get("out"), out);
    }

    private static void checkUniform(Quantizer quantizer, Vector vector) {
        float[] x = floats(vector.inputs().get("x"));
        try (NDManager manager = NDManager.newBaseManager();
                NDArray array = manager.create(x);
                NDArray result = quantizer.fakeQuantize(array)) {
            assertClose(vector, vector.expected().get("out"), result.toFloatArray());
            assertSameValues(quantizer.fakeQuantize(x, 1, x.length), result.toFloatArray());
        }
    }

    private static void rangeEstimators(Vector vector) {
        RunningMinMax running =
                new RunningMinMax((float) vector.parameters().get("momentum").asDouble());
        AllMinMax all = new AllMinMax();
        CurrentMinMax current = new CurrentMinMax();
        JsonNode batches = vector.inputs().get("batches");
        try (NDManager manager = NDManager.newBaseManager()) {
            for (int i = 0; i < batches.size(); i++) {
                NDArray batch = manager.create(floats(batches.get(i)), shape(batches.get(i)));
                running.observe(batch);
                all.observe(batch);
                current.observe(batch);
                assertRange(vector, vector.expected().get("running").get(i), running.range());
            }
        }
        assertRange(vector, vector.expected().get("all_minmax"), all.range());
        assertRange(vector, vector.expected().get("current_minmax"), current.range());
    }

    private static void assertRange(Vector vector, JsonNode expected, Range range) {
        assertClose(vector, expected, range.minimum(), range.maximum());
    }

    private static void mseRange(Vector vector) {
        float[] x = floats(vector.inputs().get("x"));
        int candidates = vector.parameters().get("num_candidates").asInt();
        GridFamily family = new GridFamily(bits(vector), true, GridRule.UNIFORM);
        if (vector.expected().has("margin_0")) {
            checkMse(vector, vector.expected().get("margin_0_5"), x, family, new MseSearch(candidates, 0, 0.5f));
            checkMse(vector, vector.expected().get("margin_0"), x, family, new MseSearch(candidates, 0, 0));
            checkMse(vector, vector.expected().get("margin_0"), x, family, new MseSearch());
            return;
        }
        float margin = (float) vector.parameters().get("range_margin").asDouble();
        UniformGrid grid = checkMse(vector, vector.expected(), x, family, new MseSearch(candidates, 0, margin));
        assertClose(
                vector,
                new float[] {(float) vector.expected().get("minmax_loss").asDouble()},
                (float) loss(family.grid(Range.of(x)), x));
        assertArrayEquals(ints(vector.expected().get("code")), codes(grid, x));
        Quantizer quantizer = new SymmetricQuantizer(
                bits(vector), Granularity.perTensor(), new MseSearch(candidates, 0, margin), GridRule.UNIFORM);
        checkUniform(quantizer, vector);
    }

    private static UniformGrid checkMse(
            Vector vector, JsonNode expected, float[] x, GridFamily family, MseSearch search) {
        Range range = search.search(x, 0, x.length, family);
        assertEquals(
                search.candidate(Range.of(x), family, expected.get("best_index").asInt()), range);
        assertClose(vector, new float[] {(float) expected.get("xmax").asDouble()}, range.maximum());
        UniformGrid grid = family.grid(range);
        assertClose(vector, new float[] {(float) expected.get("best_loss").asDouble()}, (float) loss(grid, x));
        return grid;
    }

    private static double loss(UniformGrid grid, float[] x) {
        double loss = 0;
        for (float value : x) {
            loss += Math.pow(value - grid.fakeQuantize(value), 2);
        }
        return loss;
    }

    private static void layerMaps(Vector vector) {
        JsonNode cases = vector.inputs().get("cases");
        for (int i = 0; i < cases.size(); i++) {
            DistillationLayers layers = DistillationLayers.afterReduction(list(cases.get(i)));
            JsonNode expected = vector.expected().get("maps").get(i);
            assertEquals(list(expected.get("att")), layers.attention());
            // The reference's -1 means the last hidden state; the embedding's output, 0, is meant.
            assertEquals(
                    list(expected.get("rep")).stream()
                            .map(state -> Math.max(state, 0))
                            .toList(),
                    layers.hidden());
        }
        for (int student : new int[] {12, 6}) {
            JsonNode expected = vector.expected().get("fallback_12_to_" + student);
            DistillationLayers layers = DistillationLayers.between(12, student);
            assertEquals(list(expected.get("att")), layers.attention());
            assertEquals(list(expected.get("rep")), layers.hidden());
        }
    }

    private static void conversion(Vector vector) {
        JsonNode conv1d = vector.inputs().get("conv1d_weight");
        JsonNode linear = vector.expected().get("linear_weight");
        BinaryQuantizer quantizer = new BinaryQuantizer(Granularity.perRow());
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray weight = manager.create(floats(conv1d), shape(conv1d)).transpose();
            assertClose(vector, linear, weight.toFloatArray());
            NDArray quantized = quantizer.fakeQuantize(weight);
            assertClose(vector, vector.expected().get("binary_per_output_row"), quantized.toFloatArray());
        }
        QuantizedMatrix wrong =
                quantizer.quantize(floats(conv1d), conv1d.size(), conv1d.get(0).size());
        assertClose(vector, vector.expected().get("wrong_if_not_transposed_alpha_per_row"), wrong.scales());
        assertThrows(
                AssertionError.class,
                () -> assertClose(vector, vector.expected().get("binary_per_output_row"), wrong.dequantize()));
    }

    private static void ggmlBlocks(Vector vector) {
        String hex = vector.expected().get("hex").asString();
        JsonNode inputs = vector.inputs();
        byte[] block = switch (vector.id()) {
            case "ggml_q1_0_block_from_xtc_binary" -> {
                QuantizedMatrix binary =
                        new BinaryQuantizer(Granularity.perTensor()).quantize(floats(inputs.get("w")), 1, 128);
                assertEquals((float) vector.expected().get("d").asDouble(), binary.scales()[0]);
                yield GgmlBlocks.q1_0(binary.codes(), binary.scales()[0]);
            }
            case "ggml_tq1_0_block_from_xtc_ternary" -> {
                int[] codes = ints(inputs.get("code"));
                float scale = (float) inputs.get("d").asDouble();
                float[] weights = new float[codes.length];
                for (int i = 0; i < codes.length; i++) {
                    weights[i] = codes[i] * scale;
                }
                QuantizedMatrix ternary =
                        new TernaryQuantizer(Granularity.perTensor()).quantize(weights, 1, codes.length);
                assertArrayEquals(weights, ternary.dequantize());
                yield GgmlBlocks.tq1_0(ternary.codes(), ternary.scales()[0]);
            }
            case "ggml_q8_0_block" -> GgmlBlocks.q8_0(floats(inputs.get("x")));
            default -> throw new AssertionError("unknown vector " + vector.id());
        };
        assertEquals(hex, HexFormat.of().formatHex(block));
    }

    private static void metric(Vector vector) {
        if (!vector.id().equals("wei_relative_noise")) {
            throw new TestAbortedException(
                    vector.id() + ": scores of completions belong to the trainer module and are tested there");
        }
        float[] weights = floats(vector.inputs().get("a"));
        float[] quantized = new SymmetricQuantizer(
                        bits(vector), Granularity.perTensor(), RangeSearch.MIN_MAX, GridRule.UNIFORM)
                .fakeQuantize(weights, 1, weights.length);
        assertClose(vector, vector.expected().get("q"), quantized);
        double noise = vector.expected().get("noise").asDouble();
        assertEquals(noise, QuantizationError.relativeNoise(weights, quantized), noise * 1e-4);
    }

    private static void gptqGrid(Vector vector) {
        RangeSearch search = vector.parameters().get("mse").asBoolean() ? new ShrinkSearch() : RangeSearch.MIN_MAX;
        Quantizer quantizer = gptqQuantizer(vector, Granularity.perRow(), search);
        JsonNode rows = vector.inputs().get("w");
        QuantizedMatrix quantized =
                quantizer.quantize(floats(rows), rows.size(), rows.get(0).size());
        assertClose(vector, vector.expected().get("scale"), quantized.scales());
        float[] expected = floats(vector.expected().get("out"));
        float[] out = quantized.dequantize();
        boolean ties = vector.parameters().get("sym").asBoolean();
        for (int i = 0; i < out.length; i++) {
            // A symmetric grid has the row's extreme on a rounding tie, which may fall either way.
            float step = ties ? quantized.scales()[i / quantized.columns()] : 0;
            assertEquals(expected[i], out[i], step * 1.001f + 1e-6f, "element " + i);
        }
    }

    private static Quantizer gptqQuantizer(Vector vector, Granularity granularity, RangeSearch search) {
        return vector.parameters().get("sym").asBoolean()
                ? new SymmetricQuantizer(bits(vector), granularity, search, GridRule.GPTQ)
                : new AsymmetricQuantizer(bits(vector), granularity, search, GridRule.GPTQ);
    }

    private static void gptq(Vector vector) {
        JsonNode rows = vector.inputs().get("w");
        FloatMatrix weight = new FloatMatrix(rows.size(), rows.get(0).size(), floats(rows));
        int groupSize = vector.parameters().get("groupsize").asInt();
        Quantizer quantizer = gptqQuantizer(
                vector, groupSize < 0 ? Granularity.perRow() : Granularity.perGroup(groupSize), RangeSearch.MIN_MAX);
        Gptq gptq = new Gptq(
                vector.parameters().get("percdamp").asDouble(),
                vector.parameters().get("blocksize").asInt(),
                vector.parameters().get("actorder").asBoolean());
        double[] moments = moments(vector.inputs().get("x"));
        Gptq.Result result = gptq.quantize(weight, quantizer, moments);
        assertEquals(vector.parameters().get("percdamp").asDouble(), result.damping());
        assertClose(vector, vector.expected().get("q"), result.matrix().dequantize());
        checkError(vector, "output_sq_error", weight, result.matrix(), moments);
        checkError(vector, "rtn_output_sq_error", weight, gptqRow(vector).quantize(weight), moments);
    }

    private static void awq(Vector vector) {
        JsonNode rows = vector.inputs().get("w");
        FloatMatrix weight = new FloatMatrix(rows.size(), rows.get(0).size(), floats(rows));
        int size = vector.parameters().get("group").asInt();
        // Every group of the vectors holds 0, where AWQ's grid is the uniform one.
        Quantizer quantizer = new AsymmetricQuantizer(
                bits(vector), Granularity.perGroup(size), RangeSearch.MIN_MAX, GridRule.UNIFORM);
        if (!vector.inputs().has("x")) {
            QuantizedMatrix quantized = quantizer.quantize(weight);
            assertClose(vector, vector.expected().get("scale"), quantized.scales());
            assertClose(vector, vector.expected().get("out"), quantized.dequantize());
            return;
        }
        int tokens = vector.inputs().get("x").size();
        double[] moments = Arrays.stream(moments(vector.inputs().get("x")))
                .map(sum -> sum / tokens)
                .toArray();
        float[] limits = floats(vector.expected().get("best_max"));
        float[] errors = floats(vector.expected().get("best_err"));
        float[] clipped = Awq.clipped(weight, quantizer, moments, 0).values();
        for (int group = 0; group < limits.length; group++) {
            Awq.Clip clip = Awq.clip(weight, quantizer, moments, group * size, size);
            Range full = Range.of(weight.values(), group * size, (group + 1) * size);
            // With both ends clipped the zero point is a rounding tie, 3.5, which float32 and float64 decide
            // differently:
            // there the neighbouring candidate may win, with an error near the reference's.
            boolean tie = limits[group] < Math.min(-full.minimum(), full.maximum());
            double step = full.magnitude() / 20;
            assertEquals(limits[group], clip.limit(), tie ? 1.001 * step : 1e-5, "group " + group);
            assertEquals(errors[group], clip.error(), (tie ? 0.1 : 1e-4) * errors[group], "group " + group);
            Range range = Range.of(clipped, group * size, (group + 1) * size);
            assertEquals(clip.limit(), range.magnitude(), "group " + group);
        }
    }

    private static void autoRound(Vector vector) {
        JsonNode expected = vector.expected();
        if (expected.has("v_after")) {
            signDescent(vector);
            return;
        }
        JsonNode rows = vector.inputs().get("w");
        FloatMatrix weight = new FloatMatrix(rows.size(), rows.get(0).size(), floats(rows));
        int size = vector.parameters().get("group").asInt();
        int groups = weight.values().length / size;
        try (NDManager manager = NDManager.newBaseManager();
                AutoRound rounding = new AutoRound(manager, weight, bits(vector), !expected.has("zero"), size)) {
            if (vector.inputs().get("v").isArray()) {
                float[] low = new float[groups];
                float[] high = new float[groups];
                Arrays.fill(low, (float) vector.parameters().get("min_scale").asDouble());
                Arrays.fill(high, (float) vector.parameters().get("max_scale").asDouble());
                rounding.set(floats(vector.inputs().get("v")), low, high);
            }
            assertClose(vector, expected.get("out"), rounding.weight());
            rounding.keepAsBest();
            QuantizedMatrix quantized = rounding.best();
            assertClose(vector, expected.get("scale"), quantized.scales());
            assertArrayEquals(
                    ints(expected.get("code")),
                    IntStream.range(0, quantized.codes().length)
                            .map(quantized::code)
                            .toArray());
            assertClose(vector, expected.get("out"), quantized.dequantize());
        }
    }

    /** A weight of 4 groups of 1 whose gradient with respect to v has the vector's signs. */
    private static void signDescent(Vector vector) {
        float[] gradient = floats(vector.inputs().get("grad_each_step"));
        SignDescent descent = new SignDescent(vector.parameters().get("iters").asInt());
        assertEquals(vector.parameters().get("lr").asDouble(), descent.rate(0), 1e-12);
        try (NDManager manager = NDManager.newBaseManager();
                AutoRound rounding =
                        new AutoRound(manager, new FloatMatrix(1, 4, new float[] {-1, -1, -1, -1}), 4, true, 4)) {
            JsonNode steps = vector.expected().get("v_after");
            for (int step = 0; step < steps.size(); step++) {
                rounding.step(manager.create(gradient), descent.rate(step));
                assertClose(vector, steps.get(step), rounding.offsets());
                // Only v is asked for; the ends of the range stay.
                rounding.set(rounding.offsets(), new float[] {1}, new float[] {1});
            }
        }
    }

    private static void embeddingGroups(Vector vector) {
        int[] shape = ints(vector.parameters().get("shape"));
        int features = shape[shape.length - 1];
        float[] x = floats(vector.inputs().get("x"));
        float[] minima = new float[features];
        float[] maxima = new float[features];
        Arrays.fill(minima, Float.POSITIVE_INFINITY);
        Arrays.fill(maxima, Float.NEGATIVE_INFINITY);
        for (int i = 0; i < x.length; i++) {
            minima[i % features] = Math.min(minima[i % features], x[i]);
            maxima[i % features] = Math.max(maxima[i % features], x[i]);
        }
        JsonNode expected = vector.expected();
        PerEmbeddingGroups groups = PerEmbeddingGroups.of(
                minima,
                maxima,
                vector.parameters().get("groups").asInt(),
                vector.parameters().get("permute").asBoolean());
        assertArrayEquals(ints(expected.get("order")), groups.order());
        assertArrayEquals(ints(expected.get("groups")), groups.order());
        GridFamily family = new GridFamily(bits(vector), false, GridRule.UNIFORM);
        float[] out = new float[x.length];
        int[] codes = new int[x.length];
        for (int i = 0; i < x.length; i++) {
            UniformGrid grid = family.grid(groups.ranges()[i % features]);
            codes[i] = grid.code(x[i]);
            out[i] = grid.fakeQuantize(x[i]);
        }
        for (int feature = 0; feature < features; feature++) {
            Range range = groups.ranges()[feature];
            UniformGrid grid = family.grid(range);
            assertEquals(
                    expected.get("group_min").get(feature).asDouble(), range.minimum(), 1e-6, "feature " + feature);
            assertEquals(
                    expected.get("group_max").get(feature).asDouble(), range.maximum(), 1e-6, "feature " + feature);
            double delta = expected.get("delta").get(feature).asDouble();
            assertEquals(delta, grid.scale(), 1e-5 * delta, "feature " + feature);
            assertEquals(
                    expected.get("zero_point").get(feature).asInt(),
                    Math.round(-grid.zero() / grid.scale()),
                    "feature " + feature);
        }
        assertArrayEquals(ints(expected.get("code")), codes);
        assertClose(vector, expected.get("out"), out);
    }

    private static Quantizer gptqRow(Vector vector) {
        return gptqQuantizer(vector, Granularity.perRow(), RangeSearch.MIN_MAX);
    }

    private static void checkError(
            Vector vector, String name, FloatMatrix weight, QuantizedMatrix quantized, double[] moments) {
        double expected = vector.expected().get(name).asDouble();
        double error = InputStatistics.outputError(weight, quantized.dequantize(), moments);
        assertEquals(expected, error, 1e-5 * expected, name);
    }

    /** {@code X^T X} of inputs with one token a row. */
    private static double[] moments(JsonNode inputs) {
        int features = inputs.get(0).size();
        double[] moments = new double[features * features];
        for (JsonNode token : inputs) {
            for (int i = 0; i < features; i++) {
                for (int j = 0; j < features; j++) {
                    moments[i * features + j] +=
                            token.get(i).asDouble() * token.get(j).asDouble();
                }
            }
        }
        return moments;
    }

    private static int[] codes(UniformGrid grid, float[] values) {
        return IntStream.range(0, values.length).map(i -> grid.code(values[i])).toArray();
    }

    /** Equal to the last bit, but 0 equals -0: a tensor keeps the sign of what rounds to zero, a code cannot. */
    private static void assertSameValues(float[] plain, float[] tensor) {
        assertEquals(plain.length, tensor.length);
        for (int i = 0; i < plain.length; i++) {
            assertEquals(plain[i] + 0f, tensor[i] + 0f, "element " + i);
        }
    }

    private static void assertClose(Vector vector, JsonNode expected, float... actual) {
        assertClose(vector, floats(expected), actual);
    }

    private static void assertClose(Vector vector, float[] expected, float... actual) {
        assertEquals(expected.length, actual.length);
        double absolute = vector.tolerance().get("atol").asDouble();
        for (int i = 0; i < expected.length; i++) {
            double allowed = absolute + vector.relativeTolerance() * Math.abs(expected[i]);
            assertTrue(
                    Math.abs(expected[i] - actual[i]) <= allowed,
                    vector.id() + " element " + i + ": expected " + expected[i] + " but was " + actual[i]);
        }
    }

    /** All numbers of nested lists, in order; a lone number is a list of one. */
    private static List<JsonNode> flatten(JsonNode node) {
        return node.isArray()
                ? node.valueStream().flatMap(child -> flatten(child).stream()).toList()
                : List.of(node);
    }

    private static float[] floats(JsonNode node) {
        List<JsonNode> numbers = flatten(node);
        float[] values = new float[numbers.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) numbers.get(i).asDouble();
        }
        return values;
    }

    private static int[] ints(JsonNode node) {
        return flatten(node).stream().mapToInt(JsonNode::asInt).toArray();
    }

    private static List<Integer> list(JsonNode node) {
        return flatten(node).stream().map(JsonNode::asInt).collect(Collectors.toList());
    }

    private static Shape shape(JsonNode matrix) {
        return new Shape(matrix.size(), matrix.get(0).size());
    }
}
