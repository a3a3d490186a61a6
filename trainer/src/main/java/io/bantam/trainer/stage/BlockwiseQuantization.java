package io.bantam.trainer.stage;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.bantam.compression.ptq.BiasCorrection;
import io.bantam.compression.ptq.InputStatistics;
import io.bantam.compression.quantizer.FloatMatrix;
import io.bantam.compression.quantizer.QuantizedMatrix;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.compression.quantizer.WeightQuantization;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.trainer.engine.Precision;
import io.bantam.trainer.model.Gpt2Block;
import io.bantam.trainer.model.Gpt2Block.Part;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Quantizes the linear layers of a model one after the other, each with the inputs that the quantized ones before it give.
 *
 * <p>Only one block's weights and one batch of residual streams are in the engine's memory at a time. A finished block is
 * written to {@code blocks/}; a resumed run reads it back and only runs it.
 */
final class BlockwiseQuantization {
    private static final int BATCH_TOKENS = 4096;

    private final RunContext context;
    private final String phase;
    private final String fingerprint;
    private final LinearMethod method;
    private final boolean correctsBias;
    private final Map<String, Double> metrics = new LinkedHashMap<>();

    /** Chooses the codes of one weight. */
    @FunctionalInterface
    interface LinearMethod {
        /** @param inputs of the layer, on the calibration data */
        QuantizedMatrix quantize(String name, FloatMatrix weight, Quantizer quantizer, InputStatistics inputs);
    }

    /**
     * @param phase the stage's folder in the run folder
     * @param fingerprint of the stage's settings and inputs
     * @param correctsBias whether biases take up the mean output error
     */
    BlockwiseQuantization(
            RunContext context, String phase, String fingerprint, LinearMethod method, boolean correctsBias) {
        this.context = context;
        this.phase = phase;
        this.fingerprint = fingerprint;
        this.method = method;
        this.correctsBias = correctsBias;
    }

    /** For each quantized weight the part of its output's power that is error, as {@code outputError.NAME}. */
    Map<String, Double> metrics() {
        return Map.copyOf(metrics);
    }

    /**
     * Quantizes a float model.
     *
     * @param sequences calibration tokens, all of one length
     */
    StudentModel run(StudentModel model, WeightQuantization quantization, List<int[]> sequences) throws IOException {
        Work work = new Work(model, quantization);
        int rows = Math.max(1, BATCH_TOKENS / sequences.getFirst().length);
        try (StreamFile streams = embed(work, sequences, rows)) {
            for (int layer = 0; layer < model.config().layers(); layer++) {
                Path file = context.folder().resolve(phase).resolve("blocks").resolve("block-" + layer + ".safetensors");
                Optional<CodesFile> done = finished(file);
                if (done.isPresent()) {
                    work.take(done.get());
                }
                try (Gpt2Block block = work.block(layer)) {
                    if (done.isEmpty()) {
                        quantize(work, layer, block, streams);
                        work.of(layer, fingerprint).write(file);
                    } else {
                        advance(block, streams, Part.FEED_FORWARD);
                    }
                    advance(block, streams, Part.END);
                }
                context.progress()
                        .update(layer + 1L, model.config().layers(), Double.NaN, Double.NaN, phase + ": blocks");
            }
        }
        return model.quantized(quantization, work.masters, work.codes);
    }

    private Optional<CodesFile> finished(Path file) throws IOException {
        if (!context.resume() || !Files.exists(file)) {
            Files.createDirectories(file.getParent());
            return Optional.empty();
        }
        return Optional.of(CodesFile.read(file)).filter(codes -> codes.fingerprint().equals(fingerprint));
    }

    private StreamFile embed(Work work, List<int[]> sequences, int rows) throws IOException {
        int width = work.config.width();
        int tokens = sequences.getFirst().length;
        Shape[] shapes = new Shape[(sequences.size() + rows - 1) / rows];
        for (int batch = 0; batch < shapes.length; batch++) {
            shapes[batch] = new Shape(Math.min(rows, sequences.size() - batch * rows), tokens, width);
        }
        StreamFile streams = new StreamFile(context.folder().resolve(phase).resolve("streams.tmp"), shapes);
        float[] words = work.embedding();
        float[] positions = work.masters.get("wpe.weight");
        for (int batch = 0; batch < shapes.length; batch++) {
            float[] values = new float[Math.toIntExact(shapes[batch].size())];
            int at = 0;
            for (int[] sequence :
                    sequences.subList(batch * rows, Math.min(sequences.size(), (batch + 1) * rows))) {
                for (int token = 0; token < tokens; token++) {
                    for (int i = 0; i < width; i++) {
                        values[at++] = words[sequence[token] * width + i] + positions[token * width + i];
                    }
                }
            }
            try (NDManager scope = context.manager().newSubManager()) {
                streams.write(batch, scope.create(values, shapes[batch]));
            }
        }
        return streams;
    }

    private void quantize(Work work, int layer, Gpt2Block block, StreamFile streams) throws IOException {
        List<String> linears = DecoderConfig.linears(layer);
        for (int i = 0; i < linears.size(); i++) {
            Part part = Part.values()[i];
            String name = linears.get(i) + ".weight";
            Optional<Quantizer> quantizer = work.quantization.of(name);
            if (quantizer.isEmpty()) {
                if (part == Part.FEED_FORWARD) {
                    advance(block, streams, part);
                }
                continue;
            }
            FloatMatrix weight = work.matrix(name);
            try (InputStatistics inputs = new InputStatistics(context.manager(), weight.columns())) {
                observe(name, block, streams, part, inputs);
                QuantizedMatrix chosen = chosen(name, weight, quantizer.get(), inputs);
                float[] values = chosen.dequantize();
                work.codes.put(name, chosen);
                block.set(name, values);
                double[] moments = inputs.moments();
                metrics.put(
                        "outputError." + name,
                        InputStatistics.outputError(weight, values, moments)
                                / InputStatistics.outputError(weight, new float[values.length], moments));
                if (correctsBias) {
                    String bias = linears.get(i) + ".bias";
                    float[] corrected =
                            BiasCorrection.corrected(work.masters.get(bias), weight, values, inputs.means());
                    work.masters.put(bias, corrected);
                    block.set(bias, corrected);
                }
            }
        }
    }

    private QuantizedMatrix chosen(String name, FloatMatrix weight, Quantizer quantizer, InputStatistics inputs) {
        try {
            return method.quantize(name, weight, quantizer, inputs);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
        }
    }

    private void observe(String name, Gpt2Block block, StreamFile streams, Part part, InputStatistics inputs)
            throws IOException {
        for (int batch = 0; batch < streams.batches(); batch++) {
            try (NDManager scope = context.manager().newSubManager()) {
                Gpt2Block.Step step = block.run(scope, part, streams.read(scope, batch));
                if (part == Part.FEED_FORWARD) {
                    streams.write(batch, step.stream());
                }
                inputs.observe(step.input());
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
            }
        }
    }

    /** Runs all streams through a part. */
    private void advance(Gpt2Block block, StreamFile streams, Part part) throws IOException {
        for (int batch = 0; batch < streams.batches(); batch++) {
            try (NDManager scope = context.manager().newSubManager()) {
                NDArray stream = streams.read(scope, batch);
                streams.write(batch, block.run(scope, part, stream).stream());
            }
        }
    }

    /** The model while it is worked on. */
    private final class Work {
        private final DecoderConfig config;
        private final WeightQuantization quantization;
        private final Map<String, float[]> masters;
        private final Map<String, QuantizedMatrix> codes = new LinkedHashMap<>();

        Work(StudentModel model, WeightQuantization quantization) {
            this.config = model.config();
            this.quantization = quantization;
            this.masters = new LinkedHashMap<>(model.weights());
        }

        FloatMatrix matrix(String name) {
            List<Integer> shape = config.shapes().get(name);
            return new FloatMatrix(shape.get(0), shape.get(1), masters.get(name));
        }

        float[] embedding() {
            return quantization
                    .of("wte.weight")
                    .map(quantizer -> quantizer.quantize(matrix("wte.weight")).dequantize())
                    .orElse(masters.get("wte.weight"));
        }

        /** A block with the codes found so far in place of its weights. */
        Gpt2Block block(int layer) {
            Map<String, float[]> values = new LinkedHashMap<>();
            for (String name : Gpt2Block.names(layer)) {
                QuantizedMatrix chosen = codes.get(name);
                values.put(name, chosen == null ? masters.get(name) : chosen.dequantize());
            }
            return new Gpt2Block(
                    context.operations(), context.manager(), config, layer, values, Precision.FLOAT32);
        }

        void take(CodesFile block) {
            codes.putAll(block.codes());
            masters.putAll(block.floats());
        }

        CodesFile of(int layer, String fingerprint) {
            Map<String, QuantizedMatrix> chosen = new LinkedHashMap<>();
            Map<String, float[]> floats = new LinkedHashMap<>();
            for (String name : Gpt2Block.names(layer)) {
                floats.put(name, masters.get(name));
                if (codes.containsKey(name)) {
                    chosen.put(name, codes.get(name));
                }
            }
            return new CodesFile(fingerprint, chosen, floats);
        }
    }
}
