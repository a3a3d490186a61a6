package io.bantam.trainer.stage;

import io.bantam.trainer.recipe.Distill;
import io.bantam.trainer.recipe.Recipe;
import io.bantam.trainer.recipe.Stage;
import io.bantam.trainer.recipe.Training;
import io.bantam.trainer.report.RunFolder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One run of a stage, after the runs of the stages before it. Variants whose lists begin alike share nodes.
 *
 * @param folder name of the node's folder in the run folder, such as {@code 21-half+recover}
 * @param chain names of the stages from the teacher up to this one
 * @param stage what is done
 * @param parent whose model is worked on; empty for the teacher's
 */
public record StageNode(String folder, List<String> chain, Stage stage, Optional<StageNode> parent) {
    /** Name of the stage itself. */
    public String name() {
        return chain.getLast();
    }

    /** Sequences that the stages before this one train on: this one goes on behind them, so that it sees new text. */
    public long sequencesBefore() {
        return parent.map(before -> before.sequencesBefore() + before.sequences())
                .orElse(0L);
    }

    private long sequences() {
        return stage instanceof Distill(var _, Training training, var _)
                ? training.steps() * training.sequencesPerStep()
                : 0;
    }

    /** The nodes of a recipe, each after its parent, in the order in which the variants need them. */
    public static List<StageNode> plan(Recipe recipe) {
        Map<List<String>, StageNode> nodes = new LinkedHashMap<>();
        for (List<String> chain : recipe.runs()) {
            String folder = "%d-%s".formatted(RunFolder.FIRST_STAGE + nodes.size(), String.join("+", chain));
            Optional<StageNode> parent = Optional.ofNullable(nodes.get(chain.subList(0, chain.size() - 1)));
            nodes.put(chain, new StageNode(folder, chain, recipe.stage(chain.getLast()), parent));
        }
        return new ArrayList<>(nodes.values());
    }
}
