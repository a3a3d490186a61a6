package io.bantam.trainer.stage.reduce;

import io.bantam.compression.reduction.LayerReduction;
import io.bantam.compression.reduction.LayerSelection;
import io.bantam.runtime.format.ModelConfig;
import io.bantam.trainer.engine.Precision;
import io.bantam.trainer.model.FakeQuantization;
import io.bantam.trainer.model.TrainableModel;
import io.bantam.trainer.recipe.LayerChoice;
import io.bantam.trainer.recipe.Reduce;
import io.bantam.trainer.stage.ModelState;
import io.bantam.trainer.stage.RunContext;
import io.bantam.trainer.stage.StageOutcome;
import io.bantam.trainer.train.ProgressListener;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** Leaves out blocks of a model. */
public final class ReduceStage {
    private final RunContext context;

    public ReduceStage(RunContext context) {
        this.context = context;
    }

    /** Leaves out blocks of each stack; those of a second stack by keys of their own, if the recipe has them. */
    public StageOutcome run(Reduce reduce, ModelState model, String phase) {
        ModelState student = model;
        for (ModelConfig.Stack stack : model.config().stacks()) {
            boolean first = stack.prefix().isEmpty();
            LayerChoice choice =
                    first ? reduce.layers() : reduce.decoderLayers().orElse(reduce.layers());
            Optional<Integer> keep =
                    first ? reduce.keep() : reduce.decoderKeep().or(reduce::keep);
            student = reduced(choice, keep, reduce.samples(), stack.prefix(), student, phase);
        }
        return new StageOutcome(
                student, Map.of("layers", (double) student.config().layers()), Optional.empty());
    }

    private ModelState reduced(
            LayerChoice choice, Optional<Integer> keep, int samples, String stack, ModelState model, String phase) {
        int layers = layers(model.config(), stack);
        List<Integer> blocks =
                selection(choice, keep.orElse(0), samples, stack, model, phase).layers(layers);
        context.progress()
                .message("%s: keeps blocks %s of %d%s"
                        .formatted(phase, blocks, layers, stack.isEmpty() ? "" : ", decoder"));
        return withBlocks(model, stack, blocks);
    }

    private static int layers(ModelConfig config, String stack) {
        return config.stacks().stream()
                .filter(one -> one.prefix().equals(stack))
                .findFirst()
                .orElseThrow()
                .layers();
    }

    /** @param stack as {@link LayerReduction} names it */
    private static ModelState withBlocks(ModelState model, String stack, List<Integer> blocks) {
        ModelConfig config = model.config().withLayers(stack, blocks.size());
        int first = stack.isEmpty() ? 0 : model.config().layers() - layers(model.config(), stack);
        int behind = first + layers(model.config(), stack);
        List<Integer> teachers = new ArrayList<>(model.teacherLayers().subList(0, first));
        blocks.forEach(block -> teachers.add(model.teacherLayers().get(first + block)));
        teachers.addAll(model.teacherLayers().subList(behind, model.config().layers()));
        return new ModelState(
                config,
                new LayerReduction(stack, blocks).reduce(model.weights(), UnaryOperator.identity()),
                model.quantization(),
                Map.of(),
                model.activations(),
                teachers);
    }

    private LayerSelection selection(
            LayerChoice choice, int keep, int samples, String stack, ModelState model, String phase) {
        return switch (choice) {
            case LayerChoice.Listed listed -> new LayerSelection.Listed(listed.layers());
            case LayerChoice.ByRule rule -> {
                int layers = layers(model.config(), stack);
                yield switch (rule.rule()) {
                    case EVERY_SECOND -> new LayerSelection.EverySecond();
                    case FIRST -> new LayerSelection.First(keep);
                    case LAST -> new LayerSelection.Last(keep);
                    case EVENLY -> new LayerSelection.Evenly(keep);
                    case IMPORTANCE ->
                        new LayerSelection.ByImportance(
                                keep, lossesWithout(layers, loss(model, stack, samples, phase, layers)));
                    case GREEDY ->
                        new LayerSelection.Greedy(keep, loss(model, stack, samples, phase, greedyTrials(layers, keep)));
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
    private ToDoubleFunction<List<Integer>> loss(
            ModelState model, String stack, int samples, String phase, int trials) {
        List<int[]> sequences = context.data().calibration().sequences(samples, OptionalLong.empty());
        AtomicInteger done = new AtomicInteger();
        return blocks -> {
            try (TrainableModel decoder = withBlocks(model, stack, blocks)
                    .trainable(context.compute().operations(), context.compute().manager(), Precision.FLOAT32)) {
                double loss = context.data().loss(decoder, FakeQuantization.none(), sequences);
                context.progress()
                        .measured(
                                done.incrementAndGet(),
                                trials,
                                ProgressListener.Figures.ofLoss(loss),
                                phase + ": choosing layers");
                return loss;
            }
        };
    }
}
