package io.bantam.trainer.stage.distill;

import io.bantam.compression.quantizer.WeightQuantization;
import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.ModelConfig;
import io.bantam.trainer.distill.DistillationStep;
import io.bantam.trainer.distill.Tally;
import io.bantam.trainer.distill.TeacherCache;
import io.bantam.trainer.distill.TrainingStep;
import io.bantam.trainer.engine.Precision;
import io.bantam.trainer.model.FakeQuantization;
import io.bantam.trainer.model.TrainableModel;
import io.bantam.trainer.recipe.Distill;
import io.bantam.trainer.recipe.Quantization;
import io.bantam.trainer.recipe.StraightThrough;
import io.bantam.trainer.recipe.Teacher;
import io.bantam.trainer.report.RunFolder;
import io.bantam.trainer.report.StageRecord;
import io.bantam.trainer.stage.EffortMeter;
import io.bantam.trainer.stage.Fingerprints;
import io.bantam.trainer.stage.ModelState;
import io.bantam.trainer.stage.RecipeActivations;
import io.bantam.trainer.stage.RecipeQuantizers;
import io.bantam.trainer.stage.RecipeTraining;
import io.bantam.trainer.stage.RunContext;
import io.bantam.trainer.stage.StageNode;
import io.bantam.trainer.stage.StageOutcome;
import io.bantam.trainer.train.BatchSource;
import io.bantam.trainer.train.TrainingLoop;
import io.bantam.trainer.train.TrainingSummary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongFunction;

/** Runs a distillation: trains a model to imitate the teacher, on fake-quantized weights where the recipe says so. */
public final class DistillStage {
    private final RunContext context;
    private final ModelState teacher;

    public DistillStage(RunContext context, ModelState teacher) {
        this.context = context;
        this.teacher = teacher;
    }

    /**
     * Trains a student.
     *
     * @param before the model whose weights the student starts from
     * @param fingerprint of the stage's settings and inputs
     * @param effort measures the stage; takes over what earlier sittings took
     */
    public StageOutcome run(Distill distill, StageNode node, ModelState before, String fingerprint, EffortMeter effort)
            throws IOException {
        ModelState model = before.trainingStart();
        String phase = node.folder();
        Precision precision = RecipeTraining.precision(distill.training());
        Path folder = context.home().of(phase);
        WeightQuantization target = RecipeQuantizers.after(distill, model, model.config());
        ActivationQuantization inputs = distill.quantization()
                .flatMap(Quantization::activations)
                .map(activations -> RecipeActivations.inTraining(activations, model.config()))
                .orElse(ActivationQuantization.NONE);
        try (TrainableModel student = model.trainable(
                        context.compute().operations(), context.compute().manager(), precision);
                TrainableModel teaching = teacher.trainable(
                        context.compute().operations(), context.compute().manager(), precision);
                TeacherCache cache = cache().orElse(null);
                BatchSource batches = context.data()
                        .batches()
                        .from(node.sequencesBefore(), distill.training().batchSize())) {
            TrainingStep step = new TrainingSteps(context)
                    .taught(
                            student,
                            teaching,
                            cache,
                            distill.loss(),
                            model.teacherLayers(),
                            new DistillationStep.Gradients(
                                    isClipped(distill), distill.training().gradientCheckpointing()));
            TrainingSummary summary = new TrainingLoop(
                            student,
                            step,
                            RecipeTraining.settings(distill.training()),
                            schedule(distill, target, inputs, model.config()),
                            batches,
                            context.data()::validationLoss,
                            cache == null ? effort : Tally.of(List.of(effort, cache.coverage())),
                            folder,
                            fingerprint,
                            context.progress(),
                            phase)
                    .run(context.home().resume());
            ModelState trained =
                    model.withWeights(student.parameters().toFloats()).quantized(target, ranged(inputs, student));
            Map<String, Double> metrics = new LinkedHashMap<>(summary.metrics());
            if (cache != null) {
                metrics.put(StageRecord.CACHE_BYTES, (double) cache.bytesPerToken());
                cache.coverage().mean().ifPresent(mean -> metrics.put(StageRecord.CACHE_COVERAGE, mean));
            }
            return new StageOutcome(trained, metrics, Optional.of(summary.seconds()));
        }
    }

    private Optional<TeacherCache> cache() {
        Teacher settings = context.recipe().teacher();
        if (settings.cache() == Teacher.Cache.NONE) {
            return Optional.empty();
        }
        Path file = settings.cacheFile()
                .orElseGet(() -> context.home().of(RunFolder.TEACHER_FOLDER).resolve("teacher.topk"));
        return Optional.of(TeacherCache.open(
                file,
                Fingerprints.ofModel(teacher),
                new TeacherCache.Contents(
                        settings.k(),
                        context.recipe().data().sequenceLength(),
                        teacher.config().vocabularySize(),
                        teacher.config().width(),
                        settings.cacheHidden())));
    }

    private static boolean isClipped(Distill distill) {
        return distill.quantization()
                .map(quantization -> quantization.straightThrough() == StraightThrough.CLIPPED)
                .orElse(false);
    }

    private static LongFunction<FakeQuantization> schedule(
            Distill distill, WeightQuantization target, ActivationQuantization inputs, ModelConfig config) {
        if (distill.quantization().isEmpty()) {
            return step -> FakeQuantization.none();
        }
        Quantization.Schedule schedule = distill.quantization().get().schedule();
        double momentum = distill.quantization()
                .flatMap(Quantization::activations)
                .map(Quantization.Activations::momentum)
                .orElse(FakeQuantization.XTC_MOMENTUM);
        return step -> new FakeQuantization(
                RecipeQuantizers.at(step, schedule, target, config),
                step < schedule.startStep() ? ActivationQuantization.NONE : inputs,
                momentum);
    }

    /** The activations' grids with the ranges that training has estimated. */
    private static ActivationQuantization ranged(ActivationQuantization inputs, TrainableModel student) {
        return inputs.mode() == ActivationQuantization.Mode.STATIC
                ? ActivationQuantization.fixed(inputs.bits(), inputs.symmetric(), ModelState.ranges(student))
                : inputs;
    }
}
