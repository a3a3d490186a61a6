package io.bantam.trainer.recipe;

import io.bantam.runtime.format.FormatException;
import io.bantam.runtime.format.TextForm;
import io.bantam.trainer.BantamException;
import io.bantam.trainer.hub.CheckpointConfig;
import io.bantam.trainer.hub.ModelFacts;
import io.bantam.trainer.tokenizer.CodeTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Looks on the disk for what a recipe names, and reads the shape of a teacher that exists. */
final class PathChecks {
    private static final List<String> WEIGHTS =
            List.of("model.safetensors", "model.safetensors.index.json", "pytorch_model.bin");

    private final Checks checks;

    PathChecks(Checks checks) {
        this.checks = checks;
    }

    void source(KeyPath path) {
        checks.at(path, Source.class).ifPresent(source -> {
            switch (source) {
                case Source.Bundled _ -> {}
                case Source.Folder folder -> folder(path.child("path"), folder.path());
                case Source.Text text -> file(path.child("path"), text.path());
                case Source.JsonLines lines -> file(path.child("path"), lines.path());
                case Source.CodeXGlue lines -> file(path.child("path"), lines.path());
                case Source.Labelled labelled -> {
                    file(path.child("path"), labelled.path());
                    labelled.validation().ifPresent(file -> file(path.child("validation"), file));
                    labelled.test().ifPresent(file -> file(path.child("test"), file));
                }
                case Source.Pairs pairs -> {
                    file(path.child("path"), pairs.path());
                    pairs.validation().ifPresent(file -> file(path.child("validation"), file));
                    pairs.test().ifPresent(file -> file(path.child("test"), file));
                }
                case Source.Several several -> {
                    for (int i = 0; i < several.sources().size(); i++) {
                        source(path.child("sources").child(i));
                    }
                }
            }
        });
    }

    void file(KeyPath path, Path file) {
        if (Files.isDirectory(file)) {
            checks.error(path, file + " is a folder", "name a file");
        } else if (!Files.exists(file)) {
            missing(path, file, "file");
        } else if (!Files.isReadable(file)) {
            checks.error(path, "no permission to read " + file, "allow it");
        }
    }

    private boolean folder(KeyPath path, Path folder) {
        if (Files.isDirectory(folder)) {
            return true;
        }
        if (Files.exists(folder)) {
            checks.error(path, folder + " is a file", "name a folder");
        } else {
            missing(path, folder, "folder");
        }
        return false;
    }

    private void missing(KeyPath path, Path wanted, String what) {
        checks.error(path, "no such " + what + ": " + wanted, neighbour(wanted));
    }

    /** Advice on a path that does not exist. */
    static String neighbour(Path wanted) {
        Path parent = wanted.getParent();
        if (parent != null && Files.isDirectory(parent) && wanted.getFileName() != null) {
            try (Stream<Path> neighbours = Files.list(parent)) {
                List<String> names =
                        neighbours.map(p -> p.getFileName().toString()).sorted().toList();
                Optional<String> near = Nearest.find(wanted.getFileName().toString(), names);
                if (near.isPresent()) {
                    return "nearest there: '" + near.get() + "'";
                }
            } catch (IOException e) {
                return "and its folder cannot be listed";
            }
        }
        return "relative paths start at the recipe's folder";
    }

    /** The form of text that a teacher's tokenizer tells, when it can be read. */
    Optional<TextForm> textForm(KeyPath path, Path folder) {
        try {
            return Optional.of(CodeTokenizer.formOf(folder));
        } catch (BantamException unfit) {
            // Behind the first sentence is advice for those who have no recipe.
            checks.error(path, unfit.getMessage().split("\\. ")[0], "put the model's tokenizer there");
        } catch (IOException e) {
            checks.error(path, "its tokenizer cannot be read: " + e.getMessage(), "repair or replace it");
        }
        return Optional.empty();
    }

    /** Checks a teacher's folder and returns its shape, when it can be read. */
    Optional<ModelFacts> teacher(KeyPath path, Path folder) {
        if (!folder(path, folder)) {
            return Optional.empty();
        }
        Path config = folder.resolve("config.json");
        if (!Files.isRegularFile(config)) {
            checks.error(path, folder + " has no config.json", "name a Hugging Face folder");
            return Optional.empty();
        }
        boolean weights = WEIGHTS.stream().anyMatch(name -> Files.isRegularFile(folder.resolve(name)));
        checks.error(!weights, path, folder + " has no weights", "put one of " + String.join(", ", WEIGHTS) + " there");
        try {
            return Optional.of(new ModelFacts(CheckpointConfig.read(config).model()));
        } catch (FormatException e) {
            checks.error(path, e.getMessage(), "repair or replace it");
        } catch (IOException e) {
            checks.error(path, config + " cannot be read: " + e.getMessage(), "repair or replace it");
        }
        return Optional.empty();
    }
}
