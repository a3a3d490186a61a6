package io.bantam.trainer.recipe;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads recipes strictly and checks them whole, before any work.
 *
 * <p>Every problem is gathered and thrown together in one {@link RecipeException}: unknown, missing and duplicate keys;
 * wrong types; numbers that would lose something; values out of range; stages and layers that do not exist; stages in
 * an order that makes no sense; files that are not there. Each names its place, and what to write instead.
 *
 * {@snippet :
 * LoadedRecipe loaded = new RecipeLoader()
 *         .withOverrides(List.of("data.limitMegabytes=4", "stages.recover.training.steps=100"))
 *         .load(Path.of("recipes/quickstart.yaml"));
 * }
 */
public final class RecipeLoader {
    private final List<String> overrides;
    private final boolean lookAtDisk;

    /** Makes a loader without overrides that checks that named files exist. */
    public RecipeLoader() {
        this(List.of(), true);
    }

    private RecipeLoader(List<String> overrides, boolean lookAtDisk) {
        this.overrides = List.copyOf(overrides);
        this.lookAtDisk = lookAtDisk;
    }

    /**
     * Returns a loader that also applies these.
     *
     * @param pathsAndValues texts such as {@code stages.recover.training.steps=100} or
     *     {@code stages.half.layers=[1, 3]}; the value is YAML; later ones win
     */
    public RecipeLoader withOverrides(List<String> pathsAndValues) {
        List<String> all = new ArrayList<>(overrides);
        all.addAll(pathsAndValues);
        return new RecipeLoader(all, lookAtDisk);
    }

    /** Returns a loader that takes named files and the teacher's folder on trust. */
    public RecipeLoader withoutPathChecks() {
        return new RecipeLoader(overrides, false);
    }

    /**
     * Reads a recipe file. Relative paths in it start at its folder.
     *
     * @throws RecipeException with every problem, also when the file cannot be read
     */
    public LoadedRecipe load(Path file) {
        Path absolute = file.toAbsolutePath();
        if (Files.isDirectory(absolute)) {
            throw unreadable(file, "this is a folder", "name a recipe file in it");
        }
        try {
            return parse(Files.readString(absolute), file.toString(), absolute.getParent());
        } catch (NoSuchFileException e) {
            throw unreadable(file, "no such file", PathChecks.neighbour(absolute));
        } catch (CharacterCodingException e) {
            throw unreadable(file, "the file is not UTF-8 text", "save it as UTF-8");
        } catch (IOException e) {
            throw unreadable(file, "the file cannot be read: " + e.getMessage(), "check its permissions");
        }
    }

    /**
     * Reads a recipe from text.
     *
     * @param yaml the recipe
     * @param file what messages call it
     * @param folder where relative paths start
     * @throws RecipeException with every problem
     */
    public LoadedRecipe parse(String yaml, String file, Path folder) {
        Problems problems = new Problems(file);
        String text = yaml.startsWith("\uFEFF") ? yaml.substring(1) : yaml;
        Node root = new YamlReader(problems).read(text);
        if (root == null) {
            throw new RecipeException(problems.errors());
        }
        Overrides applier = new Overrides(problems);
        for (String override : overrides) {
            root = applier.apply(root, override);
        }
        Binder binder = new Binder(problems, folder);
        Recipe recipe = binder.recipe(root);
        Checks checks = new Checks(root, binder, problems);
        new RecipeChecks(checks, lookAtDisk).run();
        if (!problems.any() && recipe.search().isPresent()) {
            RecipeLoader plain = new RecipeLoader(List.of(), lookAtDisk);
            new SearchChecks(checks).combinations(recipe, plain);
        }
        if (problems.any()) {
            throw new RecipeException(problems.errors());
        }
        return new LoadedRecipe(recipe, problems.warnings());
    }

    private static RecipeException unreadable(Path file, String message, String advice) {
        return new RecipeException(List.of(new Problem(file.toString(), 0, 0, "", "", message, advice)));
    }
}
