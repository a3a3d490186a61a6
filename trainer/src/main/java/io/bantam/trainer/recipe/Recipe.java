package io.bantam.trainer.recipe;

import io.bantam.trainer.recipe.key.Key;
import io.bantam.trainer.recipe.key.Limits;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A whole experiment as one YAML file describes it: data, teacher, named stages, and the variants made of them.
 *
 * <p>A stage has a name and a variant is a list of stage names, run in order on the teacher. Variants whose lists begin
 * alike share the work of the common beginning. Instances come from {@link RecipeLoader}, which checks what a record
 * alone cannot see (positions, paths, layers, order); the constructor checks ranges.
 *
 * @param version the version of the recipe language, 1
 * @param name names the run; also the run folder's name
 * @param task what the models do
 * @param seed seeds the split, the shuffling, the initial weights and the bootstrap
 * @param device where training runs
 * @param threads CPU threads for training; 0 for as many as there are cores
 * @param resume whether an unfinished run in the run folder is taken up
 * @param data the training, validation and test text
 * @param teacher where the teacher comes from
 * @param stages the stages by name, in the order of the file
 * @param variants the models to compare: name to stage names, in the order of the file; an empty list is the teacher
 * @param search what {@code bantam search} tries; empty where nothing is searched
 * @param evaluation how every variant is scored
 * @param export the files written for every variant
 * @param report the reports written at the end
 */
public record Recipe(
        @Key(value = "Version of the recipe language.", oneOf = 1)
        int version,

        @Key(
                value = "Name of the run and of its folder.",
                pattern = Names.SIMPLE,
                patternInWords = Names.SIMPLE_IN_WORDS)
        String name,

        @Key(
                value = "What the models do: completion goes on with code, classification labels texts,"
                        + " generation answers texts.",
                standard = "completion")
        Task task,

        @Key(
                value = "Seed of every random choice: split, shuffling, initial weights, bootstrap.",
                standard = "42",
                atLeast = 0)
        long seed,

        @Key(
                value = "Where training runs: auto takes a GPU if there is one; gpu refuses to run without.",
                standard = "auto")
        Device device,

        @Key(value = "CPU threads for training; 0 takes one per core.", standard = "0", atLeast = 0, atMost = 1024)
        int threads,

        @Key(value = "Goes on with an unfinished run in the run folder, as --resume does.", standard = "false")
        boolean resume,

        @Key("Training, validation and test text.") Data data,

        @Key("The model that is compressed and that teaches its students.")
        Teacher teacher,

        @Key(
                value = "The stages by name: the steps that turn one model into another.",
                standard = "{}",
                pattern = Names.SIMPLE,
                patternInWords = Names.SIMPLE_IN_WORDS)
        Map<String, Stage> stages,

        @Key(
                value = "The models to compare: each a list of stage names, run in order on the teacher.",
                notEmpty = true,
                pattern = Names.VARIANT,
                patternInWords = Names.VARIANT_IN_WORDS)
        Map<String, List<String>> variants,

        @Key(value = "What 'bantam search' combines and measures; null where nothing is searched.", standard = "null")
        Optional<Search> search,

        @Key(value = "How every variant is scored.", standard = "{}")
        Evaluation evaluation,

        @Key(value = "The files written for every variant.", standard = "{}")
        Export export,

        @Key(value = "The reports written at the end.", standard = "{}")
        Report report) {

    /** The version of the recipe language that this code reads and writes. */
    public static final int VERSION = 1;

    public Recipe {
        Limits.check(
                Recipe.class,
                version,
                name,
                task,
                seed,
                device,
                threads,
                resume,
                data,
                teacher,
                stages,
                variants,
                search,
                evaluation,
                export,
                report);
        stages = Frozen.map(stages);
        variants = Frozen.mapOfLists(variants);
    }

    /**
     * Returns the stages of a variant, in order.
     *
     * @throws IllegalArgumentException when there is no such variant, or it names a stage that does not exist
     */
    public List<Stage> stagesOf(String variant) {
        List<String> names = variants.get(variant);
        if (names == null) {
            throw new IllegalArgumentException("no variant '" + variant + "' in " + variants.keySet());
        }
        return names.stream().map(this::stage).toList();
    }

    /**
     * Returns a stage by its name.
     *
     * @throws IllegalArgumentException when there is no such stage
     */
    public Stage stage(String stageName) {
        Stage stage = stages.get(stageName);
        if (stage == null) {
            throw new IllegalArgumentException("no stage '" + stageName + "' in " + stages.keySet());
        }
        return stage;
    }

    /**
     * Returns every run of a stage that the variants need, each once: {@code [half]}, {@code [half, recover]},
     * {@code [half, recover, binary]} and so on.
     *
     * <p>A run is named by the stages up to and including its own, since the same stage on another model is another
     * run. What a run builds on (the list without its last name) comes before it; the teacher, an empty list, is not
     * there.
     */
    public List<List<String>> runs() {
        LinkedHashSet<List<String>> runs = new LinkedHashSet<>();
        for (List<String> names : variants.values()) {
            for (int length = 1; length <= names.size(); length++) {
                runs.add(List.copyOf(names.subList(0, length)));
            }
        }
        return List.copyOf(runs);
    }

    /** Returns this recipe with another {@link #resume}; two recipes that differ only in it describe the same run. */
    public Recipe withResume(boolean other) {
        return new Recipe(
                version,
                name,
                task,
                seed,
                device,
                threads,
                other,
                data,
                teacher,
                stages,
                variants,
                search,
                evaluation,
                export,
                report);
    }
}
