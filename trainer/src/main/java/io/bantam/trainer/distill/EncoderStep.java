package io.bantam.trainer.distill;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.bantam.trainer.engine.Arguments;
import io.bantam.trainer.model.EncoderModel;
import io.bantam.trainer.model.FakeQuantization;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The step of a model with an encoder (XTC, arXiv:2206.01859, one-stage distillation): quantization-aware as
 * {@link DistillationStep}. Logits are those of the labels, or of the answers' tokens; hidden states and attention
 * scores those of the encoder and, where there is a decoder, of it too, with the scores of its attention to the text.
 * Cells of filling do not count.
 */
public final class EncoderStep implements TrainingStep {
    private static final int HIDDEN = 0;
    private static final int ATTENTION = 1;
    private static final int DECODER_HIDDEN = 2;
    private static final int DECODER_ATTENTION = 3;
    private static final int CROSS_ATTENTION = 4;

    private final EncoderModel student;
    private final Optional<EncoderModel> teacher;
    private final DistillationLoss loss;
    private final boolean clipped;
    private final long[] maps;

    /**
     * @param teacher needed where the loss has a term of it
     * @param loss its pairs are those of the encoder
     * @param decoderHidden pairs of the decoder's hidden states, as in the loss
     * @param decoderAttention pairs of its blocks, for both its attentions
     * @param clipped whether gradients of weights that lie beyond their grid are dropped
     * @throws IllegalArgumentException if the teacher is missing
     */
    public EncoderStep(
            EncoderModel student,
            Optional<EncoderModel> teacher,
            DistillationLoss loss,
            Map<Integer, Integer> decoderHidden,
            Map<Integer, Integer> decoderAttention,
            boolean clipped) {
        if (loss.needsTeacher() && teacher.isEmpty()) {
            throw new IllegalArgumentException("the loss has terms of a teacher, but there is none");
        }
        this.student = student;
        this.teacher = loss.needsTeacher() ? teacher : Optional.empty();
        this.loss = loss;
        this.clipped = clipped;
        this.maps = new long
                [3
                        * (loss.hiddenPairs().size()
                                + loss.attentionPairs().size()
                                + decoderHidden.size()
                                + 2 * decoderAttention.size())];
        int at = DistillationLoss.fill(maps, 0, HIDDEN, loss.hiddenPairs());
        at = DistillationLoss.fill(maps, at, ATTENTION, loss.attentionPairs());
        at = DistillationLoss.fill(maps, at, DECODER_HIDDEN, decoderHidden);
        at = DistillationLoss.fill(maps, at, DECODER_ATTENTION, decoderAttention);
        DistillationLoss.fill(maps, at, CROSS_ATTENTION, decoderAttention);
    }

    @Override
    public boolean checkpointing() {
        return false;
    }

    @Override
    public Result run(NDManager scope, List<int[]> microBatches, int batch, FakeQuantization quantization) {
        List<NDArray> sum = List.of();
        StepLosses losses = StepLosses.zero();
        double share = 1.0 / microBatches.size();
        for (int[] ids : microBatches) {
            NDList found =
                    student.operations().call("encoder_gradients", arguments(scope, ids, batch, quantization, share));
            losses = losses.plus(StepLosses.of(loss, found.getFirst().toFloatArray()), share);
            found.getFirst().close();
            List<NDArray> more = List.copyOf(found.subList(1, found.size()));
            if (sum.isEmpty()) {
                sum = more;
            } else {
                student.operations()
                        .call(
                                "accumulate",
                                new Arguments(scope)
                                        .numbers("first", 0)
                                        .tensors("g", sum)
                                        .tensors("d", more));
                more.forEach(NDArray::close);
            }
        }
        return new Result(losses, sum);
    }

    private Arguments arguments(NDManager scope, int[] ids, int batch, FakeQuantization quantization, double share) {
        Arguments arguments = new Arguments(scope).tensor("ids", student.rows(scope, ids, batch));
        student.model(arguments, "p");
        teacher.ifPresentOrElse(
                t -> t.model(arguments, "t"),
                () -> arguments.tensors("t", List.of()).integers("form", 0).numbers("constants", 0));
        return arguments
                .integers("shape", student.precision().scalarType(), clipped ? 1 : 0)
                .numbers("numbers", loss.hidden(), loss.attention(), share, quantization.momentum())
                .numbers("terms", loss.kl(), loss.softCrossEntropy(), loss.labels(), loss.temperature())
                .tensor("maps", scope.create(maps, new Shape(maps.length / 3, 3)))
                .tensor("weightSchemes", student.weightSchemes(scope, quantization))
                .tensor("inputSchemes", student.inputSchemes(scope, quantization))
                .tensor("teacherSchemes", teacher.orElse(student).inputSchemes(scope, FakeQuantization.none()))
                .tensor("ranges", student.ranges());
    }
}
