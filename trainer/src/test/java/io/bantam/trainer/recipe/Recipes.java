package io.bantam.trainer.recipe;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Recipes as text, and what the loader makes of them. */
final class Recipes {
    /** The least that is a recipe; stages and variants are on lines 6 and 7. */
    static final String LEAST = """
            version: 1
            name: least
            data: {source: {kind: bundled}}
            teacher: {kind: train, model: {layers: 12, width: 192, heads: 6, context: 512}, training: {steps: 10}}
            # stages and variants
            stages: {half: {kind: reduce, layers: every-second}}
            variants: {teacher: [], 6L: [half]}
            """;

    private static final Path FOLDER = Path.of("").toAbsolutePath();

    private Recipes() {}

    static Recipe read(String yaml) {
        return loader().parse(yaml, "r.yaml", FOLDER).recipe();
    }

    static RecipeLoader loader() {
        return new RecipeLoader().withoutPathChecks();
    }

    /** Returns the lines a user would see; none when the recipe is good. */
    static List<String> problems(String yaml, String... overrides) {
        return problems(loader().withOverrides(List.of(overrides)), yaml);
    }

    static List<String> problems(RecipeLoader loader, String yaml) {
        try {
            loader.parse(yaml, "r.yaml", FOLDER);
            return List.of();
        } catch (RecipeException e) {
            return e.problems().stream().map(Problem::toString).toList();
        }
    }

    /** Returns {@link #LEAST} with its 1-based line replaced. */
    static String leastWith(int line, String text) {
        List<String> lines = new ArrayList<>(LEAST.lines().toList());
        lines.set(line - 1, text);
        return String.join("\n", lines) + "\n";
    }

    /** Returns {@link #LEAST} with other stages (one line, the text after {@code stages: }) in one variant. */
    static String withStages(String stages, String variant) {
        return leastWith(6, "stages: " + stages)
                .replaceAll("(?m)^variants:.*$", "variants: {teacher: [], v: " + variant + "}");
    }

    /** Returns the repository's recipes folder, from the module's folder or from the root. */
    static Path folder() {
        Path up = FOLDER.resolve("../recipes").normalize();
        return Files.isDirectory(up) ? up : FOLDER.resolve("recipes");
    }
}
