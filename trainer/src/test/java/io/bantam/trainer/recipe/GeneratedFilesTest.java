package io.bantam.trainer.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The files that are made from the records of recipes are those of this code. */
final class GeneratedFilesTest {
    /** Writes the files anew when set to true. */
    private static final String WRITE = "bantam.writeGenerated";

    private static final String COMMAND = "after a change of the records, run ./mvnw -pl trainer -am test"
            + " -Dtest=GeneratedFilesTest -D" + WRITE + "=true -Dsurefire.failIfNoSpecifiedTests=false";

    @Test
    void theSchemaIsTheOneOfThisCode() throws IOException {
        assertShipped("recipe.schema.json", RecipeSchema.json());
    }

    @Test
    void theReferenceIsTheOneOfThisCode() throws IOException {
        assertShipped("REFERENCE.md", RecipeReference.markdown());
    }

    private static void assertShipped(String name, String generated) throws IOException {
        Path file = Recipes.folder().resolve(name);
        if (Boolean.getBoolean(WRITE)) {
            Files.writeString(file, generated);
        }
        assertEquals(generated, Files.exists(file) ? Files.readString(file) : "", COMMAND);
    }

    @Test
    void theReferenceHasEveryKeyOfTheShippedRecipesWithItsDefaultAndRange() {
        String page = RecipeReference.markdown();
        for (String row : List.of(
                "| `version` | whole number: `1` | *required* |",
                "| `data.source.kind` | `folder` | *required* |",
                "| `data.source.extensions` | list of: text: letters and digits, without a dot; at least one entry |"
                        + " `[py]` |",
                "| `teacher.training.learningRate` | number, above 0, at most 1 | `5.0e-4` |",
                "| `stages.NAME.keep` | whole number, at least 1, at most 256, or `null` | `null` |",
                "| `stages.NAME.weights.granularity` | `per-row`, `per-tensor`, or `{group: N}` with N a whole number"
                        + " of at least 1, or `{groups: N}` with N a whole number of at least 1 | `per-row` |",
                "| `stages.NAME.weights.overrides[I].bits` | `1`, `ternary`, `2`, `3`, `4`, `5`, `6`, `7`, `8` |",
                "| `report.published.figures[I].variant` | text | *required* |")) {
            assertTrue(page.contains(row), row);
        }
        assertTrue(
                page.contains("The same keys at `teacher.training`, `stages.NAME.training`."), "training is told once");
    }

    @Test
    void theReferencesLinksHaveASection() {
        String page = RecipeReference.markdown();
        Set<String> sections = new HashSet<>();
        for (String heading : found(page, "(?m)(?<=^## ).*")) {
            assertTrue(sections.add(fragment(heading)), heading);
        }
        for (String link : found(page, "(?<=\\(#)[^)]*")) {
            assertTrue(sections.contains(link), link);
        }
    }

    private static String fragment(String heading) {
        return heading.toLowerCase().replaceAll("[^a-z0-9 -]", "").replace(' ', '-');
    }

    private static List<String> found(String page, String pattern) {
        return Pattern.compile(pattern)
                .matcher(page)
                .results()
                .map(MatchResult::group)
                .toList();
    }
}
