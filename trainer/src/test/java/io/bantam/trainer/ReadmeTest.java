package io.bantam.trainer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.trainer.cli.CommandNames;
import io.bantam.trainer.recipe.RecipeLoader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The README must not promise what is not there. */
final class ReadmeTest {
    private static String readme;

    @BeforeAll
    static void read() throws IOException {
        readme = Files.readString(ProjectFiles.root().resolve("README.md"));
    }

    private static List<String> all(String pattern) {
        return Pattern.compile(pattern)
                .matcher(readme)
                .results()
                .map(MatchResult::group)
                .distinct()
                .toList();
    }

    @Test
    void theRecipesItNamesExist() {
        List<String> recipes = all("recipes/[A-Za-z0-9_./-]+\\.(yaml|json)");
        assertTrue(recipes.size() >= 3, recipes.toString());
        for (String recipe : recipes) {
            assertTrue(Files.exists(ProjectFiles.root().resolve(recipe)), recipe);
        }
    }

    @Test
    void theFoldersItNamesExist() {
        List<String> folders = all("(?m)(?<=^\\| `)[a-z]+/?(?=` \\|)");
        assertTrue(folders.size() >= 5, folders.toString());
        for (String folder : folders) {
            assertTrue(Files.exists(ProjectFiles.root().resolve(folder)), folder);
        }
    }

    @Test
    void theClassesItNamesExist() throws IOException {
        for (String name : List.of(
                "compression/src/main/java/io/bantam/compression/quantizer/Quantizer.java",
                "runtime/src/main/java/io/bantam/runtime/format/Scheme.java",
                "trainer/src/main/java/io/bantam/trainer/recipe/WeightBits.java",
                "trainer/src/main/java/io/bantam/trainer/recipe/Stage.java")) {
            assertTrue(Files.exists(ProjectFiles.root().resolve(name)), name);
            String type = Path.of(name).getFileName().toString().replace(".java", "");
            assertTrue(readme.contains(type), type);
        }
    }

    @Test
    void theCommandsItNamesAreThoseOfTheProgram() {
        assertEquals(
                CommandNames.all().stream().sorted().toList(),
                all("(?m)(?<=^\\| `bantam )[a-z]+").stream().sorted().toList());
    }

    @Test
    void theRecipeItShowsIsSound() {
        String yaml = readme.substring(readme.indexOf("```yaml\n") + 8);
        yaml = yaml.substring(0, yaml.indexOf("```"));
        assertFalse(yaml.isBlank());
        assertEquals(
                "my-first",
                new RecipeLoader()
                        .withoutPathChecks()
                        .parse(yaml, "README.md", ProjectFiles.root().resolve("recipes"))
                        .recipe()
                        .name());
    }
}
