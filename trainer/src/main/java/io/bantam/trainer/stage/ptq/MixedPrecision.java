package io.bantam.trainer.stage.ptq;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.bantam.compression.ptq.BitAllocation;
import io.bantam.compression.ptq.BitAllocation.Option;
import io.bantam.compression.quantizer.FloatMatrix;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.compression.quantizer.WeightQuantization;
import io.bantam.trainer.BantamException;
import io.bantam.trainer.distill.DistillationLoss;
import io.bantam.trainer.distill.DistillationStep;
import io.bantam.trainer.engine.Precision;
import io.bantam.trainer.model.Decoder;
import io.bantam.trainer.model.FakeQuantization;
import io.bantam.trainer.recipe.Ptq;
import io.bantam.trainer.stage.ModelState;
import io.bantam.trainer.stage.RecipeQuantizers;
import io.bantam.trainer.stage.RunContext;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Gives every linear weight the width that costs least within a budget: of bits a weight, or of bytes of the packed
 * file.
 *
 * <p>The loss that a width costs is estimated to second order with the diagonal of the empirical Fisher information (as
 * HAWQ-V2, arXiv:1911.03852, does with the Hessian): {@code 1/2 sum F_i (w_i - q_i)^2} in nats a token, where
 * {@code F_i} is the mean over calibration sequences of the squared gradient of a sequence's summed loss, a token, and
 * q the nearest values. A knapsack ({@link BitAllocation}) does the rest.
 */
final class MixedPrecision {
    private final RunContext context;
    private final Ptq ptq;
    private final Ptq.Budget budget;
    private final String phase;

    MixedPrecision(RunContext context, Ptq ptq, Ptq.Budget budget, String phase) {
        this.context = context;
        this.ptq = ptq;
        this.budget = budget;
        this.phase = phase;
    }

    /**
     * The quantization with chosen widths.
     *
     * @param quantization with the widths that the recipe names
     * @param sequences calibration tokens with the token after the last
     * @throws BantamException if even the smallest widths exceed the budget
     */
    WeightQuantization choose(ModelState model, WeightQuantization quantization, List<int[]> sequences) {
        Map<String, List<Quantizer>> widths = new LinkedHashMap<>();
        quantization.quantizers().forEach((name, quantizer) -> {
            if (name.startsWith("h.")) {
                widths.put(name, widths(name, quantizer));
            }
        });
        Optional<PackedSize> file = budget.bytes()
                .map(_ -> new PackedSize(
                        ptq,
                        model,
                        context.tokenizer().json(),
                        context.recipe().export().floats(),
                        context.data().textForm()));
        Bound bound = file.isPresent() ? bytes(quantization, widths, file.get()) : bits(model, widths);
        Map<String, float[]> information = information(model, List.copyOf(widths.keySet()), sequences);
        List<List<Option>> options = new ArrayList<>();
        widths.forEach((name, quantizers) -> options.add(quantizers.stream()
                .map(quantizer -> new Option(
                        quantizer.bits(),
                        bound.size().of(name, quantizer),
                        loss(matrix(model, name), quantizer, information.get(name))))
                .toList()));
        long most = bound.most();
        List<Option> best = BitAllocation.best(options, most);
        WeightQuantization chosen = chosen(quantization, widths, best);
        // Header and tables of the file grow with the widths by some bytes that the sizes of the weights do not count.
        while (file.isPresent() && file.get().bytes(chosen) > budget.bytes().get() && most > bound.least()) {
            most = Math.max(
                    bound.least(),
                    most - (file.get().bytes(chosen) - budget.bytes().get()));
            best = most == bound.least() ? smallest(options) : BitAllocation.best(options, most);
            chosen = chosen(quantization, widths, best);
        }
        context.progress().message("%s: chose %s%s".formatted(phase, summary(best), room(file, chosen)));
        return chosen;
    }

    /** The size of a weight in a budget's unit. */
    private interface Size {
        long of(String name, Quantizer quantizer);
    }

    /** What the sizes of all weights may come to, and what they come to at the least. */
    private record Bound(Size size, long most, long least) {}

    private Bound bits(ModelState model, Map<String, List<Quantizer>> widths) {
        Size size =
                (name, quantizer) -> (long) quantizer.bits() * model.weights().get(name).length;
        long count = widths.keySet().stream()
                .mapToLong(name -> model.weights().get(name).length)
                .sum();
        double average = budget.averageBits().orElseThrow();
        long least = least(widths, size);
        return new Bound(size, (long) (average * count), least);
    }

    private Bound bytes(WeightQuantization quantization, Map<String, List<Quantizer>> widths, PackedSize file) {
        WeightQuantization smallest = quantization;
        for (Map.Entry<String, List<Quantizer>> entry : widths.entrySet()) {
            smallest = smallest.with(List.of(entry.getKey()), entry.getValue().getFirst());
        }
        long whole = file.bytes(smallest);
        if (whole > budget.bytes().orElseThrow()) {
            throw new BantamException(
                    ("%s: weights.budget: with the smallest widths the packed file has %,d bytes, more than"
                                    + " bytes: %,d; give more, smaller widths, or fewer bits to the embedding")
                            .formatted(phase, whole, budget.bytes().get()));
        }
        long least = least(widths, file::bytes);
        return new Bound(file::bytes, least + budget.bytes().get() - whole, least);
    }

    private static long least(Map<String, List<Quantizer>> widths, Size size) {
        return widths.entrySet().stream()
                .mapToLong(entry -> size.of(entry.getKey(), entry.getValue().getFirst()))
                .sum();
    }

    private static List<Option> smallest(List<List<Option>> options) {
        return options.stream().map(List::getFirst).toList();
    }

    private static WeightQuantization chosen(
            WeightQuantization quantization, Map<String, List<Quantizer>> widths, List<Option> best) {
        WeightQuantization chosen = quantization;
        int at = 0;
        for (Map.Entry<String, List<Quantizer>> entry : widths.entrySet()) {
            int bits = best.get(at++).bits();
            chosen = chosen.with(
                    List.of(entry.getKey()),
                    RecipeQuantizers.withBits(entry.getValue().getFirst(), bits));
        }
        return chosen;
    }

    private String room(Optional<PackedSize> file, WeightQuantization chosen) {
        return file.map(size -> "; the packed file will have at most %,d of %,d bytes"
                        .formatted(size.bytes(chosen), budget.bytes().orElseThrow()))
                .orElse("");
    }

    private static String summary(List<Option> best) {
        Map<Integer, Long> counts =
                best.stream().collect(Collectors.groupingBy(Option::bits, TreeMap::new, Collectors.counting()));
        return counts.entrySet().stream()
                .map(entry -> entry.getKey() + " bits for " + entry.getValue() + " weights")
                .collect(Collectors.joining(", "));
    }

    /** Narrowest first. A weight that an override names keeps the override's width. */
    private List<Quantizer> widths(String name, Quantizer quantizer) {
        String linear = name.substring(0, name.length() - ".weight".length());
        if (ptq.weights().overrides().stream().anyMatch(override -> override.names(linear))) {
            return List.of(quantizer);
        }
        TreeSet<Integer> widths = new TreeSet<>(budget.widths());
        widths.add(quantizer.bits());
        return widths.stream()
                .map(bits -> RecipeQuantizers.withBits(quantizer, bits))
                .toList();
    }

    private static FloatMatrix matrix(ModelState model, String name) {
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

    private Map<String, float[]> information(ModelState model, List<String> names, List<int[]> sequences) {
        try (NDManager manager = context.compute().manager().newSubManager();
                Decoder decoder = model.trainableDecoder(context.compute().operations(), manager, Precision.FLOAT32)) {
            DistillationStep step = new DistillationStep(
                    decoder,
                    Optional.empty(),
                    DistillationLoss.labelsOnly(),
                    false,
                    context.compute().parallel());
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
                context.progress().counted(i + 1L, sequences.size(), phase + ": sensitivities");
            }
            Map<String, float[]> information = new LinkedHashMap<>();
            squares.forEach((name, values) -> information.put(name, values.toFloatArray()));
            return information;
        }
    }
}
