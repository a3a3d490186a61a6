package io.bantam.trainer.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every YAML file under {@code recipes/} is a good recipe by the loader and by the schema. */
class ShippedRecipesTest {

    static List<Path> files() throws IOException {
        try (Stream<Path> files = Files.walk(Recipes.folder())) {
            return files.filter(file -> file.toString().matches(".*\\.ya?ml"))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void findsTheRecipes() throws IOException {
        assertTrue(files().contains(Recipes.folder().resolve("quickstart.yaml")), () -> "in " + Recipes.folder());
        assertTrue(files().contains(Recipes.folder().resolve("pycode/xtc.yaml")), () -> "in " + Recipes.folder());
    }

    @ParameterizedTest
    @MethodSource("files")
    void loadsWithoutAWarning(Path file) {
        LoadedRecipe loaded = Recipes.loader().load(file);
        assertEquals(List.of(), loaded.warnings());
    }

    @ParameterizedTest
    @MethodSource("files")
    void isTheSameAfterBeingWritten(Path file, @TempDir Path other) throws IOException {
        Recipe recipe = Recipes.loader().load(file).recipe();
        Path copy = other.resolve("resolved.yaml");
        RecipeWriter.write(recipe, copy);
        assertEquals(recipe, Recipes.loader().load(copy).recipe());
    }

    @ParameterizedTest
    @MethodSource("files")
    void opensWithSchemaAimCommandAndResult(Path file) throws IOException {
        List<String> lines = Files.readAllLines(file);
        Path schema = file.getParent().relativize(Recipes.folder().resolve("recipe.schema.json"));
        assertEquals("# yaml-language-server: $schema=" + schema, lines.getFirst());
        boolean search = Recipes.loader().load(file).recipe().search().isPresent();
        String command = "./bantam " + (search ? "search" : "run") + " recipes/"
                + Recipes.folder().relativize(file);
        for (String part : List.of("# Aim: ", "# Command: ", command, "# Hardware: ", "# Result: ")) {
            assertTrue(lines.stream().anyMatch(line -> line.startsWith("#") && line.contains(part)), part);
        }
    }

    @ParameterizedTest
    @MethodSource("files")
    void keepsToTheSchema(Path file) throws IOException {
        var errors = schema().validate(Files.readString(file), InputFormat.YAML);
        assertEquals(List.of(), errors);
    }

    @Test
    void theSchemaRefusesWhatTheLoaderRefuses() {
        Schema schema = schema();
        assertTrue(schema.validate(Recipes.LEAST, InputFormat.YAML).isEmpty());
        for (String wrong : List.of(
                Recipes.leastWith(2, "nmae: least"),
                Recipes.leastWith(2, "name: a/b"),
                Recipes.leastWith(1, "version: 2"),
                Recipes.leastWith(3, "data: {source: {kind: bundle}}"),
                Recipes.leastWith(3, "data: {source: {kind: bundled}, sequenceLength: 1.7}"),
                Recipes.leastWith(3, "data: {source: {kind: bundled}, split: {test: 1}}"),
                Recipes.withStages("{s: {kind: reduce, layers: []}}", "[s]"),
                Recipes.withStages("{s: {kind: ptq, weights: {bits: 9}}}", "[s]"),
                Recipes.withStages("{s: {kind: ptq, weights: {bits: 8, granularity: per-column}}}", "[s]"),
                Recipes.withStages("{s: {kind: ptq, weights: {bits: 8}, activations: {bits: 5}}}", "[s]"))) {
            assertTrue(!schema.validate(wrong, InputFormat.YAML).isEmpty(), wrong);
            assertTrue(!Recipes.problems(wrong).isEmpty(), wrong);
        }
    }

    private static Schema schema() {
        return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_7).getSchema(RecipeSchema.json());
    }
}
