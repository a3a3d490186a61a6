package io.bantam.trainer.stage.ptq;

import io.bantam.compression.ptq.InputStatistics;
import io.bantam.compression.quantizer.FloatMatrix;
import io.bantam.compression.quantizer.QuantizedMatrix;
import io.bantam.compression.quantizer.QuantizedWeight;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.compression.quantizer.WeightQuantization;
import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.ModelConfig;
import io.bantam.trainer.engine.Precision;
import io.bantam.trainer.model.FakeQuantization;
import io.bantam.trainer.model.TrainableModel;
import io.bantam.trainer.ptq.LayerWork;
import io.bantam.trainer.ptq.PtqMethod;
import io.bantam.trainer.stage.ModelState;
import io.bantam.trainer.stage.RunContext;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Quantizes the linear layers of any model by what they see of calibration rows: block after block, each with the
 * inputs that the quantized blocks before it give, and that its own linears give in floating point. The whole model
 * runs for every block, so that nothing but its activations need be known; {@link BlockwiseQuantization} is faster
 * where blocks can run alone.
 */
final class LayerwiseQuantization {
    private final RunContext context;
    private final String phase;
    private final PtqMethod.ByLayer method;
    private final Map<String, Double> metrics = new LinkedHashMap<>();

    /**
     * @param method chooses the codes
     * @param phase the stage's folder in the run folder
     */
    LayerwiseQuantization(RunContext context, PtqMethod.ByLayer method, String phase) {
        this.context = context;
        this.phase = phase;
        this.method = method;
    }

    /** Returns the part of each quantized weight's output power that is error, as {@code outputError.NAME}. */
    Map<String, Double> metrics() {
        return Collections.unmodifiableMap(metrics);
    }

    /**
     * Quantizes a float model.
     *
     * @param rows calibration rows, as the model takes them
     */
    ModelState run(ModelState model, WeightQuantization quantization, List<int[]> rows) {
        Map<String, QuantizedWeight> codes = new LinkedHashMap<>();
        Map<String, Quantizer> done = new LinkedHashMap<>();
        quantization.quantizers().forEach((name, quantizer) -> {
            if (model.config().embeddings().contains(name)) {
                done.put(name, quantizer);
            }
        });
        ModelState current = model.withActivations(ActivationQuantization.NONE);
        List<List<String>> blocks = model.config().blockLinears();
        for (int block = 0; block < blocks.size(); block++) {
            List<String> chosen = blocks.get(block).stream()
                    .filter(linear -> quantization.of(linear + ".weight").isPresent())
                    .toList();
            Map<String, InputStatistics> inputs = new LinkedHashMap<>();
            try {
                current = current.quantized(new WeightQuantization(done), model.weights(), codes);
                observe(current, chosen, rows, inputs);
                for (String linear : chosen) {
                    String name = linear + ".weight";
                    codes.put(name, codes(model, name, quantization.of(name).orElseThrow(), inputs.get(linear)));
                    done.put(name, quantization.of(name).orElseThrow());
                }
            } finally {
                inputs.values().forEach(InputStatistics::close);
            }
            context.progress().counted(block + 1L, blocks.size(), phase + ": blocks");
        }
        return current.quantized(quantization, model.weights(), codes);
    }

    private void observe(
            ModelState model, List<String> linears, List<int[]> rows, Map<String, InputStatistics> inputs) {
        for (String linear : linears) {
            int columns = model.config().shapes().get(linear + ".weight").get(1);
            inputs.put(
                    linear, context.compute().inputStatistics(context.compute().manager(), columns, false));
        }
        try (TrainableModel running = model.simulated(
                context.compute().operations(), context.compute().manager(), Precision.FLOAT32)) {
            for (int[] row : rows) {
                running.observeInputs(row, 1, FakeQuantization.none(), (linear, input) -> {
                    if (inputs.containsKey(linear)) {
                        inputs.get(linear).observe(input);
                    }
                });
            }
        }
    }

    private QuantizedMatrix codes(ModelState model, String name, Quantizer quantizer, InputStatistics inputs) {
        ModelConfig config = model.config();
        List<Integer> shape = config.shapes().get(name);
        FloatMatrix weight =
                new FloatMatrix(shape.get(0), shape.get(1), model.weights().get(name));
        PtqMethod.QuantizedLayer chosen = new LayerWork(
                        config,
                        name,
                        weight,
                        quantizer,
                        inputs,
                        context.compute().manager(),
                        this::message)
                .quantizedBy(method);
        metrics.put("outputError." + name, chosen.outputError());
        return chosen.codes();
    }

    private void message(String line) {
        context.progress().message(phase + ": " + line);
    }
}
