package io.bantam.trainer.stage;

import ai.djl.ndarray.NDManager;
import io.bantam.compression.export.HalfPrecision;
import io.bantam.compression.quantizer.Granularity;
import io.bantam.compression.quantizer.QuantizedMatrix;
import io.bantam.compression.quantizer.QuantizedWeight;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.compression.quantizer.WeightQuantization;
import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.EncoderConfig;
import io.bantam.runtime.format.ModelConfig;
import io.bantam.trainer.engine.Operations;
import io.bantam.trainer.engine.Precision;
import io.bantam.trainer.model.Decoder;
import io.bantam.trainer.model.DecoderParameters;
import io.bantam.trainer.model.EncoderModel;
import io.bantam.trainer.model.FakeQuantization;
import io.bantam.trainer.model.PartialWeights;
import io.bantam.trainer.model.TrainableModel;
import io.bantam.trainer.recipe.Export;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A model between two stages.
 *
 * @param config its shape
 * @param weights float32 masters, row-major, by name; linear weights as {@code [outputs, inputs]}; {@link LazyTensors}
 *     where they are too large for Java's heap
 * @param quantization how the weights are put on a grid, none for a float model
 * @param codes the codes of quantized weights that a method has chosen; all others go to the nearest point of their
 *     grid
 * @param activations how the linear layers' inputs are put on a grid
 * @param teacherLayers for each block the teacher's block of the same stack that it came from, from 0
 */
public record ModelState(
        ModelConfig config,
        Map<String, float[]> weights,
        WeightQuantization quantization,
        Map<String, QuantizedWeight> codes,
        ActivationQuantization activations,
        List<Integer> teacherLayers) {
    public ModelState {
        weights = LazyTensors.copyOf(weights);
        codes = LazyTensors.copyOf(codes);
        teacherLayers = List.copyOf(teacherLayers);
    }

    /** Whether the weights stay in their files. */
    public boolean isLazy() {
        return weights instanceof LazyTensors;
    }

    /**
     * Whether the model is too large for memory, so that it is never run whole and its codes stay in their files, too.
     */
    public boolean isLarge() {
        return weights instanceof LazyTensors<float[]> lazy && lazy.areLarge();
    }

    /** A float model that is its own teacher. */
    public static ModelState teacher(ModelConfig config, Map<String, float[]> weights) {
        return new ModelState(
                config, weights, WeightQuantization.none(), Map.of(), ActivationQuantization.NONE, ownLayers(config));
    }

    private static List<Integer> ownLayers(ModelConfig config) {
        return config.stacks().stream()
                .flatMap(stack -> IntStream.range(0, stack.layers()).boxed())
                .toList();
    }

    /**
     * The shape, where only a decoder will do.
     *
     * @throws IllegalStateException if the model is another one
     */
    public DecoderConfig decoder() {
        if (config instanceof DecoderConfig decoder) {
            return decoder;
        }
        throw new IllegalStateException("a " + config.family() + " is no decoder");
    }

    /** This model with other float weights and no chosen codes. */
    public ModelState withWeights(Map<String, float[]> trained) {
        return new ModelState(config, trained, quantization, Map.of(), activations, teacherLayers);
    }

    /** The model that training goes on from: masters whose codes a method has chosen are what these codes stand for. */
    public ModelState trainingStart() {
        Map<String, float[]> start = new LinkedHashMap<>(weights);
        codes.forEach((name, chosen) -> start.put(name, chosen.dequantize()));
        return withWeights(start);
    }

    /** This model quantized in another way, every weight at the nearest point of its grid. */
    public ModelState quantized(WeightQuantization how, ActivationQuantization inputs) {
        return new ModelState(config, weights, how, Map.of(), inputs, teacherLayers);
    }

    /** This model with codes that a method has chosen, and the masters that it left. */
    public ModelState quantized(
            WeightQuantization how, Map<String, float[]> masters, Map<String, QuantizedWeight> chosen) {
        return new ModelState(config, masters, how, chosen, activations, teacherLayers);
    }

    /** This model with its linear layers' inputs quantized in another way. */
    public ModelState withActivations(ActivationQuantization inputs) {
        return new ModelState(config, weights, quantization, codes, inputs, teacherLayers);
    }

    /**
     * The model that is exported: with {@link Export.Floats#FLOAT16} what is not a code is rounded, see
     * {@link HalfPrecision}; this is then what the weights are, not only how they are stored. A model without quantized
     * weights stays as it is.
     */
    public ModelState exported(Export.Floats floats) {
        if (floats == Export.Floats.FLOAT32 || quantization.quantizers().isEmpty()) {
            return this;
        }
        return new ModelState(config, halves(), quantization, halfScaled(), activations, teacherLayers);
    }

    /** The masters, those that are not quantized in half precision. */
    private Map<String, float[]> halves() {
        LazyTensors<float[]> halves = new LazyTensors<>(
                weights.keySet(),
                isLarge(),
                name -> quantization.of(name).isPresent()
                        ? weights.get(name)
                        : HalfPrecision.values(weights.get(name)));
        return isLazy() ? halves : new LinkedHashMap<>(halves);
    }

    /** The codes of all quantized weights with scales in half precision. */
    private Map<String, QuantizedWeight> halfScaled() {
        LazyTensors<QuantizedWeight> scaled = new LazyTensors<>(
                quantization.quantizers().keySet(), isLarge(), name -> HalfPrecision.weight(quantizedMatrix(name)));
        return isLarge() ? scaled : new LinkedHashMap<>(scaled);
    }

    /** The weights as the packed file stands for them: quantized ones on their grid, the others as they are. */
    public Map<String, float[]> quantizedWeights() {
        if (isLazy()) {
            return quantizedOneByOne();
        }
        Map<String, float[]> values = new LinkedHashMap<>(weights);
        quantizedMatrices().forEach((name, matrix) -> values.put(name, matrix.dequantize()));
        return values;
    }

    /** {@link #quantizedWeights}, each quantized whenever it is asked for, so that only one is in memory. */
    private Map<String, float[]> quantizedOneByOne() {
        return new LazyWeights(
                weights.keySet(),
                isLarge(),
                name -> quantization.of(name).isPresent()
                        ? quantizedMatrix(name).dequantize()
                        : weights.get(name),
                this::forEachValuePart);
    }

    private void forEachValuePart(String name, PartialWeights.PartConsumer consumer) throws IOException {
        QuantizedWeight chosen = codes.get(name);
        if (quantization.of(name).isEmpty()) {
            PartialWeights.forEachPart(weights, name, consumer);
        } else if (chosen != null) {
            LazyWeights.forEachPart(chosen, consumer);
        } else {
            forEachQuantizedPart(name, (from, original, quantized) -> consumer.accept(from, quantized));
        }
    }

    /** Takes a part of a quantized weight. */
    @FunctionalInterface
    public interface QuantizedPartConsumer {
        /**
         * Takes whole rows.
         *
         * @param from place of the first value in the tensor, row-major
         * @param original values
         * @param quantized the values that the codes stand for
         */
        void accept(int from, float[] original, float[] quantized) throws IOException;
    }

    /** Hands on a quantized weight, in parts where its rows do not depend on each other. */
    public void forEachQuantizedPart(String name, QuantizedPartConsumer consumer) {
        Quantizer quantizer = quantization.of(name).orElseThrow();
        boolean byRows = quantizer.granularity() instanceof Granularity.PerRow
                || quantizer.granularity() instanceof Granularity.PerGroup;
        int columns = config.shapes().get(name).get(1);
        try {
            if (codes.get(name) instanceof QuantizedMatrix matrix) {
                PartialWeights.forEachPart(
                        weights,
                        name,
                        (from, values) -> consumer.accept(from, values, matrix.dequantize(from, from + values.length)));
            } else if (codes.containsKey(name) || !byRows) {
                consumer.accept(0, weights.get(name), quantizedMatrix(name).dequantize());
            } else {
                PartialWeights.forEachPart(
                        weights,
                        name,
                        (from, values) -> consumer.accept(
                                from, values, quantizer.fakeQuantize(values, values.length / columns, columns)));
            }
        } catch (IOException unread) {
            throw new UncheckedIOException(unread);
        }
    }

    /** The codes and scales of all quantized weights, by name. */
    public Map<String, QuantizedWeight> quantizedMatrices() {
        LazyTensors<QuantizedWeight> matrices =
                new LazyTensors<>(quantization.quantizers().keySet(), isLarge(), this::quantizedMatrix);
        return isLarge() ? matrices : new LinkedHashMap<>(matrices);
    }

    /** The codes and scales of one quantized weight. */
    QuantizedWeight quantizedMatrix(String name) {
        QuantizedWeight chosen = codes.get(name);
        return chosen == null ? onGrid(name, quantization.of(name).orElseThrow()) : chosen;
    }

    private QuantizedMatrix onGrid(String name, Quantizer quantizer) {
        List<Integer> shape = config.shapes().get(name);
        return quantizer.quantize(weights.get(name), shape.get(0), shape.get(1));
    }

    /** The masters as a model to train. */
    public TrainableModel trainable(Operations operations, NDManager parent, Precision precision) {
        return model(operations, parent, precision, weights);
    }

    /** The masters of a decoder as a model to train. */
    public Decoder trainableDecoder(Operations operations, NDManager parent, Precision precision) {
        return decoder(operations, parent, precision, weights);
    }

    /** The fake-quantized model to run with {@link #running}: its weights lie on their grids already. */
    public TrainableModel simulated(Operations operations, NDManager parent, Precision precision) {
        return model(operations, parent, precision, quantizedOneByOne());
    }

    /** The fake-quantized decoder to run with {@link #running}: its weights lie on their grids already. */
    public Decoder simulatedDecoder(Operations operations, NDManager parent, Precision precision) {
        return decoder(operations, parent, precision, quantizedOneByOne());
    }

    private TrainableModel model(
            Operations operations, NDManager parent, Precision precision, Map<String, float[]> values) {
        return switch (config) {
            case DecoderConfig _ -> decoder(operations, parent, precision, values);
            case EncoderConfig stacks -> withRanges(new EncoderModel(operations, parent, stacks, values, precision));
        };
    }

    private Decoder decoder(Operations operations, NDManager parent, Precision precision, Map<String, float[]> values) {
        return withRanges(new Decoder(operations, DecoderParameters.of(parent, decoder(), values), precision));
    }

    /** What {@link #simulated} still has to quantize. */
    public FakeQuantization running() {
        return new FakeQuantization(WeightQuantization.none(), activations);
    }

    private <M extends TrainableModel> M withRanges(M model) {
        if (!activations.ranges().isEmpty()) {
            model.fix(activations.ranges());
        }
        return model;
    }

    /** The running ranges of a trained model by linear layer. */
    public static Map<String, ActivationQuantization.Range> ranges(TrainableModel model) {
        List<String> linears =
                model.config().blockLinears().stream().flatMap(List::stream).toList();
        float[] values = model.ranges().toFloatArray();
        Map<String, ActivationQuantization.Range> ranges = new LinkedHashMap<>();
        for (int i = 0; i < linears.size(); i++) {
            ranges.put(linears.get(i), new ActivationQuantization.Range(values[2 * i], values[2 * i + 1]));
        }
        return ranges;
    }
}
