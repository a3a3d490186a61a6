package io.bantam.compression.export;

import io.bantam.compression.ptq.RoundToNearest;
import io.bantam.compression.quantizer.AdditiveCodebooks;
import io.bantam.compression.quantizer.FloatMatrix;
import io.bantam.compression.quantizer.QuantizedMatrix;
import io.bantam.compression.quantizer.QuantizedWeight;
import io.bantam.compression.quantizer.WeightQuantization;
import io.bantam.compression.range.Range;
import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.CodebookTensor;
import io.bantam.runtime.format.DType;
import io.bantam.runtime.format.FloatTensor;
import io.bantam.runtime.format.ModelConfig;
import io.bantam.runtime.format.ModelTensor;
import io.bantam.runtime.format.PackLayout;
import io.bantam.runtime.format.PackedFile;
import io.bantam.runtime.format.PackedTensor;
import io.bantam.runtime.format.TensorForm;
import io.bantam.runtime.format.TextForm;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Writes a model into one packed file, each weight with as many bits as its quantizer says (the layout is described in
 * {@link io.bantam.runtime.format}).
 *
 * <p>What the file's weights stand for is, to the last bit, what {@link
 * io.bantam.compression.quantizer.Quantizer#fakeQuantize} makes of the same floats.
 */
public final class PackWriter {
    private PackWriter() {}

    /**
     * Quantizes, packs and writes a model. The file appears only when it is complete.
     *
     * @param path the file to write
     * @param config the model's shape
     * @param weights float32 values of every tensor of {@link ModelConfig#shapes}, row-major, linear weights
     *     {@code [out, in]}; for a model trained with fake quantization the float masters
     * @param quantization which weights are quantized, and how
     * @param activations how the linear layers' inputs are quantized at run time
     * @param tokenizerJson the bytes of {@code tokenizer.json}, or none
     * @return the size of the file in bytes
     * @throws IllegalArgumentException naming the tensor, if one is missing, of another size, no matrix, or not finite
     * @throws IOException if the file cannot be written
     */
    public static long write(
            Path path,
            ModelConfig config,
            Map<String, float[]> weights,
            WeightQuantization quantization,
            ActivationQuantization activations,
            byte[] tokenizerJson)
            throws IOException {
        return PackedFile.write(
                path,
                config,
                activations,
                tensors(config, weights, quantize(config, weights, quantization)),
                tokenizerJson);
    }

    /**
     * Packs and writes a model whose codes are chosen already. The file appears only when it is complete.
     *
     * @param weights float32 values by name, for every tensor that is not in {@code quantized}
     * @param quantized the quantized weights by name
     * @param textForm the form of text that the model reads; empty if the tokenizer tells it
     * @return the size of the file in bytes
     * @throws IllegalArgumentException naming the tensor, if one is missing, unknown or of another size
     * @throws IOException if the file cannot be written
     */
    public static long writeQuantized(
            Path path,
            ModelConfig config,
            Map<String, float[]> weights,
            Map<String, ? extends QuantizedWeight> quantized,
            ActivationQuantization activations,
            byte[] tokenizerJson,
            Optional<TextForm> textForm)
            throws IOException {
        return PackedFile.write(
                path, config, activations, tensors(config, weights, quantized), tokenizerJson, textForm);
    }

    /**
     * Writes the packed file of a model larger than memory from maps that make a tensor whenever it is asked for: once
     * for its shape, once for its values. Otherwise as {@link #writeQuantized}.
     */
    public static long writeTensorwise(
            Path path,
            ModelConfig config,
            Map<String, float[]> weights,
            Map<String, ? extends QuantizedWeight> quantized,
            ActivationQuantization activations,
            byte[] tokenizerJson,
            Optional<TextForm> textForm)
            throws IOException {
        requireKnown(config, weights, quantized);
        Function<String, ModelTensor> tensor = name -> tensor(config, name, weights, quantized);
        Map<String, TensorForm> forms = new LinkedHashMap<>();
        config.shapes().keySet().forEach(name -> forms.put(name, TensorForm.of(tensor.apply(name))));
        return PackedFile.write(path, config, activations, forms, tensor, tokenizerJson, textForm);
    }

    /**
     * The codes and scales of the quantized weights of a model, by name.
     *
     * @throws IllegalArgumentException naming the tensor, if one is missing, of another size, no matrix, or not finite
     */
    public static Map<String, QuantizedMatrix> quantize(
            ModelConfig config, Map<String, float[]> weights, WeightQuantization quantization) {
        Map<String, List<Integer>> shapes = config.shapes();
        Map<String, FloatMatrix> matrices = new LinkedHashMap<>();
        for (String name : quantization.quantizers().keySet()) {
            List<Integer> shape = shapes.get(name);
            if (shape == null) {
                throw new IllegalArgumentException(name + ": the model has no such weight to quantize");
            }
            if (shape.size() != 2) {
                throw new IllegalArgumentException(
                        name + ": only matrices are quantized, and its shape is " + shape + "; leave it float");
            }
            checkSize(name, shape, weights.get(name));
            matrices.put(name, new FloatMatrix(shape.get(0), shape.get(1), weights.get(name)));
        }
        return RoundToNearest.quantize(matrices, quantization);
    }

    /**
     * A model's tensors as the packed file has them, in its order. Beside quantized weights, plain tensors are stored
     * in float16 where that holds them exactly, see {@link HalfPrecision}.
     *
     * @param weights float32 values by name, for every tensor that is not in {@code quantized}
     * @param quantized the quantized weights, from {@link #quantize} or another method
     * @throws IllegalArgumentException naming the tensor, if one is missing, unknown or of another size
     */
    public static Map<String, ModelTensor> tensors(
            ModelConfig config, Map<String, float[]> weights, Map<String, ? extends QuantizedWeight> quantized) {
        requireKnown(config, weights, quantized);
        Map<String, ModelTensor> tensors = new LinkedHashMap<>();
        config.shapes().keySet().forEach(name -> tensors.put(name, tensor(config, name, weights, quantized)));
        return tensors;
    }

    private static void requireKnown(
            ModelConfig config, Map<String, float[]> weights, Map<String, ? extends QuantizedWeight> quantized) {
        Map<String, List<Integer>> shapes = config.shapes();
        for (String name : quantized.keySet()) {
            if (!shapes.containsKey(name)) {
                throw new IllegalArgumentException(name + ": the model has no such weight");
            }
        }
        for (String name : weights.keySet()) {
            if (!shapes.containsKey(name)) {
                throw new IllegalArgumentException(name + ": a model of this shape has no such tensor");
            }
        }
    }

    private static ModelTensor tensor(
            ModelConfig config,
            String name,
            Map<String, float[]> weights,
            Map<String, ? extends QuantizedWeight> quantized) {
        QuantizedWeight codes = quantized.get(name);
        if (codes != null) {
            return pack(codes);
        }
        List<Integer> shape = config.shapes().get(name);
        float[] values = weights.get(name);
        checkSize(name, shape, values);
        return new FloatTensor(quantized.isEmpty() ? DType.F32 : DType.exactly(values), shape, values);
    }

    /** Packs codes of any form into bits. */
    public static ModelTensor pack(QuantizedWeight weight) {
        return switch (weight) {
            case QuantizedMatrix matrix -> pack(matrix);
            case AdditiveCodebooks codebooks -> pack(codebooks);
        };
    }

    /** Packs codes into bits, row by row. */
    public static PackedTensor pack(QuantizedMatrix matrix) {
        PackLayout layout = new PackLayout(matrix.scheme(), matrix.bits());
        int columns = matrix.columns();
        int rowBytes = layout.rowBytes(columns);
        byte[] packed = new byte[Math.multiplyExact(matrix.rows(), rowBytes)];
        int[] row = new int[columns];
        for (int r = 0; r < matrix.rows(); r++) {
            for (int i = 0; i < columns; i++) {
                row[i] = matrix.code(r * columns + i);
            }
            layout.packRow(row, 0, columns, packed, r * rowBytes);
        }
        boolean wholeTensor = matrix.groupSize() == matrix.codes().length;
        // The file has a scale for each row at least: where several rows share one, each gets it.
        int rowsAGroup = wholeTensor ? 1 : Math.max(1, matrix.groupSize() / columns);
        return new PackedTensor(
                matrix.scheme(),
                matrix.bits(),
                matrix.rows(),
                columns,
                wholeTensor ? 0 : Math.min(columns, matrix.groupSize()),
                packed,
                repeated(matrix.scales(), rowsAGroup),
                repeated(matrix.zeros(), rowsAGroup));
    }

    private static float[] repeated(float[] values, int times) {
        if (times == 1) {
            return values;
        }
        float[] repeated = new float[Math.multiplyExact(values.length, times)];
        for (int i = 0; i < repeated.length; i++) {
            repeated[i] = values[i / times];
        }
        return repeated;
    }

    /** Packs the codes of sums of codewords. */
    public static CodebookTensor pack(AdditiveCodebooks weight) {
        int[] codes = new int[weight.codes().length];
        for (int i = 0; i < codes.length; i++) {
            codes[i] = weight.code(i);
        }
        return CodebookTensor.pack(
                weight.codeBits(),
                weight.count(),
                weight.vector(),
                weight.rows(),
                weight.columns(),
                codes,
                weight.codebooks(),
                weight.scales());
    }

    /**
     * Static activation quantization with calibrated ranges.
     *
     * @param bits 4 or 8
     * @param ranges by the linear layers' names, such as {@code h.0.attn.c_attn}
     */
    public static ActivationQuantization staticActivations(int bits, boolean symmetric, Map<String, Range> ranges) {
        Map<String, ActivationQuantization.Range> stored = new LinkedHashMap<>();
        ranges.forEach((linear, range) ->
                stored.put(linear, new ActivationQuantization.Range(range.minimum(), range.maximum())));
        return ActivationQuantization.fixed(bits, symmetric, stored);
    }

    private static void checkSize(String name, List<Integer> shape, float[] values) {
        if (values == null) {
            throw new IllegalArgumentException(name + ": the weight is missing; its shape is " + shape);
        }
        long size = shape.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
        if (values.length != size) {
            throw new IllegalArgumentException(
                    name + ": expected " + size + " values for shape " + shape + ", got " + values.length);
        }
    }
}
