package io.bantam.trainer.cli.models;

import io.bantam.runtime.format.TextForm;
import io.bantam.trainer.BantamException;
import io.bantam.trainer.recipe.Distill;
import io.bantam.trainer.recipe.Ptq;
import io.bantam.trainer.recipe.Recipe;
import io.bantam.trainer.recipe.RecipeLoader;
import io.bantam.trainer.recipe.Reduce;
import io.bantam.trainer.recipe.Stage;
import io.bantam.trainer.report.RunFolder;
import io.bantam.trainer.report.StageRecord;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Finds the model that a stage of a run made. Its folder holds float32 masters only; where the stage quantizes, the
 * model is what the run exported of the variant that ends with this stage.
 */
public final class StageModel {
    private StageModel() {}

    /**
     * The packed file that holds the stage's model; empty if the folder's own weights are the model.
     *
     * @throws BantamException if the stage quantizes and its model was not exported
     */
    static Optional<Path> packedFile(Path stageFolder) {
        Path run = run(stageFolder);
        if (!Files.exists(run.resolve(RunFolder.RECIPE))) {
            return Optional.empty(); // moved out of its run
        }
        Recipe recipe = recipe(run);
        String stages = stages(stageFolder);
        for (Map.Entry<String, List<String>> variant : recipe.variants().entrySet()) {
            Path file = RunFolder.packedFile(run, variant.getKey());
            if (String.join("+", variant.getValue()).equals(stages) && Files.exists(file)) {
                return Optional.of(file);
            }
        }
        boolean quantizes = recipe.runs().stream()
                .filter(chain -> String.join("+", chain).equals(stages))
                .flatMap(List::stream)
                .anyMatch(stage -> quantizes(recipe.stage(stage)));
        if (quantizes) {
            throw new BantamException(stageFolder + ": its weights are the float32 masters of a quantized model, and no"
                    + " variant of the run exports it. Add a variant that ends with this stage and go on with"
                    + " --resume.");
        }
        return Optional.empty();
    }

    /** The form of text that the models of the stage's run read, if its recipe says it. */
    static Optional<TextForm> textForm(Path stageFolder) {
        Path run = run(stageFolder);
        boolean found =
                Files.exists(stageFolder.resolve(StageRecord.FILE_NAME)) && Files.exists(run.resolve(RunFolder.RECIPE));
        return found ? recipe(run).data().form() : Optional.empty();
    }

    /** The variant of the run that ends with the stage; of the teacher's folder the one without stages. */
    static Optional<String> variant(Path stageFolder) {
        Path run = run(stageFolder);
        if (!Files.exists(run.resolve(RunFolder.RECIPE))) {
            return Optional.empty();
        }
        boolean teacher = stageFolder.toAbsolutePath().normalize().endsWith(RunFolder.TEACHER_FOLDER);
        String stages = teacher ? "" : stages(stageFolder);
        return recipe(run).variants().entrySet().stream()
                .filter(variant -> String.join("+", variant.getValue()).equals(stages))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    /** The names of a folder's stages, with {@code +} between. */
    private static String stages(Path stageFolder) {
        return stageFolder.toAbsolutePath().normalize().getFileName().toString().replaceFirst("^\\d+-", "");
    }

    /** The folder of the run that a stage's folder lies in. */
    static Path run(Path stageFolder) {
        return stageFolder.toAbsolutePath().normalize().getParent();
    }

    /** The recipe of a run, whose paths may be gone. */
    public static Recipe recipe(Path run) {
        return new RecipeLoader()
                .withoutPathChecks()
                .load(run.resolve(RunFolder.RECIPE))
                .recipe();
    }

    private static boolean quantizes(Stage stage) {
        return switch (stage) {
            case Reduce reduce -> false;
            case Distill distill -> distill.quantization().isPresent();
            case Ptq ptq -> true;
        };
    }
}
