package io.bantam.trainer.recipe;

import io.bantam.trainer.recipe.key.Key;
import io.bantam.trainer.recipe.key.Kind;
import io.bantam.trainer.recipe.key.Limits;
import io.bantam.trainer.recipe.key.RecordShape;
import io.bantam.trainer.recipe.key.Words;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes records of YAML by the {@link Key}s of their components, and reports every deviation.
 *
 * <p>A piece with a problem becomes null and so does all around it, but its neighbours are still read and reported;
 * what could be read is kept by path for the checks that follow.
 */
final class Binder {
    private static final String KIND = "kind";

    /** Holds a {@link Key} that allows everything: the limits of a mapping are for its keys, not for its values. */
    private record Free(@Key("Anything.") String anything) {}

    static final Key FREE = RecordShape.of(Free.class).members().getFirst().key();

    private final Problems problems;
    private final Path folder;
    private final Map<KeyPath, Object> bound = new HashMap<>();

    /** @param folder the folder that relative paths start from */
    Binder(Problems problems, Path folder) {
        this.problems = problems;
        this.folder = folder;
    }

    /** Reads a whole recipe; null when anything is wrong. */
    Recipe recipe(Node root) {
        if (root.absent()) {
            problems.error(KeyPath.ROOT, root.origin(), "the recipe is empty", "begin with version: 1");
            return null;
        }
        return (Recipe) record(root, Recipe.class, KeyPath.ROOT);
    }

    /** Returns what was read at a path; empty when it was not given or has a problem. */
    <T> Optional<T> at(KeyPath path, Class<T> type) {
        return Optional.ofNullable(bound.get(path)).filter(type::isInstance).map(type::cast);
    }

    private Object value(Node node, Type type, Key key, KeyPath path) {
        Object value = read(node, type, key, path);
        if (value != null) {
            bound.put(path, value instanceof Optional<?> optional ? optional.orElse(null) : value);
        }
        return value;
    }

    private Object read(Node node, Type type, Key key, KeyPath path) {
        if (type instanceof ParameterizedType generic) {
            return container(node, generic, key, path);
        }
        Class<?> raw = (Class<?>) type;
        if (node.absent()) {
            return wrong(node, path, "the key has no value", "give one, or remove the key");
        }
        ValueSyntax<?> syntax = ValueSyntax.of(raw);
        if (syntax != null) {
            return syntax.read(node, path, problems);
        }
        if (raw.isRecord()) {
            return record(node, raw, path);
        }
        if (Kinds.pickedByKind(raw)) {
            return picked(node, raw, path);
        }
        if (!(node instanceof Node.Scalar scalar)) {
            String given = node instanceof Node.Sequence ? "a list" : "a mapping";
            return wrong(node, path, given + " where one value belongs", "write " + expected(raw));
        }
        return ranged(scalar, raw, key, path);
    }

    private Object ranged(Node.Scalar scalar, Class<?> type, Key key, KeyPath path) {
        Object value = scalar(scalar, type, path);
        if (value == null) {
            return null;
        }
        Optional<Limits.Complaint> complaint = Limits.complaint(key, value);
        complaint.ifPresent(c -> problems.error(path, scalar.origin(), c));
        return complaint.isPresent() ? null : value;
    }

    private Object scalar(Node.Scalar scalar, Class<?> type, KeyPath path) {
        if (type.isEnum()) {
            Object constant = Words.find(type, scalar.text());
            return constant != null
                    ? constant
                    : wrong(
                            scalar,
                            path,
                            "'" + scalar.text() + "' is not a valid value",
                            Nearest.advice("value", scalar.text(), Words.all(type)));
        }
        if (type == Path.class) {
            String text = (String) unwrap(Scalars.text(scalar), scalar, path);
            return text == null ? null : path(scalar, text, path);
        }
        Scalars.Read<?> read = switch (type.getSimpleName()) {
            case "int", "Integer" -> Scalars.whole(scalar, Integer.MIN_VALUE, Integer.MAX_VALUE);
            case "long", "Long" -> Scalars.whole(scalar, Long.MIN_VALUE, Long.MAX_VALUE);
            case "double", "Double" -> Scalars.decimal(scalar);
            case "boolean" -> Scalars.bool(scalar);
            case "String" -> Scalars.text(scalar);
            default -> throw new IllegalStateException("no recipe value of type " + type);
        };
        Object value = unwrap(read, scalar, path);
        boolean narrow = type == int.class || type == Integer.class;
        return value != null && narrow ? Integer.valueOf(((Long) value).intValue()) : value;
    }

    private Object unwrap(Scalars.Read<?> read, Node.Scalar scalar, KeyPath path) {
        read.complaint().ifPresent(complaint -> problems.error(path, scalar.origin(), complaint));
        return read.value().orElse(null);
    }

    private Path path(Node.Scalar scalar, String text, KeyPath path) {
        if (text.isBlank()) {
            return (Path) wrong(scalar, path, "the path is empty", "write a path relative to the recipe");
        }
        try {
            return folder.resolve(text).toAbsolutePath().normalize();
        } catch (InvalidPathException e) {
            return (Path) wrong(scalar, path, "'" + text + "' is no path", "write a path relative to the recipe");
        }
    }

    private Object container(Node node, ParameterizedType type, Key key, KeyPath path) {
        Type[] arguments = type.getActualTypeArguments();
        if (type.getRawType() == Optional.class) {
            if (node.absent()) {
                return Optional.empty();
            }
            Object inner = read(node, arguments[0], key, path);
            return inner == null ? null : Optional.of(inner);
        }
        if (node.absent()) {
            return wrong(node, path, "the key has no value", "give one, or remove the key");
        }
        return type.getRawType() == List.class
                ? list(node, arguments[0], key, path)
                : map(node, arguments[1], key, path);
    }

    private List<Object> list(Node node, Type entryType, Key key, KeyPath path) {
        if (!(node instanceof Node.Sequence sequence)) {
            String advice = node instanceof Node.Scalar scalar ? "write [" + scalar.text() + "]" : "write [a, b]";
            wrong(node, path, "a list is needed", advice);
            return null;
        }
        List<Object> values = new ArrayList<>();
        for (int i = 0; i < sequence.entries().size(); i++) {
            Node entry = sequence.entries().get(i);
            Object value = value(entry, entryType, key, path.child(i));
            if (value != null) {
                values.add(value);
            }
        }
        boolean whole = values.size() == sequence.entries().size();
        return whole && allowed(node, key, path, values) ? values : null;
    }

    private Map<String, Object> map(Node node, Type valueType, Key key, KeyPath path) {
        if (!(node instanceof Node.Mapping mapping)) {
            wrong(node, path, "a mapping is needed", "write name: value lines");
            return null;
        }
        Map<String, Object> values = new LinkedHashMap<>();
        for (Node.Entry entry : mapping.entries()) {
            KeyPath at = path.child(entry.key());
            Optional<Limits.Complaint> complaint = Limits.badText(key, entry.key());
            complaint.ifPresent(c -> problems.error(at, entry.keyOrigin(), c));
            Object value = value(entry.value(), valueType, FREE, at);
            if (complaint.isEmpty() && value != null) {
                values.put(entry.key(), value);
            }
        }
        boolean whole = values.size() == mapping.entries().size();
        return whole && allowed(node, key, path, values) ? values : null;
    }

    private boolean allowed(Node node, Key key, KeyPath path, Object values) {
        Optional<Limits.Complaint> complaint = Limits.complaint(key, values);
        complaint.ifPresent(c -> problems.error(path, node.origin(), c));
        return complaint.isEmpty();
    }

    private Object picked(Node node, Class<?> sealedType, KeyPath path) {
        List<String> words = Kinds.words(sealedType);
        if (!(node instanceof Node.Mapping mapping)) {
            boolean word = node instanceof Node.Scalar scalar && words.contains(scalar.text());
            String example = word ? ((Node.Scalar) node).text() : words.getFirst();
            return wrong(node, path, "a mapping with a kind is needed", "write {kind: " + example + "}");
        }
        Node kind = mapping.get(KIND);
        if (kind == null) {
            return wrong(node, path, "'kind' is missing", "valid kinds: " + String.join(", ", words));
        }
        if (!(kind instanceof Node.Scalar scalar)) {
            return wrong(kind, path.child(KIND), "the kind is no word", "valid kinds: " + String.join(", ", words));
        }
        Class<?> record = Kinds.find(sealedType, scalar.text());
        if (record == null) {
            String advice = Nearest.advice("kind", scalar.text(), words);
            return wrong(kind, path.child(KIND), "unknown kind '" + scalar.text() + "'", advice);
        }
        return record(node, record, path);
    }

    private Object record(Node node, Class<?> type, KeyPath path) {
        RecordShape shape = RecordShape.of(type);
        if (!(node instanceof Node.Mapping mapping)) {
            String keys = String.join(", ", shape.names());
            return wrong(node, path, "a mapping is needed", "keys here: " + keys);
        }
        List<String> valid = new ArrayList<>(shape.names());
        if (type.isAnnotationPresent(Kind.class)) {
            valid.addFirst(KIND);
        }
        boolean whole = true;
        Retired retired = type.getAnnotation(Retired.class);
        for (Node.Entry entry : mapping.entries()) {
            if (retired != null && retired.value().equals(entry.key())) {
                problems.warning(
                        path.child(entry.key()),
                        entry.keyOrigin(),
                        "this key changes nothing",
                        "remove it: " + retired.reason());
            } else if (!valid.contains(entry.key())) {
                String advice = Nearest.advice("key", entry.key(), valid);
                problems.error(path.child(entry.key()), entry.keyOrigin(), "unknown key", advice);
                whole = false;
            }
        }
        Object[] values = new Object[shape.members().size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = member(mapping, shape.members().get(i), path);
            whole &= values[i] != null;
        }
        return whole ? shape.construct(values) : null;
    }

    private Object member(Node.Mapping mapping, RecordShape.Member member, KeyPath path) {
        KeyPath at = path.child(member.name());
        Node node = mapping.get(member.name());
        if (node != null) {
            return value(node, member.type(), member.key(), at);
        }
        if (member.required()) {
            String meaning = member.key().value();
            return wrong(mapping, path, "'" + member.name() + "' is missing", "add it: " + meaning);
        }
        return value(standard(member), member.type(), member.key(), at);
    }

    static Node standard(RecordShape.Member member) {
        Problems own = new Problems("default of " + member.component());
        Node node = new YamlReader(own).read(member.key().standard());
        if (own.any()) {
            throw new IllegalStateException(own.errors().toString());
        }
        return node;
    }

    private Object wrong(Node node, KeyPath path, String message, String advice) {
        problems.error(path, node.origin(), message, advice);
        return null;
    }

    private static String expected(Class<?> type) {
        if (type.isEnum()) {
            return "one of " + String.join(", ", Words.all(type));
        }
        return switch (type.getSimpleName()) {
            case "int", "Integer", "long", "Long" -> "a whole number";
            case "double", "Double" -> "a number";
            case "boolean" -> "true or false";
            case "Path" -> "a path";
            default -> "a text";
        };
    }
}
