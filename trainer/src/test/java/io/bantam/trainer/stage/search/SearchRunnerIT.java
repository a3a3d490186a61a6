package io.bantam.trainer.stage.search;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.trainer.BantamException;
import io.bantam.trainer.recipe.Recipe;
import io.bantam.trainer.recipe.RecipeLoader;
import io.bantam.trainer.report.Comparison;
import io.bantam.trainer.report.SearchResult;
import io.bantam.trainer.report.SearchResult.Outcome;
import io.bantam.trainer.stage.RunOrigin;
import io.bantam.trainer.stage.session.SmallRun;
import io.bantam.trainer.train.ProgressListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A search from YAML to the winner's own run, killed twice on the way. */
class SearchRunnerIT {
    private static final String SEARCH = SmallRun.RECIPE.substring(0, SmallRun.RECIPE.indexOf("stages:")) + """
            stages:
              half: {kind: reduce, layers: every-second}
              q:
                kind: ptq
                method: gptq
                weights: {bits: 4, granularity: {group: 16}}
                embedding: {bits: 8}
                activations: {bits: 8}
                calibration: {samples: 8}
                aqlm: {codeBits: 4, beam: 2, rounds: 1, steps: 4, batchSize: 4}
            variants:
              teacher: []
              2L: [half]
            search:
              models: [teacher, 2L]
              stage: q
              bits: [8, 4, 2]
              methods: [round-to-nearest, gptq, aqlm]
              budget: {bytes: %d}
              halving: {rungs: 2, keep: 3, sequences: 6}
            evaluation: {samples: 4, maximumNewTokens: 8, bootstrap: 50}
            """;

    @TempDir
    private static Path folder;

    private static Recipe recipe;
    private static SearchResult whole;
    private static SearchResult resumed;
    private static final List<String> messages = new ArrayList<>();

    /** What a kill looks like from inside: nothing after it runs. */
    private static final class Kill extends Error {
        private static final long serialVersionUID = 1L;
    }

    /** Kills at some message or update. */
    private record Killer(String message, String update) implements ProgressListener {
        @Override
        public void message(String text) {
            messages.add(text);
            if (text.contains(message)) {
                throw new Kill();
            }
        }

        @Override
        public void measured(long done, long total, Figures figures, String phase) {
            if (!update.isEmpty() && phase.contains(update)) {
                throw new Kill();
            }
        }
    }

    private static Recipe recipe(int bytes) throws IOException {
        return new RecipeLoader()
                .load(SmallRun.write(folder, SEARCH.formatted(bytes)))
                .recipe();
    }

    private static SearchResult search(Recipe what, Path run, boolean resume, ProgressListener progress)
            throws IOException {
        return new SearchRunner(what, run, resume, new RunOrigin("test machine", "test"), progress).run();
    }

    @BeforeAll
    static void searchTwice() throws IOException {
        recipe = recipe(140_000);
        whole = search(recipe, folder.resolve("whole"), false, ProgressListener.NONE);
        Path killed = folder.resolve("killed");
        kill(killed, false, new Killer("2L W4A8E8 round", ""));
        kill(killed, true, new Killer("\0", "trial-2: blocks"));
        messages.clear();
        resumed = search(recipe, killed, true, new Killer("\0", ""));
    }

    private static void kill(Path run, boolean resume, Killer killer) {
        assertThrows(Kill.class, () -> search(recipe, run, resume, killer), () -> String.join("\n", messages));
    }

    @Test
    void aKilledSearchEndsAsTheOneThatWasNot() {
        assertEquals(withoutSeconds(whole), withoutSeconds(resumed));
    }

    private static List<String> withoutSeconds(SearchResult result) {
        return result.candidates().stream()
                .map(c -> c.label() + " " + c.bytes() + " " + c.trials() + " " + c.loss() + " " + c.outcome())
                .toList();
    }

    @Test
    void whatWasTriedIsNotTriedAgain() {
        assertTrue(messages.stream().noneMatch(m -> m.contains("/trial-1")), () -> String.join("\n", messages));
    }

    @Test
    void theBudgetExcludesByTheSizeOfTheFileAndTheRestIsPruned() {
        List<SearchResult.Candidate> beyond = of(Outcome.BEYOND);
        assertFalse(beyond.isEmpty());
        assertTrue(beyond.stream().allMatch(c -> c.bytes() > 140_000 && c.trials() == 0));
        long within = whole.candidates().size() - beyond.size();
        List<SearchResult.Candidate> last =
                whole.candidates().stream().filter(c -> c.trials() == 2).toList();
        assertEquals(Math.ceilDiv(within, 3), last.size());
        SearchResult.Candidate winner = of(Outcome.WINNER).getFirst();
        assertTrue(last.stream().allMatch(c -> c.loss() >= winner.loss()));
    }

    private static List<SearchResult.Candidate> of(Outcome outcome) {
        return whole.candidates().stream().filter(c -> c.outcome() == outcome).toList();
    }

    @Test
    void theWinnersRecipeRunsAndItsFileIsAsLargeAsTheSearchSaid() throws IOException {
        Path file = folder.resolve("whole/70-report").resolve(SearchRunner.WINNER_RECIPE);
        Comparison comparison = SmallRun.run(file, folder.resolve("winner"), false);
        List<String> names =
                comparison.entries().stream().map(e -> e.result().name()).collect(Collectors.toList());
        assertEquals("winner", names.getLast());
        assertEquals(
                of(Outcome.WINNER).getFirst().bytes(),
                comparison.entries().getLast().result().model().packedBytes());
    }

    @Test
    void nothingIsLeftOfTheTrialsButTheirRecords() throws IOException {
        try (var files = Files.walk(folder.resolve("killed/45-search"))) {
            assertEquals(
                    List.of("candidate.json"),
                    files.filter(Files::isRegularFile)
                            .map(f -> f.getFileName().toString())
                            .distinct()
                            .toList());
        }
    }

    @Test
    void aBudgetThatNothingKeepsIsRefusedWithTheLeastThereIs() throws IOException {
        Recipe small = recipe(1000);
        BantamException refused = assertThrows(
                BantamException.class, () -> search(small, folder.resolve("whole"), true, ProgressListener.NONE));
        assertTrue(refused.getMessage().matches(".*no candidate is within it; the smallest has [0-9,]+ bytes\\. .*"));
    }
}
