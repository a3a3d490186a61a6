package io.bantam.trainer.stage;

import io.bantam.runtime.format.DecoderConfig;
import io.bantam.trainer.distill.DistillationLoss;
import io.bantam.trainer.distill.DistillationStep;
import io.bantam.trainer.model.Decoder;
import io.bantam.trainer.model.DecoderParameters;
import io.bantam.trainer.model.FakeQuantization;
import io.bantam.trainer.recipe.ModelSettings;
import io.bantam.trainer.recipe.Teacher;
import io.bantam.trainer.recipe.Training;
import io.bantam.trainer.tokenizer.CodeTokenizer;
import io.bantam.trainer.train.BatchSource;
import io.bantam.trainer.train.TrainingLoop;
import io.bantam.trainer.train.TrainingSummary;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/** Loads the teacher, or trains it on the recipe's text, from random or loaded weights. */
final class TeacherStage {
    private final RunContext context;

    TeacherStage(RunContext context) {
        this.context = context;
    }

    StageRunner.Outcome run(String fingerprint) throws IOException {
        return switch (context.recipe().teacher()) {
            case Teacher.Load load ->
                new StageRunner.Outcome(StudentFiles.readFloat(load.path()), Map.of(), Optional.empty());
            case Teacher.FineTune start -> {
                StudentModel loaded = StudentFiles.readFloat(start.path());
                yield train(
                        loaded.config(),
                        DecoderParameters.of(context.manager(), loaded.config(), loaded.weights()),
                        start.training(),
                        fingerprint);
            }
            case Teacher.Train train -> {
                DecoderConfig config = config(train.model(), context.tokenizer());
                yield train(
                        config,
                        DecoderParameters.random(
                                context.manager(), config, context.recipe().seed()),
                        train.training(),
                        fingerprint);
            }
        };
    }

    private StageRunner.Outcome train(
            DecoderConfig config, DecoderParameters initial, Training training, String fingerprint) throws IOException {
        try (Decoder model = new Decoder(context.operations(), initial, RecipeTraining.precision(training));
                BatchSource batches = context.data().batches().from(0, training.batchSize())) {
            TrainingSummary summary = new TrainingLoop(
                            model,
                            new DistillationStep(
                                    model,
                                    Optional.empty(),
                                    Optional.empty(),
                                    DistillationLoss.labelsOnly(),
                                    new DistillationStep.Gradients(false, training.gradientCheckpointing()),
                                    context.parallel()),
                            RecipeTraining.settings(training),
                            step -> FakeQuantization.none(),
                            batches,
                            context.data()::validationLoss,
                            context.folder().resolve(RunContext.TEACHER_FOLDER),
                            fingerprint,
                            context.progress(),
                            RunContext.TEACHER_FOLDER)
                    .run(context.resume());
            return new StageRunner.Outcome(
                    StudentModel.teacher(config, model.parameters().toFloats()),
                    StageRunner.metrics(summary),
                    Optional.of(summary.seconds()));
        }
    }

    private static DecoderConfig config(ModelSettings settings, CodeTokenizer tokenizer) {
        return new DecoderConfig(
                tokenizer.vocabularySize(),
                settings.context(),
                settings.width(),
                4 * settings.width(),
                settings.layers(),
                settings.heads(),
                (float) settings.layerNormEpsilon(),
                tokenizer.beginId(),
                tokenizer.endId(),
                tokenizer.endOfLineId());
    }
}
