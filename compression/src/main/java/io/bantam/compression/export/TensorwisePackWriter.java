package io.bantam.compression.export;

import io.bantam.compression.quantizer.Granularity;
import io.bantam.compression.quantizer.QuantizedMatrix;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.compression.quantizer.WeightQuantization;
import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.DType;
import io.bantam.runtime.format.FloatTensor;
import io.bantam.runtime.format.ModelConfig;
import io.bantam.runtime.format.ModelTensor;
import io.bantam.runtime.format.PackLayout;
import io.bantam.runtime.format.PackedFile;
import io.bantam.runtime.format.PackedTensor;
import io.bantam.runtime.format.Scheme;
import io.bantam.runtime.format.TensorForm;
import io.bantam.runtime.format.TextForm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Writes packed files of models larger than memory: tensor after tensor is read, put on its grid, packed and written,
 * and nothing of it is kept. In memory at once are the float32 values of the largest tensor and its packed form.
 *
 * <p>Codes are those of {@link PackWriter}, the nearest on each grid. Whether float16 holds all scales of a tensor is
 * not known before they are made, so they are stored as float32, or are rounded to float16 if that is asked for; scales
 * below 2^-14 then lose digits.
 */
public final class TensorwisePackWriter {
    /** Rows that a thread quantizes in one go, at least. */
    private static final int CHUNK_ROWS = 256;

    private final ModelConfig config;
    private final Weights weights;
    private final WeightQuantization quantization;
    private final boolean halves;

    /** Where tensors come from. */
    @FunctionalInterface
    public interface Weights {
        /** The float32 values of a tensor of {@link ModelConfig#shapes}, row-major. */
        float[] of(String name) throws IOException;
    }

    /**
     * @param weights asked for one tensor at a time
     * @param quantization which weights are quantized, and how
     * @param halves whether scales and plain tensors are rounded to float16
     */
    public TensorwisePackWriter(ModelConfig config, Weights weights, WeightQuantization quantization, boolean halves) {
        this.config = config;
        this.weights = weights;
        this.quantization = quantization;
        this.halves = halves;
    }

    /**
     * Writes the file, which appears only when it is complete.
     *
     * @param tokenizerJson the bytes of {@code tokenizer.json}, or none
     * @param textForm the form of text that the model reads; empty if the tokenizer tells it
     * @return its size in bytes
     * @throws IllegalArgumentException naming the tensor, if one cannot be quantized so
     * @throws IOException if a tensor cannot be read, or the file not be written
     */
    public long write(Path path, ActivationQuantization activations, byte[] tokenizerJson, Optional<TextForm> textForm)
            throws IOException {
        Map<String, TensorForm> forms = new LinkedHashMap<>();
        for (Map.Entry<String, List<Integer>> entry : config.shapes().entrySet()) {
            forms.put(entry.getKey(), form(entry.getKey(), entry.getValue()));
        }
        for (String name : quantization.quantizers().keySet()) {
            if (!forms.containsKey(name)) {
                throw new IllegalArgumentException(name + ": the model has no such weight to quantize");
            }
        }
        try {
            return PackedFile.write(path, config, activations, forms, this::tensor, tokenizerJson, textForm);
        } catch (UncheckedIOException unread) {
            throw unread.getCause();
        }
    }

    private TensorForm form(String name, List<Integer> shape) throws IOException {
        Optional<Quantizer> quantizer = quantization.of(name);
        if (quantizer.isEmpty()) {
            return new TensorForm.Floats(DType.exactly(plain(name)), shape);
        }
        if (shape.size() != 2) {
            throw new IllegalArgumentException(
                    name + ": only matrices are quantized, and its shape is " + shape + "; leave it float");
        }
        int rows = shape.get(0);
        int columns = shape.get(1);
        int group = groupSize(name, quantizer.get().granularity(), rows, columns);
        boolean whole = group == (long) rows * columns;
        return new TensorForm.Packed(
                new PackLayout(quantizer.get().scheme(), quantizer.get().bits()),
                rows,
                columns,
                whole ? 0 : Math.min(group, columns),
                halves ? DType.F16 : DType.F32,
                DType.F32);
    }

    private static int groupSize(String name, Granularity granularity, int rows, int columns) {
        try {
            return granularity.groupSize(rows, columns);
        } catch (IllegalArgumentException unfit) {
            throw new IllegalArgumentException(name + ": " + unfit.getMessage(), unfit);
        }
    }

    private float[] plain(String name) throws IOException {
        float[] values = weights.of(name);
        return halves ? HalfPrecision.values(values) : values;
    }

    private ModelTensor tensor(String name) {
        try {
            List<Integer> shape = config.shapes().get(name);
            Optional<Quantizer> quantizer = quantization.of(name);
            if (quantizer.isEmpty()) {
                float[] values = plain(name);
                return new FloatTensor(DType.exactly(values), shape, values);
            }
            return packed(weights.of(name), shape.get(0), shape.get(1), quantizer.get());
        } catch (IOException unread) {
            throw new UncheckedIOException(unread);
        } catch (IllegalArgumentException unfit) {
            throw new IllegalArgumentException(name + ": " + unfit.getMessage(), unfit);
        }
    }

    /**
     * Quantizes and packs some rows at a time, on all cores, so that a byte a code is never held for the whole matrix.
     */
    private PackedTensor packed(float[] values, int rows, int columns, Quantizer quantizer) {
        boolean byRows = quantizer.granularity().groupSize(rows, columns) <= columns;
        int chunk = byRows ? Math.min(rows, CHUNK_ROWS) : rows;
        int rowBytes = new PackLayout(quantizer.scheme(), quantizer.bits()).rowBytes(columns);
        int group = quantizer.granularity().groupSize(rows, columns);
        boolean whole = group == (long) rows * columns;
        byte[] codes = new byte[Math.multiplyExact(rows, rowBytes)];
        float[] scales = new float[Math.toIntExact((long) rows * columns / (whole ? group : Math.min(group, columns)))];
        float[] zeros = new float[quantizer.scheme() == Scheme.ASYMMETRIC ? scales.length : 0];
        IntStream.range(0, Math.ceilDiv(rows, chunk)).parallel().forEach(index -> {
            int from = index * chunk;
            int to = Math.min(rows, from + chunk);
            QuantizedMatrix part =
                    quantizer.quantize(Arrays.copyOfRange(values, from * columns, to * columns), to - from, columns);
            if (halves) {
                part = HalfPrecision.nearest(part);
            }
            PackedTensor packed = PackWriter.pack(part);
            System.arraycopy(packed.codes(), 0, codes, from * rowBytes, (to - from) * rowBytes);
            int at = from * (scales.length / rows);
            System.arraycopy(packed.scales(), 0, scales, at, packed.scales().length);
            System.arraycopy(packed.zeros(), 0, zeros, zeros.length == 0 ? 0 : at, packed.zeros().length);
        });
        return new PackedTensor(
                quantizer.scheme(),
                quantizer.bits(),
                rows,
                columns,
                whole ? 0 : Math.min(group, columns),
                codes,
                scales,
                zeros);
    }
}
