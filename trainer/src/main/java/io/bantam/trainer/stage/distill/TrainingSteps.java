package io.bantam.trainer.stage.distill;

import io.bantam.compression.reduction.DistillationLayers;
import io.bantam.runtime.format.EncoderConfig;
import io.bantam.trainer.BantamException;
import io.bantam.trainer.distill.DistillationLoss;
import io.bantam.trainer.distill.DistillationStep;
import io.bantam.trainer.distill.EncoderStep;
import io.bantam.trainer.distill.TeacherCache;
import io.bantam.trainer.distill.TrainingStep;
import io.bantam.trainer.model.Decoder;
import io.bantam.trainer.model.EncoderModel;
import io.bantam.trainer.model.TrainableModel;
import io.bantam.trainer.recipe.Loss;
import io.bantam.trainer.stage.ModelState;
import io.bantam.trainer.stage.RunContext;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes the training step that fits a model: the only place of the stages that tells the kinds of model apart for
 * training.
 */
public final class TrainingSteps {
    private final RunContext context;

    public TrainingSteps(RunContext context) {
        this.context = context;
    }

    /** Training on the data alone. */
    TrainingStep plain(TrainableModel model, boolean checkpointing) {
        return switch (model) {
            case EncoderModel encoder -> {
                requireKept(checkpointing);
                yield new EncoderStep(
                        encoder, Optional.empty(), DistillationLoss.labelsOnly(), Map.of(), Map.of(), false);
            }
            case Decoder decoder ->
                new DistillationStep(
                        decoder,
                        Optional.empty(),
                        Optional.empty(),
                        DistillationLoss.labelsOnly(),
                        new DistillationStep.Gradients(false, checkpointing),
                        context.compute().parallel());
            default -> throw new IllegalStateException(model.getClass().getName());
        };
    }

    /**
     * Distillation.
     *
     * @param cache of a decoder's teacher, or null
     * @param teacherLayers as in {@link ModelState}
     */
    public TrainingStep taught(
            TrainableModel student,
            TrainableModel teacher,
            TeacherCache cache,
            Loss loss,
            List<Integer> teacherLayers,
            DistillationStep.Gradients gradients) {
        return switch (student) {
            case EncoderModel encoder -> {
                requireKept(gradients.checkpointing());
                EncoderConfig config = encoder.config();
                DistillationLayers layers =
                        DistillationLayers.afterReduction(teacherLayers.subList(0, config.encoderLayers()));
                List<Integer> behind = teacherLayers.subList(config.encoderLayers(), teacherLayers.size());
                Optional<DistillationLayers> decoders =
                        behind.isEmpty() ? Optional.empty() : Optional.of(DistillationLayers.afterReduction(behind));
                yield new EncoderStep(
                        encoder,
                        Optional.of((EncoderModel) teacher),
                        loss(loss, layers),
                        byPosition(decoders.map(DistillationLayers::hidden).orElse(List.of())),
                        byPosition(decoders.map(DistillationLayers::attention).orElse(List.of())),
                        gradients.clipped());
            }
            case Decoder decoder ->
                new DistillationStep(
                        decoder,
                        Optional.of((Decoder) teacher),
                        Optional.ofNullable(cache),
                        loss(loss, DistillationLayers.afterReduction(teacherLayers)),
                        gradients,
                        context.compute().parallel());
            default -> throw new IllegalStateException(student.getClass().getName());
        };
    }

    private static void requireKept(boolean checkpointing) {
        if (checkpointing) {
            throw new BantamException(
                    "training.gradientCheckpointing: only decoders can run their blocks again; leave it"
                            + " out, or use a smaller batchSize with more accumulation");
        }
    }

    private static DistillationLoss loss(Loss loss, DistillationLayers layers) {
        boolean kl = loss.logits().kind() == Loss.LogitsKind.KL;
        return new DistillationLoss(
                kl ? loss.logits().weight() : 0,
                kl ? 0 : loss.logits().weight(),
                loss.labels().weight(),
                loss.logits().temperature(),
                loss.hidden().weight(),
                loss.attention().weight(),
                byPosition(loss.hidden().layers().orElse(layers.hidden())),
                byPosition(loss.attention().layers().orElse(layers.attention())));
    }

    private static Map<Integer, Integer> byPosition(List<Integer> teachers) {
        Map<Integer, Integer> map = new LinkedHashMap<>();
        for (int i = 0; i < teachers.size(); i++) {
            map.put(i, teachers.get(i));
        }
        return map;
    }
}
