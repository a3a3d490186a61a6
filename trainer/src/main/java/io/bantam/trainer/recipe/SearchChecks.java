package io.bantam.trainer.recipe;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/** Checks a search: its names first, then that every value it lists is part of a combination that a stage may have. */
final class SearchChecks {
    private static final KeyPath SEARCH = KeyPath.of("search");
    private static final long MOST_COMBINATIONS = 1000;

    private final Checks checks;

    SearchChecks(Checks checks) {
        this.checks = checks;
    }

    /** What can be checked however many other problems there are. */
    void names() {
        checks.at(SEARCH, Search.class).ifPresent(search -> {
            List<String> variants = checks.keysAt(KeyPath.of("variants"));
            for (int i = 0; i < search.models().size(); i++) {
                String model = search.models().get(i);
                KeyPath path = SEARCH.child("models").child(i);
                checks.error(
                        !variants.contains(model),
                        path,
                        "no variant is called '" + model + "'",
                        Nearest.advice("variant", model, variants));
                checks.error(search.models().indexOf(model) < i, path, "'" + model + "' is listed twice", "remove one");
            }
            checks.error(
                    variants.contains(SearchSpace.WINNER),
                    KeyPath.of("variants").child(SearchSpace.WINNER),
                    "this is what the search calls its result",
                    "choose another name");
            stage(search);
            Search.Budget budget = search.budget();
            checks.error(
                    budget.bytes().isEmpty()
                            && budget.milliseconds().isEmpty()
                            && budget.lossIncrease().isEmpty(),
                    SEARCH.child("budget"),
                    "nothing is bounded",
                    "give bytes, milliseconds or lossIncrease");
            long size = SearchSpace.size(search);
            checks.error(
                    size > MOST_COMBINATIONS,
                    SEARCH,
                    String.format("%,d combinations are too many", size),
                    "at most 1,000: list fewer values");
        });
    }

    private void stage(Search search) {
        List<String> stages = checks.keysAt(KeyPath.of("stages"));
        KeyPath path = SEARCH.child("stage");
        if (!stages.contains(search.stage())) {
            checks.error(
                    path,
                    "no stage is called '" + search.stage() + "'",
                    Nearest.advice("stage", search.stage(), stages));
            return;
        }
        KeyPath stage = KeyPath.of("stages").child(search.stage());
        checks.at(stage, Stage.class)
                .ifPresent(found -> checks.error(
                        !(found instanceof Ptq),
                        path,
                        "'" + search.stage() + "' does not quantize after training",
                        "name a stage of kind ptq"));
        checks.at(stage, Ptq.class)
                .flatMap(ptq -> ptq.weights().budget())
                .ifPresent(_ -> checks.error(
                        stage.child("weights").child("budget"),
                        "a search compares widths that are the same all over",
                        "remove it"));
        List<String> names = new ArrayList<>(search.models());
        checks.at(KeyPath.of("evaluation"), Evaluation.class).ifPresent(e -> names.add(e.baseline()));
        for (String name : names) {
            KeyPath variant = KeyPath.of("variants").child(name);
            for (int i = 0; i < checks.lengthAt(variant); i++) {
                boolean itself = checks.at(variant.child(i), String.class)
                        .filter(search.stage()::equals)
                        .isPresent();
                checks.error(
                        itself,
                        variant.child(i),
                        "the search puts other settings in place of '" + search.stage() + "'",
                        "make a second stage for this variant");
            }
        }
    }

    /**
     * The combinations.
     *
     * @param recipe without another problem
     * @param loader reads the recipes that the combinations stand for
     */
    void combinations(Recipe recipe, RecipeLoader loader) {
        Search search = recipe.search().orElseThrow();
        SearchSpace space = SearchSpace.of(recipe, loader);
        used(space, "models", search.models(), SearchSpace.Candidate::model);
        used(space, "bits", search.bits(), c -> c.stage().weights().bits());
        used(
                space,
                "granularity",
                search.granularity(),
                c -> c.stage().weights().granularity());
        used(space, "methods", search.methods(), c -> c.stage().method());
        used(
                space,
                "embedding",
                search.embedding(),
                c -> c.stage().embedding().map(Ptq.Embedding::bits).orElse(null));
        used(
                space,
                "activations",
                search.activations(),
                c -> c.stage().activations().map(Ptq.Activations::bits).orElse(null));
        used(space, "calibration", search.calibration(), c -> c.stage().calibration());
        if (space.candidates().isEmpty()) {
            Problem first = space.refused().values().iterator().next();
            checks.error(SEARCH, "no combination is possible: " + first.message(), first.advice());
        }
    }

    private <T> void used(SearchSpace space, String key, List<T> values, Function<SearchSpace.Candidate, T> valueOf) {
        for (int i = 0; i < values.size(); i++) {
            T value = values.get(i);
            if (space.candidates().stream().map(valueOf).noneMatch(value::equals)) {
                Problem reason = space.refused().entrySet().stream()
                        .filter(entry -> Objects.equals(valueOf.apply(entry.getKey()), value))
                        .map(Map.Entry::getValue)
                        .findFirst()
                        .orElse(null);
                checks.error(
                        SEARCH.child(key).child(i),
                        reason == null
                                ? "the methods listed do not look at it"
                                : "no combination with it is possible: " + reason.message(),
                        reason == null ? "remove it" : reason.advice());
            }
        }
    }
}
