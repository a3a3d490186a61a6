package io.bantam.trainer.recipe;

import io.bantam.trainer.recipe.key.Key;
import io.bantam.trainer.recipe.key.Kind;
import io.bantam.trainer.recipe.key.RecordShape;
import io.bantam.trainer.recipe.key.Words;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The JSON Schema of recipes, made from the same {@code @Key}s that the loader reads, so that editors complete and
 * check what the loader will accept.
 *
 * <p>Draft 7, the newest that editors' YAML support knows well. It holds what one key alone shows; sums, order, layers
 * and files are checked by {@link RecipeLoader} only.
 */
public final class RecipeSchema {
    private final Map<String, Object> definitions = new TreeMap<>();

    private RecipeSchema() {}

    /** Returns the schema as indented JSON, with a line feed at the end. */
    public static String json() {
        RecipeSchema schema = new RecipeSchema();
        Map<String, Object> top = Schemas.ordered(
                "$schema",
                "http://json-schema.org/draft-07/schema#",
                "title",
                "Bantam recipe",
                "$ref",
                schema.reference(Recipe.class),
                "definitions",
                schema.definitions);
        JsonMapper mapper =
                JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
        return mapper.writeValueAsString(top).replace("\r\n", "\n") + "\n";
    }

    private String reference(Class<?> type) {
        String name = name(type);
        if (!definitions.containsKey(name)) {
            definitions.put(name, Map.of());
            definitions.put(name, type.isRecord() ? record(type) : kinds(type));
        }
        return "#/definitions/" + name;
    }

    private static String name(Class<?> type) {
        return type.getName().substring(type.getPackageName().length() + 1).replace('$', '.');
    }

    private Map<String, Object> kinds(Class<?> type) {
        List<Object> choices = new ArrayList<>();
        Kinds.records(type).forEach(record -> choices.add(Schemas.ordered("$ref", reference(record))));
        return Schemas.ordered(
                "type",
                "object",
                "required",
                List.of("kind"),
                "properties",
                Map.of("kind", Map.of("enum", Kinds.words(type))),
                "oneOf",
                choices);
    }

    private Map<String, Object> record(Class<?> type) {
        Map<String, Object> properties = new LinkedHashMap<>();
        List<String> required = new ArrayList<>();
        if (type.isAnnotationPresent(Kind.class)) {
            properties.put("kind", Map.of("const", Kinds.word(type)));
            required.add("kind");
        }
        for (RecordShape.Member member : RecordShape.of(type).members()) {
            Map<String, Object> property =
                    Schemas.ordered("description", member.key().value());
            if (member.required()) {
                required.add(member.name());
            } else {
                property.put("default", standard(member));
            }
            property.putAll(type(member.type(), member.key()));
            properties.put(member.name(), property);
        }
        Map<String, Object> schema = Schemas.object();
        if (type.isAnnotationPresent(Kind.class)) {
            schema.put("description", Kinds.meaning(type));
        }
        schema.put("properties", properties);
        if (!required.isEmpty()) {
            schema.put("required", required);
        }
        schema.put("additionalProperties", false);
        return schema;
    }

    private Map<String, Object> type(Type type, Key key) {
        if (type instanceof ParameterizedType generic) {
            return container(generic, key);
        }
        Class<?> raw = (Class<?>) type;
        ValueSyntax<?> syntax = ValueSyntax.of(raw);
        if (syntax != null) {
            return new LinkedHashMap<>(syntax.schema());
        }
        if (raw.isRecord() || raw.isSealed()) {
            return Schemas.ordered("$ref", reference(raw));
        }
        if (raw.isEnum()) {
            return Schemas.ordered("enum", Words.all(raw));
        }
        return switch (raw.getSimpleName()) {
            case "int", "Integer", "long", "Long" -> number("integer", key);
            case "double", "Double" -> number("number", key);
            case "boolean" -> Schemas.ordered("type", "boolean");
            default -> text(raw, key);
        };
    }

    private Map<String, Object> container(ParameterizedType type, Key key) {
        Type[] arguments = type.getActualTypeArguments();
        if (type.getRawType() == Optional.class) {
            return Schemas.ordered("anyOf", List.of(type(arguments[0], key), Map.of("type", "null")));
        }
        if (type.getRawType() == List.class) {
            Map<String, Object> list = Schemas.ordered("type", "array", "items", type(arguments[0], key));
            if (key.notEmpty()) {
                list.put("minItems", 1);
            }
            return list;
        }
        Map<String, Object> map = Schemas.object();
        map.put("propertyNames", Map.of("pattern", "^(" + key.pattern() + ")$"));
        map.put("additionalProperties", type(arguments[1], Binder.FREE));
        if (key.notEmpty()) {
            map.put("minProperties", 1);
        }
        return map;
    }

    private static Map<String, Object> number(String type, Key key) {
        Map<String, Object> schema = Schemas.ordered("type", type);
        if (key.oneOf().length > 0) {
            List<Object> values = new ArrayList<>();
            for (long value : key.oneOf()) {
                values.add(value);
            }
            schema.put("enum", values);
        }
        limit(schema, "minimum", key.atLeast());
        limit(schema, "maximum", key.atMost());
        limit(schema, "exclusiveMinimum", key.above());
        limit(schema, "exclusiveMaximum", key.below());
        return schema;
    }

    private static void limit(Map<String, Object> schema, String word, double limit) {
        if (Double.isFinite(limit)) {
            boolean whole = limit == Math.rint(limit) && Math.abs(limit) < 1e15;
            schema.put(word, whole ? (Object) (long) limit : (Object) limit);
        }
    }

    private static Map<String, Object> text(Class<?> type, Key key) {
        Map<String, Object> schema = Schemas.ordered("type", "string");
        if (!key.pattern().isEmpty()) {
            schema.put("pattern", "^(" + key.pattern() + ")$");
        } else if (key.notEmpty() || type == Path.class) {
            schema.put("minLength", 1);
        }
        return schema;
    }

    private static Object standard(RecordShape.Member member) {
        return plain(Binder.standard(member));
    }

    private static Object plain(Node node) {
        return switch (node) {
            case Node.Mapping mapping -> {
                Map<String, Object> map = new LinkedHashMap<>();
                mapping.entries().forEach(entry -> map.put(entry.key(), plain(entry.value())));
                yield map;
            }
            case Node.Sequence list ->
                list.entries().stream().map(RecipeSchema::plain).toList();
            case Node.Scalar scalar when scalar.isNull() -> null;
            case Node.Scalar scalar
            when Scalars.bool(scalar).value().isPresent() ->
                Scalars.bool(scalar).value().get();
            case Node.Scalar scalar -> {
                Optional<Long> whole =
                        Scalars.whole(scalar, Long.MIN_VALUE, Long.MAX_VALUE).value();
                Optional<Double> decimal = Scalars.decimal(scalar).value();
                yield whole.isPresent() ? whole.get() : decimal.isPresent() ? decimal.get() : scalar.text();
            }
        };
    }
}
