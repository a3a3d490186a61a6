package io.bantam.trainer.cli;

import io.bantam.trainer.BantamException;
import io.bantam.trainer.recipe.Distill;
import io.bantam.trainer.recipe.Ptq;
import io.bantam.trainer.recipe.Recipe;
import io.bantam.trainer.recipe.RecipeLoader;
import io.bantam.trainer.recipe.Reduce;
import io.bantam.trainer.recipe.Stage;
import io.bantam.trainer.report.RunFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Finds the model that a stage of a run made. Its folder holds float32 masters only; where the stage quantizes, the
 * model is what the run exported of the variant that ends with this stage.
 */
final class StageModel {
    private StageModel() {}

    /**
     * The packed file that holds the stage's model; empty if the folder's own weights are the model.
     *
     * @throws BantamException if the stage quantizes and its model was not exported
     */
    static Optional<Path> packedFile(Path stageFolder) {
        Path run = stageFolder.toAbsolutePath().normalize().getParent();
        Path recipeFile = run.resolve(RunFolder.RECIPE);
        if (!Files.exists(recipeFile)) {
            return Optional.empty(); // moved out of its run
        }
        Recipe recipe = new RecipeLoader().withoutPathChecks().load(recipeFile).recipe();
        String stages = stageFolder
                .toAbsolutePath()
                .normalize()
                .getFileName()
                .toString()
                .replaceFirst("^\\d+-", "");
        for (Map.Entry<String, List<String>> variant : recipe.variants().entrySet()) {
            Path file = run.resolve("50-export").resolve(RunFolder.fileName(variant.getKey()) + ".bantam");
            if (String.join("+", variant.getValue()).equals(stages) && Files.exists(file)) {
                return Optional.of(file);
            }
        }
        boolean quantizes = recipe.runs().stream()
                .filter(chain -> String.join("+", chain).equals(stages))
                .flatMap(List::stream)
                .anyMatch(stage -> quantizes(recipe.stage(stage)));
        if (quantizes) {
            throw new BantamException(
                    stageFolder + ": its weights are the float32 masters of a quantized model, and no"
                            + " variant of the run exports it. Add a variant that ends with this stage and go on with --resume.");
        }
        return Optional.empty();
    }

    private static boolean quantizes(Stage stage) {
        return switch (stage) {
            case Reduce reduce -> false;
            case Distill distill -> distill.quantization().isPresent();
            case Ptq ptq -> true;
        };
    }
}
