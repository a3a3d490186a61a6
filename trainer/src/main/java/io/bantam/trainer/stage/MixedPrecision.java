package io.bantam.trainer.stage;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.bantam.compression.ptq.BitAllocation;
import io.bantam.compression.ptq.BitAllocation.Option;
import io.bantam.compression.quantizer.FloatMatrix;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.compression.quantizer.WeightQuantization;
import io.bantam.trainer.distill.DistillationLoss;
import io.bantam.trainer.distill.DistillationStep;
import io.bantam.trainer.engine.Precision;
import io.bantam.trainer.model.Decoder;
import io.bantam.trainer.model.FakeQuantization;
import io.bantam.trainer.recipe.Ptq;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Gives every linear weight the width that costs least within a budget of bits.
 *
 * <p>The loss that a width costs is estimated to second order with the diagonal of the empirical Fisher information (as
 * HAWQ-V2, arXiv:1911.03852, does with the Hessian): {@code 1/2 sum F_i (w_i - q_i)^2} in nats a token, where {@code F_i} is
 * the mean over calibration sequences of the squared gradient of a sequence's summed loss, a token, and q the nearest
 * values. A knapsack ({@link BitAllocation}) does the rest.
 */
final class MixedPrecision {
    private final RunContext context;
    private final Ptq.Weights weights;
    private final Ptq.Budget budget;
    private final String phase;

    MixedPrecision(RunContext context, Ptq.Weights weights, Ptq.Budget budget, String phase) {
        this.context = context;
        this.weights = weights;
        this.budget = budget;
        this.phase = phase;
    }

    /**
     * The quantization with chosen widths.
     *
     * @param quantization with the widths that the recipe names
     * @param sequences calibration tokens with the token after the last
     */
    WeightQuantization choose(StudentModel model, WeightQuantization quantization, List<int[]> sequences) {
        List<String> names = quantization.quantizers().keySet().stream()
                .filter(name -> name.startsWith("h."))
                .toList();
        Map<String, float[]> information = information(model, names, sequences);
        List<List<Option>> options = new ArrayList<>();
        long count = 0;
        for (String name : names) {
            FloatMatrix weight = matrix(model, name);
            Quantizer quantizer = quantization.of(name).orElseThrow();
            count += weight.values().length;
            List<Option> widths = new ArrayList<>();
            for (int bits : widths(name, quantizer)) {
                Quantizer narrowed = RecipeQuantizers.withBits(quantizer, bits);
                widths.add(new Option(
                        bits, (long) bits * weight.values().length, loss(weight, narrowed, information.get(name))));
            }
            options.add(widths);
        }
        List<Option> best = BitAllocation.best(options, (long) (budget.averageBits() * count));
        WeightQuantization chosen = quantization;
        for (int i = 0; i < names.size(); i++) {
            Quantizer quantizer = quantization.of(names.get(i)).orElseThrow();
            chosen = chosen.with(
                    List.of(names.get(i)),
                    RecipeQuantizers.withBits(quantizer, best.get(i).bits()));
        }
        context.progress().message("%s: chose %s".formatted(phase, summary(best)));
        return chosen;
    }

    private static String summary(List<Option> best) {
        Map<Integer, Long> counts =
                best.stream().collect(Collectors.groupingBy(Option::bits, TreeMap::new, Collectors.counting()));
        return counts.entrySet().stream()
                .map(entry -> entry.getKey() + " bits for " + entry.getValue() + " weights")
                .collect(Collectors.joining(", "));
    }

    /** A weight that an override names keeps the width that it says. */
    private Iterable<Integer> widths(String name, Quantizer quantizer) {
        String linear = name.substring(0, name.length() - ".weight".length());
        if (weights.overrides().stream().anyMatch(override -> override.names(linear))) {
            return List.of(quantizer.bits());
        }
        TreeSet<Integer> widths = new TreeSet<>(budget.widths());
        widths.add(quantizer.bits());
        return widths;
    }

    private static FloatMatrix matrix(StudentModel model, String name) {
        List<Integer> shape = model.config().shapes().get(name);
        return new FloatMatrix(shape.get(0), shape.get(1), model.weights().get(name));
    }

    private static double loss(FloatMatrix weight, Quantizer quantizer, float[] information) {
        float[] quantized = quantizer.fakeQuantize(weight.values(), weight.rows(), weight.columns());
        double loss = 0;
        for (int i = 0; i < quantized.length; i++) {
            double change = (double) weight.values()[i] - quantized[i];
            loss += 0.5 * information[i] * change * change;
        }
        return loss;
    }

    private Map<String, float[]> information(StudentModel model, List<String> names, List<int[]> sequences) {
        try (NDManager manager = context.manager().newSubManager();
                Decoder decoder = model.trainable(context.operations(), manager, Precision.FLOAT32)) {
            DistillationStep step = new DistillationStep(
                    decoder, Optional.empty(), DistillationLoss.labelsOnly(), false, context.parallel());
            List<String> order = decoder.parameters().names();
            Map<String, NDArray> squares = new LinkedHashMap<>();
            for (String name : names) {
                squares.put(name, manager.zeros(new Shape(model.weights().get(name).length)));
            }
            for (int i = 0; i < sequences.size(); i++) {
                try (NDManager scope = manager.newSubManager()) {
                    List<NDArray> gradients = step.run(scope, List.of(sequences.get(i)), 1, FakeQuantization.none())
                            .gradients();
                    float tokens = sequences.get(i).length - 1;
                    for (String name : names) {
                        NDArray gradient = gradients.get(order.indexOf(name));
                        squares.get(name).addi(gradient.flatten().square().mul(tokens / sequences.size()));
                    }
                }
                context.progress().update(i + 1L, sequences.size(), Double.NaN, Double.NaN, phase + ": sensitivities");
            }
            Map<String, float[]> information = new LinkedHashMap<>();
            squares.forEach((name, values) -> information.put(name, values.toFloatArray()));
            return information;
        }
    }
}
