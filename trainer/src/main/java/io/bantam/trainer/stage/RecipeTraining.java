package io.bantam.trainer.stage;

import io.bantam.trainer.engine.Precision;
import io.bantam.trainer.recipe.Training;
import io.bantam.trainer.train.LearningRate;
import io.bantam.trainer.train.TrainingSettings;
import java.util.OptionalInt;

/** Makes training settings of what a recipe says. */
public final class RecipeTraining {
    private RecipeTraining() {}

    public static TrainingSettings settings(Training training) {
        LearningRate.Decay decay = switch (training.schedule()) {
            case LINEAR -> LearningRate.Decay.LINEAR;
            case COSINE -> LearningRate.Decay.COSINE;
            case CONSTANT -> LearningRate.Decay.CONSTANT;
            case STABLE_THEN_LINEAR -> LearningRate.Decay.STABLE_THEN_LINEAR;
        };
        return new TrainingSettings(
                training.batchSize(),
                training.accumulation(),
                new LearningRate(training.learningRate(), training.warmupSteps(), training.steps(), decay),
                training.weightDecay(),
                training.gradientClip(),
                training.evaluateEvery(),
                training.checkpointEvery(),
                training.earlyStop().map(OptionalInt::of).orElse(OptionalInt.empty()));
    }

    public static Precision precision(Training training) {
        return precision(training.precision());
    }

    public static Precision precision(io.bantam.trainer.recipe.key.Precision named) {
        return switch (named) {
            case FLOAT32 -> Precision.FLOAT32;
            case BFLOAT16 -> Precision.BFLOAT16;
        };
    }
}
