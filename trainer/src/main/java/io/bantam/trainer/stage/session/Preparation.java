package io.bantam.trainer.stage.session;

import io.bantam.trainer.recipe.Recipe;
import io.bantam.trainer.recipe.Task;
import io.bantam.trainer.stage.RunData;
import io.bantam.trainer.tokenizer.CodeTokenizer;
import io.bantam.trainer.train.ProgressListener;
import java.io.IOException;
import java.nio.file.Path;

/** Makes a run's data of what the recipe names. Owns the tokenizer. */
interface Preparation extends AutoCloseable {
    /** Returns the preparation for the recipe's task. */
    static Preparation of(Recipe recipe, Path runFolder, ProgressListener progress) throws IOException {
        return recipe.task() == Task.COMPLETION
                ? new DataPreparation(recipe, runFolder, progress)
                : new TaskPreparation(recipe, runFolder, progress);
    }

    /** The teacher's tokenizer. */
    CodeTokenizer tokenizer() throws IOException;

    /** The data as ids. */
    RunData prepare(CodeTokenizer encoder) throws IOException;

    @Override
    void close();
}
