package io.bantam.trainer.stage.distill;

import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.EncoderConfig;
import io.bantam.trainer.BantamException;
import io.bantam.trainer.hub.TaskHead;
import io.bantam.trainer.model.DecoderParameters;
import io.bantam.trainer.model.FakeQuantization;
import io.bantam.trainer.model.TrainableModel;
import io.bantam.trainer.recipe.ModelSettings;
import io.bantam.trainer.recipe.Teacher;
import io.bantam.trainer.recipe.Training;
import io.bantam.trainer.report.RunFolder;
import io.bantam.trainer.stage.EffortMeter;
import io.bantam.trainer.stage.ModelState;
import io.bantam.trainer.stage.ModelStateFiles;
import io.bantam.trainer.stage.RecipeTraining;
import io.bantam.trainer.stage.RunContext;
import io.bantam.trainer.stage.StageOutcome;
import io.bantam.trainer.tokenizer.CodeTokenizer;
import io.bantam.trainer.tokenizer.SpecialTokens;
import io.bantam.trainer.train.BatchSource;
import io.bantam.trainer.train.TrainingLoop;
import io.bantam.trainer.train.TrainingSummary;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/** Loads the teacher, or trains it on the recipe's text, from random or loaded weights. */
public final class TeacherStage {
    private final RunContext context;

    public TeacherStage(RunContext context) {
        this.context = context;
    }

    /** @param effort measures the stage; takes over what earlier sittings took */
    public StageOutcome run(String fingerprint, EffortMeter effort) throws IOException {
        return switch (context.recipe().teacher()) {
            case Teacher.Load load ->
                new StageOutcome(fitting(ModelStateFiles.readFloat(load.path())), Map.of(), Optional.empty());
            case Teacher.FineTune start -> {
                TaskHead head = new TaskHead(
                        Math.max(1, context.data().labels().size()),
                        context.recipe().seed());
                ModelState loaded = fitting(ModelStateFiles.readFloat(start.path(), head));
                yield train(loaded, start.training(), fingerprint, effort);
            }
            case Teacher.Train train -> {
                DecoderConfig config = config(train.model(), context.tokenizer());
                Map<String, float[]> initial;
                try (DecoderParameters random = DecoderParameters.random(
                        context.compute().manager(), config, context.recipe().seed())) {
                    initial = random.toFloats();
                }
                yield train(ModelState.teacher(config, initial), train.training(), fingerprint, effort);
            }
        };
    }

    /** Refuses a classifier that has fewer labels than the data. */
    private ModelState fitting(ModelState teacher) {
        int labels = context.data().labels().size();
        if (teacher.config() instanceof EncoderConfig config && config.classes() > 0 && config.classes() < labels) {
            throw new BantamException("teacher: its classifier has " + config.classes() + " labels, the data " + labels
                    + ": " + String.join(", ", context.data().labels()) + ". Name a model without a classifier, with"
                    + " kind: fine-tune, or data with fewer labels.");
        }
        return teacher;
    }

    private StageOutcome train(ModelState initial, Training training, String fingerprint, EffortMeter effort)
            throws IOException {
        try (TrainableModel model = initial.trainable(
                        context.compute().operations(),
                        context.compute().manager(),
                        RecipeTraining.precision(training));
                BatchSource batches = context.data().batches().from(0, training.batchSize())) {
            TrainingSummary summary = new TrainingLoop(
                            model,
                            new TrainingSteps(context).plain(model, training.gradientCheckpointing()),
                            RecipeTraining.settings(training),
                            step -> FakeQuantization.none(),
                            batches,
                            context.data()::validationLoss,
                            effort,
                            context.home().of(RunFolder.TEACHER_FOLDER),
                            fingerprint,
                            context.progress(),
                            RunFolder.TEACHER_FOLDER)
                    .run(context.home().resume());
            return new StageOutcome(
                    ModelState.teacher(initial.config(), model.parameters().toFloats()),
                    summary.metrics(),
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
                tokenizer.find(SpecialTokens.END_OF_LINE).orElse(-1));
    }
}
