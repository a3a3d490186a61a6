package io.bantam.trainer.distill;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.bantam.trainer.engine.Arguments;
import io.bantam.trainer.engine.DataParallel;
import io.bantam.trainer.model.Decoder;
import io.bantam.trainer.model.FakeQuantization;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Losses and gradients of a student over one optimizer step's micro-batches, quantization-aware: the forward pass uses
 * quantized weights, the gradient of a quantized weight goes to its master, as {@link
 * io.bantam.compression.quantizer.StraightThroughEstimator} defines it. The teacher runs in the same call without
 * gradient. The rows of a small model's micro-batch are dealt out to the workers, and their gradients added up in a
 * fixed order.
 */
public final class DistillationStep implements TrainingStep {
    /** Matrices of wider models are large enough to keep all cores busy one after the other, in less memory. */
    private static final int WIDEST_DEALT_OUT = 384;

    private final Decoder student;
    private final Optional<Decoder> teacher;
    private final Optional<TeacherCache> cache;
    private final DistillationLoss loss;
    private final Gradients gradients;
    private final DataParallel parallel;

    /**
     * A step whose teacher computes every time.
     *
     * @param teacher needed where the loss has a term of it
     * @param clipped whether gradients of weights that lie beyond their grid are dropped
     * @param parallel who computes; stays the caller's
     */
    public DistillationStep(
            Decoder student, Optional<Decoder> teacher, DistillationLoss loss, boolean clipped, DataParallel parallel) {
        this(student, teacher, Optional.empty(), loss, new Gradients(clipped, false), parallel);
    }

    /**
     * A step whose teacher may be remembered.
     *
     * @param cache takes the teacher's place for sequences that it holds, and learns the others from it
     * @param gradients how the backward pass is done
     * @throws IllegalArgumentException if the loss needs more of a teacher than a cache can have, or a teacher that is
     *     missing
     * @throws io.bantam.trainer.BantamException if the loss needs hidden states that the cache does not keep
     */
    public DistillationStep(
            Decoder student,
            Optional<Decoder> teacher,
            Optional<TeacherCache> cache,
            DistillationLoss loss,
            Gradients gradients,
            DataParallel parallel) {
        if (loss.needsTeacher() && teacher.isEmpty()) {
            throw new IllegalArgumentException("the loss has terms of a teacher, but there is none");
        }
        if (cache.isPresent() && !loss.fitsCache()) {
            throw new IllegalArgumentException(
                    "a cache holds next-token distributions at temperature 1 and hidden states, nothing else");
        }
        this.student = student;
        this.cache = cache;
        this.teacher = loss.needsTeacher() ? teacher : Optional.empty();
        this.loss = cache.isPresent() && loss.hidden() != 0
                ? loss.withHiddenPairs(cache.get().places(loss.hiddenPairs()))
                : loss;
        this.gradients = gradients;
        this.parallel = parallel;
    }

    @Override
    public boolean checkpointing() {
        return gradients.checkpointing();
    }

    /** Runs the micro-batches, each {@code batch} rows of {@code tokens + 1} ids. */
    @Override
    public Result run(NDManager scope, List<int[]> microBatches, int batch, FakeQuantization quantization) {
        List<NDArray> sum = List.of();
        StepLosses losses = StepLosses.zero();
        for (int[] ids : microBatches) {
            List<Supplier<NDList>> parts = new ArrayList<>();
            List<Double> shares = new ArrayList<>();
            for (int[] rows : parts(ids, batch, quantization)) {
                double share = (double) rows.length / ids.length / microBatches.size();
                int count = rows.length / (ids.length / batch);
                shares.add(share);
                parts.add(() ->
                        student.operations().call("gradients", arguments(scope, rows, count, quantization, share)));
            }
            List<NDList> results = parallel.run(parts);
            for (int i = 0; i < results.size(); i++) {
                NDArray terms = results.get(i).getFirst();
                losses = losses.plus(StepLosses.of(loss, terms.toFloatArray()), shares.get(i));
                terms.close();
                sum = sum(scope, sum, results.get(i).subList(1, results.get(i).size()));
            }
        }
        return new Result(losses, sum);
    }

    /** The rows for each worker. Running ranges are of all rows, in their order: then one worker gets them all. */
    private List<int[]> parts(int[] ids, int batch, FakeQuantization quantization) {
        boolean together = quantization.isStatic() || student.config().width() > WIDEST_DEALT_OUT;
        int count = together ? 1 : Math.min(parallel.workers(), batch);
        int row = ids.length / batch;
        List<int[]> parts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            parts.add(Arrays.copyOfRange(ids, i * batch / count * row, (i + 1) * batch / count * row));
        }
        return parts;
    }

    private List<NDArray> sum(NDManager scope, List<NDArray> sum, List<NDArray> more) {
        if (sum.isEmpty()) {
            return List.copyOf(more);
        }
        student.operations()
                .call(
                        "accumulate",
                        new Arguments(scope)
                                .numbers("first", 0)
                                .tensors("g", sum)
                                .tensors("d", more));
        more.forEach(NDArray::close);
        return sum;
    }

    private Arguments arguments(NDManager scope, int[] ids, int batch, FakeQuantization quantization, double share) {
        int teacherLayers = teacher.map(t -> t.config().layers()).orElse(1);
        long[] maps = loss.maps();
        int tokens = ids.length / batch - 1;
        Optional<Decoder.TopK> known = cache.map(c -> c.of(ids, batch, teacher.orElseThrow()));
        Optional<Decoder> computing = known.isPresent() ? Optional.empty() : teacher;
        Arguments arguments = new Arguments(scope).tensor("ids", Decoder.ids(scope, ids, batch));
        student.model(arguments, "p");
        computing.ifPresentOrElse(
                t -> t.model(arguments, "t"),
                () -> arguments.tensors("t", List.of()).integers("form", 0).numbers("constants", 0));
        return arguments
                .integers(
                        "shape",
                        student.shape(gradients.clipped(), gradients.checkpointing(), gradients.chunk(), tokens))
                .numbers("numbers", loss.hidden(), loss.attention(), share, quantization.momentum())
                .numbers("terms", loss.kl(), loss.softCrossEntropy(), loss.labels(), loss.temperature())
                .tensor("maps", scope.create(maps, new Shape(maps.length / 3, 3)))
                .tensor("weightSchemes", student.weightSchemes(scope, quantization))
                .tensor("inputSchemes", student.inputSchemes(scope, quantization))
                .tensor("teacherSchemes", unquantized(scope, teacherLayers))
                .tensor("ranges", student.ranges())
                .tensor("words", known.map(k -> words(scope, k)).orElseGet(() -> scope.create(new Shape(0))))
                .tensor("logs", known.map(k -> logs(scope, k)).orElseGet(() -> scope.create(new Shape(0))))
                .tensors("states", known.map(k -> states(scope, k, batch)).orElse(List.of()));
    }

    /** The table of activations that all stay in floating point: four inputs and two sums a block. */
    private static NDArray unquantized(NDManager scope, int layers) {
        return scope.create(new long[18 * layers], new Shape(6L * layers, 3));
    }

    private List<NDArray> states(NDManager scope, Decoder.TopK known, int batch) {
        long width = student.config().width();
        return known.states().stream()
                .map(state -> scope.create(state, new Shape(batch, state.length / batch / width, width)))
                .toList();
    }

    private static NDArray words(NDManager scope, Decoder.TopK known) {
        return scope.create(known.words(), new Shape(known.words().length / known.k(), known.k()));
    }

    private static NDArray logs(NDManager scope, Decoder.TopK known) {
        return scope.create(known.logs(), new Shape(known.words().length / known.k(), known.k() + 1));
    }

    /**
     * How the backward pass is done.
     *
     * @param clipped whether gradients of weights that lie beyond their grid are dropped
     * @param checkpointing whether only the blocks' outputs are kept and each block is run again from its input, which
     *     takes about a third longer and a fraction of the memory (Chen et al., arXiv:1604.06174)
     * @param chunk tokens whose logits are held at once; 0 holds as many as make full-speed products
     */
    public record Gradients(boolean clipped, boolean checkpointing, int chunk) {
        /** Settings with chunks of a size that suits the vocabulary. */
        public Gradients(boolean clipped, boolean checkpointing) {
            this(clipped, checkpointing, 0);
        }
    }
}
