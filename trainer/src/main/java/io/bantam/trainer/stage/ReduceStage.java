package io.bantam.trainer.stage;

import io.bantam.compression.reduction.LayerReduction;
import io.bantam.compression.reduction.LayerSelection;
import io.bantam.trainer.engine.Precision;
import io.bantam.trainer.model.Decoder;
import io.bantam.trainer.model.FakeQuantization;
import io.bantam.trainer.recipe.LayerChoice;
import io.bantam.trainer.recipe.Reduce;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** Leaves out blocks of a model. */
final class ReduceStage {
    private final RunContext context;

    ReduceStage(RunContext context) {
        this.context = context;
    }

    StageRunner.Outcome run(Reduce reduce, StudentModel model, String phase) {
        int layers = model.config().layers();
        StudentModel student = withBlocks(model, selection(reduce, model, phase).layers(layers));
        context.progress().message("%s: keeps blocks %s of %d".formatted(phase, student.teacherLayers(), layers));
        return new StageRunner.Outcome(
                student, Map.of("layers", (double) student.config().layers()), Optional.empty());
    }

    private static StudentModel withBlocks(StudentModel model, List<Integer> blocks) {
        return new StudentModel(
                model.config().withLayers(blocks.size()),
                new LayerReduction(blocks).reduce(model.weights(), UnaryOperator.identity()),
                model.quantization(),
                Map.of(),
                model.activations(),
                blocks.stream().map(model.teacherLayers()::get).toList());
    }

    private LayerSelection selection(Reduce reduce, StudentModel model, String phase) {
        return switch (reduce.layers()) {
            case LayerChoice.Listed listed -> new LayerSelection.Listed(listed.layers());
            case LayerChoice.ByRule rule -> {
                int keep = reduce.keep().orElse(0);
                int layers = model.config().layers();
                yield switch (rule.rule()) {
                    case EVERY_SECOND -> new LayerSelection.EverySecond();
                    case FIRST -> new LayerSelection.First(keep);
                    case LAST -> new LayerSelection.Last(keep);
                    case EVENLY -> new LayerSelection.Evenly(keep);
                    case IMPORTANCE ->
                        new LayerSelection.ByImportance(
                                keep, lossesWithout(layers, loss(model, reduce.samples(), phase, layers)));
                    case GREEDY ->
                        new LayerSelection.Greedy(
                                keep, loss(model, reduce.samples(), phase, greedyTrials(layers, keep)));
                };
            }
        };
    }

    /** The loss when one block alone is left out, for every block. */
    private static List<Double> lossesWithout(int layers, ToDoubleFunction<List<Integer>> loss) {
        List<Integer> all = IntStream.range(0, layers).boxed().toList();
        return all.stream()
                .map(left -> all.stream().filter(layer -> !layer.equals(left)).toList())
                .map(loss::applyAsDouble)
                .toList();
    }

    /** How many losses {@link LayerSelection.Greedy} asks for. */
    private static int greedyTrials(int layers, int keep) {
        return IntStream.rangeClosed(keep + 1, layers).sum();
    }

    /**
     * Measures the loss of a model with some of its blocks.
     *
     * @param trials how many are to come, for the progress
     */
    private ToDoubleFunction<List<Integer>> loss(StudentModel model, int samples, String phase, int trials) {
        List<int[]> sequences = context.data().calibration().sequences(samples, OptionalLong.empty());
        AtomicInteger done = new AtomicInteger();
        return blocks -> {
            try (Decoder decoder =
                    withBlocks(model, blocks).trainable(context.operations(), context.manager(), Precision.FLOAT32)) {
                double loss = context.data().loss(decoder, FakeQuantization.none(), sequences);
                context.progress()
                        .update(done.incrementAndGet(), trials, loss, Double.NaN, phase + ": choosing layers");
                return loss;
            }
        };
    }
}
