package io.bantam.trainer.recipe;

import io.bantam.trainer.recipe.key.Key;
import io.bantam.trainer.recipe.key.Kind;
import io.bantam.trainer.recipe.key.Limits;
import io.bantam.trainer.recipe.key.RecordShape;
import io.bantam.trainer.recipe.key.Words;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The reference of all recipe keys as a Markdown page, made from the same {@code @Key}s that the loader and the
 * {@link RecipeSchema} read.
 *
 * <p>One section a record, in the order of the keys in a recipe. A record that stands at several paths, such as
 * {@link Training}, has one section that names all of them.
 */
public final class RecipeReference {
    private static final String HEAD = """
            # Recipe reference

            All keys of a recipe. This page is generated from the `@Key` annotations of the recipe records, as
            `recipe.schema.json` is: change the text there. [README.md](README.md) says how to write a recipe.

            - The first column is the path as `--set` takes it: `--set stages.binary.training.steps=100`.
            - `NAME` stands for the name of a stage or variant, `I` for an index from 0 into a list.
            - A key without a default must be given: its default column says *required*.
            - `kind` picks the record where there are several; each kind has a section.
            - Paths of files are relative to the recipe's folder.
            """;

    /** One record: where it stands in a recipe and what it is for. */
    private record Section(Class<?> type, List<String> paths, String meaning) {}

    private final Map<Class<?>, Section> sections = new LinkedHashMap<>();

    private RecipeReference() {
        visit(Recipe.class, "", "The recipe itself.");
    }

    /** Returns the page, with a line feed at the end. */
    public static String markdown() {
        RecipeReference reference = new RecipeReference();
        StringBuilder page = new StringBuilder(HEAD);
        reference.sections.values().forEach(section -> reference.append(section, page));
        return page.toString();
    }

    private void visit(Class<?> type, String path, String meaning) {
        if (Kinds.pickedByKind(type)) {
            Kinds.records(type).forEach(record -> visit(record, path, Kinds.meaning(record)));
        } else if (type.isRecord() && ValueSyntax.of(type) == null) {
            visitRecord(type, path, meaning);
        }
    }

    private void visitRecord(Class<?> type, String path, String meaning) {
        Section known = sections.get(type);
        if (known != null) {
            known.paths().add(path);
            return;
        }
        sections.put(type, new Section(type, new ArrayList<>(List.of(path)), meaning));
        for (RecordShape.Member member : RecordShape.of(type).members()) {
            visit(
                    element(member.type()),
                    nested(child(path, member), member.type()),
                    member.key().value());
        }
    }

    private static String child(String path, RecordShape.Member member) {
        return path.isEmpty() ? member.name() : path + "." + member.name();
    }

    /** Returns the path of what a list or mapping holds; other paths as they are. */
    private static String nested(String path, Type type) {
        return switch (raw(type).getSimpleName()) {
            case "List" -> path + "[I]";
            case "Map" -> path + ".NAME";
            case "Optional" -> nested(path, argument(type));
            default -> path;
        };
    }

    private static Class<?> raw(Type type) {
        return (Class<?>) (type instanceof ParameterizedType generic ? generic.getRawType() : type);
    }

    /** Returns the last type argument: what an optional, a list or a mapping holds. */
    private static Type argument(Type type) {
        Type[] arguments = ((ParameterizedType) type).getActualTypeArguments();
        return arguments[arguments.length - 1];
    }

    private static Class<?> element(Type type) {
        return type instanceof ParameterizedType ? element(argument(type)) : (Class<?>) type;
    }

    private void append(Section section, StringBuilder page) {
        String path = section.paths().getFirst();
        page.append("\n## ").append(heading(section)).append("\n\n");
        page.append(text(section.meaning())).append('\n');
        if (section.paths().size() > 1) {
            String others =
                    section.paths().stream().skip(1).map(RecipeReference::code).collect(Collectors.joining(", "));
            page.append("\nThe same keys at ").append(others).append(".\n");
        }
        List<RecordShape.Member> members = RecordShape.of(section.type()).members();
        boolean picked = section.type().isAnnotationPresent(Kind.class);
        page.append("\n| key | values | default | meaning |\n|---|---|---|---|\n");
        if (picked) {
            row(page, path + ".kind", code(Kinds.word(section.type())), "*required*", "Picks this record.");
        }
        for (RecordShape.Member member : members) {
            String standard =
                    member.required() ? "*required*" : code(member.key().standard());
            row(
                    page,
                    child(path, member),
                    values(member.type(), member.key()),
                    standard,
                    text(member.key().value()));
        }
    }

    private static void row(StringBuilder page, String path, String values, String standard, String meaning) {
        page.append("| ").append(code(path)).append(" | ").append(values);
        page.append(" | ").append(standard).append(" | ").append(meaning).append(" |\n");
    }

    private static String heading(Section section) {
        String path = section.paths().getFirst();
        String kind =
                section.type().isAnnotationPresent(Kind.class) ? ", kind " + code(Kinds.word(section.type())) : "";
        return path.isEmpty() ? "The recipe" : code(path) + kind;
    }

    /** Links to a section by the fragment of its heading: the letters, digits and hyphens of its lower-case text. */
    private String link(String text, Class<?> type) {
        String heading = heading(sections.get(type));
        String fragment =
                heading.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9 -]", "").replace(' ', '-');
        return "[" + text + "](#" + fragment + ")";
    }

    private String values(Type type, Key key) {
        if (type instanceof ParameterizedType) {
            return container(type, key);
        }
        Class<?> raw = (Class<?>) type;
        ValueSyntax<?> syntax = ValueSyntax.of(raw);
        if (syntax != null) {
            return form(syntax.schema());
        }
        if (Kinds.pickedByKind(raw)) {
            return "mapping of kind "
                    + Kinds.records(raw).stream()
                            .map(record -> link(code(Kinds.word(record)), record))
                            .collect(Collectors.joining(", "));
        }
        if (raw.isRecord()) {
            return link("mapping", raw);
        }
        if (raw.isEnum()) {
            return Words.all(raw).stream().map(RecipeReference::code).collect(Collectors.joining(", "));
        }
        return switch (raw.getSimpleName()) {
            case "int", "Integer", "long", "Long" -> "whole number" + range(key);
            case "double", "Double" -> "number" + range(key);
            case "boolean" -> "`true`, `false`";
            default -> (raw == Path.class ? "path" : "text") + pattern(key);
        };
    }

    private String container(Type type, Key key) {
        String inner = values(argument(type), raw(type) == Map.class ? Binder.FREE : key);
        if (raw(type) == Optional.class) {
            return inner + ", or `null`";
        }
        String least = key.notEmpty() ? "; at least one entry" : "";
        return raw(type) == List.class
                ? "list of: " + inner + least
                : "mapping of names to: " + inner + least + "; a name is " + text(key.patternInWords());
    }

    private static String pattern(Key key) {
        return key.patternInWords().isEmpty() ? "" : ": " + text(key.patternInWords());
    }

    private static String range(Key key) {
        if (key.oneOf().length > 0) {
            return ": "
                    + Arrays.stream(key.oneOf())
                            .mapToObj(value -> code("" + value))
                            .collect(Collectors.joining(", "));
        }
        List<String> limits = new ArrayList<>();
        limit(limits, "at least ", key.atLeast());
        limit(limits, "above ", key.above());
        limit(limits, "at most ", key.atMost());
        limit(limits, "below ", key.below());
        return limits.isEmpty() ? "" : ", " + String.join(", ", limits);
    }

    private static void limit(List<String> limits, String word, double limit) {
        if (Double.isFinite(limit)) {
            limits.add(word + Limits.show(limit));
        }
    }

    /** Says in words what the schema of a {@link ValueSyntax} allows. */
    private static String form(Map<?, ?> schema) {
        if (schema.get("anyOf") instanceof List<?> choices) {
            return choices.stream().map(choice -> form((Map<?, ?>) choice)).collect(Collectors.joining(", or "));
        }
        if (schema.get("enum") instanceof List<?> words) {
            return words.stream().map(word -> code("" + word)).collect(Collectors.joining(", "));
        }
        if (schema.get("properties") instanceof Map<?, ?> properties) {
            return properties.entrySet().stream()
                    .map(entry ->
                            code("{" + entry.getKey() + ": N}") + " with N a " + form((Map<?, ?>) entry.getValue()))
                    .collect(Collectors.joining(", "));
        }
        if (schema.get("items") instanceof Map<?, ?> items) {
            return "a list of: " + form(items);
        }
        return "whole number of at least " + schema.get("minimum");
    }

    private static String code(String text) {
        return "`" + text + "`";
    }

    /** Escapes what Markdown would take for markup. */
    private static String text(String plain) {
        return plain.replace("|", "\\|").replace("<", "\\<").replace("*", "\\*");
    }
}
