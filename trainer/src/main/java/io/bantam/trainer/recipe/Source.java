package io.bantam.trainer.recipe;

import io.bantam.trainer.recipe.key.Key;
import io.bantam.trainer.recipe.key.Kind;
import io.bantam.trainer.recipe.key.Limits;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Where the files of a corpus come from. Paths in a recipe are relative to the recipe file. */
public sealed interface Source {

    /** The Python files that the build fetches with pinned Maven artifacts. */
    @Kind(
            value = "bundled",
            meaning = "The Python files that the build fetches from Maven Central: the standard library,"
                    + " NumPy and SciPy.")
    record Bundled() implements Source {}

    /**
     * Source files in a folder and the folders below it.
     *
     * @param path the folder
     * @param extensions the endings of the files to read, without a dot
     * @param tests whether files that are tests by their path are read too
     */
    @Kind(value = "folder", meaning = "Source files in a folder and the folders below it.")
    @Retired(value = "language", reason = Retired.LANGUAGE)
    record Folder(
            @Key("The folder.") Path path,

            @Key(
                    value = "Endings of the files to read, without a dot.",
                    standard = "[py]",
                    notEmpty = true,
                    pattern = "[A-Za-z0-9_]+",
                    patternInWords = "letters and digits, without a dot")
            List<String> extensions,

            @Key(value = "Whether to read files that are tests by their path too.", standard = "false")
            boolean tests)
            implements Source {

        public Folder {
            Limits.check(Folder.class, path, extensions, tests);
            extensions = List.copyOf(extensions);
        }
    }

    /**
     * A text in PY150 normal form, one file a line ({@code <s> ... </s>}).
     *
     * @param path the text file, gzip-compressed when its name ends in {@code .gz}
     */
    @Kind(value = "text", meaning = "A text in PY150 normal form, one file a line.")
    record Text(
            @Key("The text file, gzip-compressed if it ends in .gz: one normalised file a line.")
            Path path) implements Source {
        public Text {
            Limits.check(Text.class, path);
        }
    }

    /**
     * JSON lines, each with a source file in one field.
     *
     * @param path the file, gzip-compressed when its name ends in {@code .gz}
     * @param field the field that holds the source
     */
    @Kind(value = "json-lines", meaning = "JSON lines, each with a source file in one field.")
    @Retired(value = "language", reason = Retired.LANGUAGE)
    record JsonLines(
            @Key("The file, gzip-compressed if it ends in .gz: one JSON object a line.")
            Path path,

            @Key(value = "The field that holds the source.", notEmpty = true)
            String field)
            implements Source {

        public JsonLines {
            Limits.check(JsonLines.class, path, field);
        }
    }

    /**
     * CodeXGLUE's line-level JSON lines ({@code id}, {@code input}, {@code gt}), already in normal form.
     *
     * @param path the file, gzip-compressed when its name ends in {@code .gz}
     */
    @Kind(value = "codexglue", meaning = "CodeXGLUE's JSON lines for line completion, already in normal form.")
    record CodeXGlue(
            @Key("The file, gzip-compressed if it ends in .gz: JSON lines with id, input and gt.")
            Path path) implements Source {
        public CodeXGlue {
            Limits.check(CodeXGlue.class, path);
        }
    }

    /**
     * JSON lines with texts and their labels, for {@link Task#CLASSIFICATION}. Without files of their own, validation
     * and test are shares of the first file.
     *
     * @param path the training file, gzip-compressed when its name ends in {@code .gz}
     * @param text the field that holds the text
     * @param pair the field that holds a second text, if there are two
     * @param label the field that holds the label
     * @param validation the validation file
     * @param test the test file
     */
    @Kind(value = "labelled", meaning = "JSON lines with texts and their labels, for task: classification.")
    record Labelled(
            @Key("The training file, gzip-compressed if it ends in .gz: one JSON object a line.")
            Path path,

            @Key(value = "The field that holds the text.", standard = "text", notEmpty = true)
            String text,

            @Key(value = "The field that holds a second text; null for none.", standard = "null", notEmpty = true)
            Optional<String> pair,

            @Key(value = "The field that holds the label.", standard = "label", notEmpty = true)
            String label,

            @Key(
                    value = "The validation file; null takes data.split.validation of the training file.",
                    standard = "null")
            Optional<Path> validation,

            @Key(value = "The test file; null takes data.split.test of the training file.", standard = "null")
            Optional<Path> test)
            implements Source {
        public Labelled {
            Limits.check(Labelled.class, path, text, pair, label, validation, test);
        }
    }

    /**
     * JSON lines with texts and answers to them, such as code and its summary, for {@link Task#GENERATION}. Without
     * files of their own, validation and test are shares of the first file.
     *
     * @param path the training file, gzip-compressed when its name ends in {@code .gz}
     * @param text the field that holds the text
     * @param answer the field that holds the answer
     * @param answerLength most tokens of an answer, its end counted
     * @param validation the validation file
     * @param test the test file
     */
    @Kind(value = "pairs", meaning = "JSON lines with texts and answers to them, for task: generation.")
    record Pairs(
            @Key("The training file, gzip-compressed if it ends in .gz: one JSON object a line.")
            Path path,

            @Key(value = "The field that holds the text.", standard = "source", notEmpty = true)
            String text,

            @Key(value = "The field that holds the answer.", standard = "target", notEmpty = true)
            String answer,

            @Key(
                    value = "Most tokens of an answer, its end token counted.",
                    standard = "128",
                    atLeast = 2,
                    atMost = 65_536)
            int answerLength,

            @Key(
                    value = "The validation file; null takes data.split.validation of the training file.",
                    standard = "null")
            Optional<Path> validation,

            @Key(value = "The test file; null takes data.split.test of the training file.", standard = "null")
            Optional<Path> test)
            implements Source {
        public Pairs {
            Limits.check(Pairs.class, path, text, answer, answerLength, validation, test);
        }
    }

    /**
     * Several sources, read one after the other; duplicates between them are removed.
     *
     * @param sources the sources in order
     */
    @Kind(
            value = "several",
            meaning = "Several sources, read one after the other; duplicates between them are removed.")
    record Several(
            @Key(value = "The sources, read in order.", notEmpty = true)
            List<Source> sources) implements Source {

        public Several {
            Limits.check(Several.class, sources);
            sources = List.copyOf(sources);
        }
    }
}
