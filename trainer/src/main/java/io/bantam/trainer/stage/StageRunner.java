package io.bantam.trainer.stage;

import io.bantam.compression.quantizer.WeightQuantization;
import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.ModelConfig;
import io.bantam.trainer.BantamException;
import io.bantam.trainer.distill.DistillationStep;
import io.bantam.trainer.distill.TeacherCache;
import io.bantam.trainer.distill.TrainingStep;
import io.bantam.trainer.engine.Precision;
import io.bantam.trainer.model.FakeQuantization;
import io.bantam.trainer.model.InputQuantization;
import io.bantam.trainer.model.TrainableModel;
import io.bantam.trainer.recipe.ActivationMode;
import io.bantam.trainer.recipe.Distill;
import io.bantam.trainer.recipe.Ptq;
import io.bantam.trainer.recipe.Quantization;
import io.bantam.trainer.recipe.Reduce;
import io.bantam.trainer.recipe.Stage;
import io.bantam.trainer.recipe.StraightThrough;
import io.bantam.trainer.recipe.Teacher;
import io.bantam.trainer.report.Diagnosis;
import io.bantam.trainer.report.StageRecord;
import io.bantam.trainer.train.BatchSource;
import io.bantam.trainer.distill.Tally;
import io.bantam.trainer.train.TrainingLoop;
import io.bantam.trainer.train.TrainingSummary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongFunction;

/** Runs one compression stage: from a model to a model. */
final class StageRunner {
    private final RunContext context;
    private final StudentModel teacher;

    StageRunner(RunContext context, StudentModel teacher) {
        this.context = context;
        this.teacher = teacher;
    }

    /**
     * What a stage made.
     *
     * @param metrics final figures for the record
     * @param seconds spent on it over all sittings, where the stage counts them itself
     */
    record Outcome(StudentModel model, Map<String, Double> metrics, Optional<Double> seconds) {}

    /** @param effort measures the stage; takes over what earlier sittings took */
    Outcome run(StageNode node, StudentModel model, String fingerprint, EffortMeter effort) throws IOException {
        return switch (node.stage()) {
            case Reduce reduce -> new ReduceStage(context).run(reduce, model, node.folder());
            case Distill distill -> distill(distill, node, model, fingerprint, effort);
            case Ptq ptq -> ptq(ptq, node, model, fingerprint, effort);
        };
    }

    /** Quantizes, then looks at what came of it. */
    private Outcome ptq(Ptq ptq, StageNode node, StudentModel model, String fingerprint, EffortMeter effort)
            throws IOException {
        Outcome outcome = new PtqStage(context, ptq, node.folder(), fingerprint, effort).run(model);
        if (model.isLarge()) {
            return outcome; // too large to run whole, twice
        }
        Diagnosis diagnosis = new QuantizationDiagnosis(context).of(model, outcome.model());
        diagnosis.write(context.folder().resolve(node.folder()));
        diagnosis.sentences().forEach(line -> context.progress().message(node.folder() + ": " + line));
        Map<String, Double> metrics = new LinkedHashMap<>(outcome.metrics());
        metrics.put("streamError", diagnosis.depth().getLast());
        return new Outcome(outcome.model(), metrics, outcome.seconds());
    }

    /** How the stage leaves the weights quantized; decided by the recipe alone. */
    static WeightQuantization quantization(Stage stage, StudentModel before, ModelConfig config) {
        return switch (stage) {
            case Reduce reduce -> before.quantization();
            case Distill distill ->
                distill.quantization()
                        .map(quantization -> RecipeQuantizers.of(quantization, config))
                        .orElse(WeightQuantization.none());
            case Ptq ptq -> RecipeQuantizers.of(ptq, config);
        };
    }

    private Outcome distill(
            Distill distill, StageNode node, StudentModel before, String fingerprint, EffortMeter effort)
            throws IOException {
        StudentModel model = before.trainingStart();
        String phase = node.folder();
        Precision precision = RecipeTraining.precision(distill.training());
        Path folder = context.folder().resolve(phase);
        WeightQuantization target = quantization(distill, model, model.config());
        Optional<InputQuantization> inputs =
                distill.quantization().flatMap(Quantization::activations).map(StageRunner::inputs);
        try (TrainableModel student = model.trainable(context.operations(), context.manager(), precision);
                TrainableModel teaching = teacher.trainable(context.operations(), context.manager(), precision);
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
                    .run(context.resume());
            StudentModel trained =
                    model.withWeights(student.parameters().toFloats()).quantized(target, activations(inputs, student));
            Map<String, Double> metrics = metrics(summary);
            if (cache != null) {
                metrics.put(StageRecord.CACHE_BYTES, (double) cache.bytesPerToken());
                cache.coverage().mean().ifPresent(mean -> metrics.put(StageRecord.CACHE_COVERAGE, mean));
            }
            return new Outcome(trained, metrics, Optional.of(summary.seconds()));
        }
    }

    private Optional<TeacherCache> cache() {
        Teacher settings = context.recipe().teacher();
        if (settings.cache() == Teacher.Cache.NONE) {
            return Optional.empty();
        }
        for (int state : settings.cacheHidden()) {
            if (state > teacher.config().layers()) {
                throw new BantamException(
                        "teacher.cacheHidden: there is no hidden state %d: the teacher has %d layers, so states 0 to %2$d"
                                .formatted(state, teacher.config().layers()));
            }
        }
        Path file = settings.cacheFile()
                .orElseGet(() ->
                        context.folder().resolve(RunContext.TEACHER_FOLDER).resolve("teacher.topk"));
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

    static Map<String, Double> metrics(TrainingSummary summary) {
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.put("steps", (double) summary.steps());
        metrics.put("bestStep", (double) summary.bestStep());
        metrics.put("loss", summary.bestLoss());
        return metrics;
    }

    private static boolean isClipped(Distill distill) {
        return distill.quantization()
                .map(quantization -> quantization.straightThrough() == StraightThrough.CLIPPED)
                .orElse(false);
    }

    private static InputQuantization inputs(Quantization.Activations activations) {
        return new InputQuantization(
                activations.bits(),
                activations.symmetric(),
                activations.mode() == ActivationMode.STATIC,
                activations.group().orElse(0),
                Map.of());
    }

    private static LongFunction<FakeQuantization> schedule(
            Distill distill, WeightQuantization target, Optional<InputQuantization> inputs, ModelConfig config) {
        if (distill.quantization().isEmpty()) {
            return step -> FakeQuantization.none();
        }
        Quantization.Schedule schedule = distill.quantization().get().schedule();
        return step -> new FakeQuantization(
                RecipeQuantizers.at(step, schedule, target, config),
                step < schedule.startStep() ? Optional.empty() : inputs);
    }

    private static ActivationQuantization activations(Optional<InputQuantization> inputs, TrainableModel student) {
        return inputs.map(i -> i.fixedRange()
                        ? ActivationQuantization.fixed(i.bits(), i.symmetric(), StudentModel.ranges(student))
                        : ActivationQuantization.dynamic(i.bits(), i.symmetric())
                                .withGroup(i.group()))
                .orElse(ActivationQuantization.NONE);
    }
}
