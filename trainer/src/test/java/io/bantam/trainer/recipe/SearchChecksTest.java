package io.bantam.trainer.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.compression.quantizer.Granularity;
import io.bantam.trainer.ptq.PtqMethod;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SearchChecksTest {
    private static final String STAGES =
            "{half: {kind: reduce, layers: every-second}, q: {kind: ptq, weights: {bits: 4},"
                    + " embedding: {bits: 8}, activations: {bits: 16}, calibration: {samples: 9}}}";

    private static String recipe(String search) {
        return Recipes.withStages(STAGES, "[half]") + "search: " + search + "\n";
    }

    private static Recipe searching(String search) {
        return Recipes.read(recipe(search));
    }

    @Test
    void defaults() {
        Search search = searching("{stage: q, budget: {bytes: 5}}").search().orElseThrow();
        assertEquals(
                new Search(
                        List.of("teacher"),
                        "q",
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(),
                        new Search.Budget(Optional.of(5L), Optional.empty(), Optional.empty()),
                        List.of(Search.Objective.BYTES),
                        new Search.Halving(3, 3, 64)),
                search);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{budget: {bytes: 1}} | r.yaml:8:9 search: 'stage' is missing; add it: Name of the ptq stage that gives"
                        + " every setting not listed here.",
                "{stage: q} | r.yaml:8:9 search: 'budget' is missing; add it: Bounds on the result; at least one is"
                        + " given.",
                "{stage: q, budget: {}} | r.yaml:8:28 search.budget: nothing is bounded; give bytes, milliseconds or"
                        + " lossIncrease",
                "{stage: p, budget: {bytes: 1}} | r.yaml:8:17 search.stage: no stage is called 'p'; nearest valid"
                        + " stage: 'q'",
                "{stage: half, budget: {bytes: 1}} | r.yaml:8:17 search.stage: 'half' does not quantize after training;"
                        + " name a stage of kind ptq",
                "{stage: q, bit: [4], budget: {bytes: 1}} | r.yaml:8:20 search.bit: unknown key; nearest valid key:"
                        + " 'bits'",
                "{stage: q, models: [w], budget: {bytes: 1}} | r.yaml:8:29 search.models[0]: no variant is called 'w';"
                        + " nearest valid variant: 'v'",
                "{stage: q, bits: [9], budget: {bytes: 1}} | r.yaml:8:27 search.bits[0]: 9 is not a width of 1 to 8"
                        + " bits; nearest valid value: 8",
                "{stage: q, activations: [5], budget: {bytes: 1}} | r.yaml:8:34 search.activations[0]: 5 is not one of"
                        + " 4, 8, 16; nearest valid value: 4",
                "{stage: q, budget: {bytes: 1.5}} | r.yaml:8:36 search.budget.bytes: 1.5 is not written as a whole"
                        + " number; write 1 or 2",
                "{stage: q, budget: {bytes: 1}, halving: {keep: 1}} | r.yaml:8:56 search.halving.keep: 1 is too"
                        + " small; at least 2",
                "{stage: q, methods: [gptq], bits: [1, 4], budget: {bytes: 1}} | r.yaml:8:44 search.bits[0]: no"
                        + " combination with it is possible: 'gptq' has no 1-bit weights; use bits: ternary or 2 to"
                        + " 8, or method: round-to-nearest",
                "{stage: q, granularity: [{group: 7}], budget: {bytes: 1}} | r.yaml:8:34 search.granularity[0]: no"
                        + " combination with it is possible: a group of 7 does not divide the 192 columns of the"
                        + " model's matrices; nearest divisor: 6",
                "{stage: q, calibration: [{samples: 3}, {samples: 5}], budget: {bytes: 1}} | r.yaml:8:34"
                        + " search.calibration[0]: the methods listed do not look at it; remove it"
            })
    void problemsAreNamedWithTheirPlace(String search, String problem) {
        List<String> problems = Recipes.problems(recipe(search));
        assertTrue(problems.contains(problem), () -> String.join("\n", problems));
    }

    @Test
    void tooManyCombinationsAreRefused() {
        String many =
                "{stage: q, bits: [2, 3, 4, 5, 6, 7, 8], embedding: [2, 3, 4, 5, 6, 7, 8], activations: [4, 8, 16],"
                        + " methods: [round-to-nearest, gptq, awq, ada-round, auto-round, aqlm],"
                        + " granularity: [per-row, {group: 64}], budget: {bytes: 1}}";
        assertEquals(
                List.of("r.yaml:8:9 search: 1,764 combinations are too many; at most 1,000: list fewer values"),
                Recipes.problems(recipe(many)));
    }

    @Test
    void combinationsThatNoStageMayHaveAreLeftOut() {
        Recipe recipe =
                searching("{models: [teacher, v], stage: q, bits: [2, 1], methods: [round-to-nearest, gptq, aqlm],"
                        + " granularity: [per-row, {group: 64}], calibration: [{samples: 9}, {samples: 9, kind:"
                        + " random}], budget: {bytes: 1}}");
        List<SearchSpace.Candidate> candidates =
                SearchSpace.of(recipe, Recipes.loader()).candidates();
        // Of a model: nearest 2 widths x 2 granularities, gptq 2 granularities x 2 texts, aqlm 2 texts.
        assertEquals(2 * (4 + 4 + 2), candidates.size());
        assertEquals(
                "teacher W2A16E8 round-to-nearest, per row",
                candidates.getFirst().label());
        assertTrue(candidates.stream().anyMatch(c -> c.label().equals("v W2A16E8 gptq, groups of 64, 9 random")));
        assertTrue(candidates.stream()
                .filter(c -> c.stage().method() == PtqMethod.Name.AQLM)
                .allMatch(c -> c.stage().weights().granularity() instanceof Granularity.PerRow));
        assertEquals(
                candidates.size(),
                candidates.stream().map(SearchSpace.Candidate::label).distinct().count());
    }

    @Test
    void aCandidateIsARecipeOfItsOwn() {
        Recipe recipe = searching("{models: [v], stage: q, bits: [3], budget: {bytes: 1}}");
        SearchSpace.Candidate candidate =
                SearchSpace.of(recipe, Recipes.loader()).candidates().getFirst();
        Recipe winner = SearchSpace.recipe(recipe, candidate);
        assertEquals("least-winner", winner.name());
        assertEquals(List.of("half", "q"), winner.variants().get("winner"));
        assertEquals(
                List.of("teacher", "v", "winner"), List.copyOf(winner.variants().keySet()));
        assertEquals(
                new WeightBits.Uniform(3), ((Ptq) winner.stage("q")).weights().bits());
        assertEquals(Optional.empty(), winner.search());
    }

    @Test
    void aSearchPutsItsStageInNoVariantThatItComparesWith() {
        String yaml = recipe("{models: [v], stage: q, budget: {bytes: 1}}").replace("v: [half]", "v: [half, q]");
        assertEquals(
                List.of("r.yaml:7:35 variants.v[1]: the search puts other settings in place of 'q'; make a second"
                        + " stage for this variant"),
                Recipes.problems(yaml));
    }

    @Test
    void aPartOfAStageHasPartOfTheWork() {
        Ptq stage = (Ptq) searching("{stage: q, budget: {bytes: 1}}").stage("q");
        assertEquals(1, stage.part(1 / 9.0).calibration().samples());
        assertEquals(3, stage.part(1 / 3.0).calibration().samples());
        assertEquals(stage, stage.part(1));
        assertEquals(
                8, stage.with(PtqMethod.Name.AQLM).part(1 / 9.0).calibration().samples());
        assertEquals(23, stage.part(1 / 9.0).aqlm().steps());
        assertEquals(112, stage.part(1 / 9.0).adaRound().steps());
    }
}
