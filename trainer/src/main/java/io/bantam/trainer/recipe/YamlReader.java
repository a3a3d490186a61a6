package io.bantam.trainer.recipe;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Turns YAML text into {@link Node}s with their places, and leaves the meaning of words and numbers to {@link Binder}.
 *
 * <p>Refused, since they hide what a recipe says: keys given twice, anchors and aliases, tags, several documents.
 */
final class YamlReader {
    private static final int DEEPEST = 50;

    private final Problems problems;
    private final Origin override;
    private KeyPath overridden = KeyPath.ROOT;
    private Iterator<Event> events;

    /** Reads a file's text. */
    YamlReader(Problems problems) {
        this(problems, null);
    }

    /** Reads the value of a {@code --set}, all of it placed at {@code override}; null for a file. */
    YamlReader(Problems problems, Origin override) {
        this.problems = problems;
        this.override = override;
        if (override != null) {
            overridden = KeyPath.parse(override.override());
        }
    }

    /**
     * Returns the one document in the text, or null after a problem that leaves nothing to go on with.
     *
     * @throws RecipeException when the text is nested so deeply that reading it could overflow the stack
     */
    Node read(String text) {
        try {
            events = new Parse(LoadSettings.builder().build()).parseString(text).iterator();
            return document();
        } catch (MarkedYamlEngineException e) {
            Origin place = e.getProblemMark()
                    .map(mark -> Origin.inFile(mark.getLine() + 1, mark.getColumn() + 1))
                    .orElse(Origin.inFile(1, 1));
            String context = e.getContext() == null ? "" : " " + e.getContext();
            String message = "no valid YAML: " + e.getProblem() + context;
            problems.error(
                    overridden,
                    override == null ? place : override,
                    message.strip().replaceAll("\\s+", " "),
                    "check indentation, quotes and brackets here");
        } catch (YamlEngineException e) {
            String message = "no valid YAML: " + String.valueOf(e.getMessage()).replaceAll("\\s+", " ");
            problems.error(overridden, override == null ? Origin.inFile(1, 1) : override, message, "check the file");
        }
        return null;
    }

    private Node document() {
        Node root = null;
        while (events.hasNext()) {
            Event event = events.next();
            switch (event.getEventId()) {
                case StreamStart, StreamEnd, DocumentEnd, Comment -> {}
                case DocumentStart -> {
                    if (root != null) {
                        problems.error(overridden, origin(event), "a second document begins", "keep one recipe a file");
                        return root;
                    }
                }
                default -> root = node(event, overridden, 0);
            }
        }
        return root == null ? new Node.Scalar("", true, override == null ? Origin.inFile(1, 1) : override) : root;
    }

    private Node node(Event event, KeyPath path, int depth) {
        Origin origin = origin(event);
        if (depth > DEEPEST) {
            problems.error(overridden, origin, "nested deeper than " + DEEPEST + " levels", "a recipe needs 7");
            throw new RecipeException(problems.errors());
        }
        refuseSharing(event, path, origin);
        return switch (event.getEventId()) {
            case Scalar -> {
                ScalarEvent scalar = (ScalarEvent) event;
                yield new Node.Scalar(scalar.getValue(), scalar.isPlain(), origin);
            }
            case SequenceStart -> sequence(origin, path, depth);
            case MappingStart -> mapping(origin, path, depth);
            case Alias -> new Node.Scalar("", true, origin);
            default -> throw new IllegalStateException("unexpected YAML event " + event);
        };
    }

    private Node sequence(Origin origin, KeyPath path, int depth) {
        List<Node> entries = new ArrayList<>();
        for (Event event = events.next(); event.getEventId() != Event.ID.SequenceEnd; event = events.next()) {
            entries.add(node(event, path.child(entries.size()), depth + 1));
        }
        return new Node.Sequence(List.copyOf(entries), origin);
    }

    private Node mapping(Origin origin, KeyPath path, int depth) {
        Map<String, Node.Entry> entries = new LinkedHashMap<>();
        for (Event event = events.next(); event.getEventId() != Event.ID.MappingEnd; event = events.next()) {
            Origin keyOrigin = origin(event);
            Node keyNode = node(event, path, depth + 1);
            String key = keyNode instanceof Node.Scalar scalar ? scalar.text() : null;
            Node value = node(events.next(), key == null ? path : path.child(key), depth + 1);
            if (key == null) {
                problems.error(path, keyOrigin, "a key must be a word", "write key: value");
                continue;
            }
            Node.Entry first = entries.putIfAbsent(key, new Node.Entry(key, keyOrigin, value));
            if (first != null) {
                String where = override == null
                        ? " (first at line " + first.keyOrigin().line() + ")"
                        : "";
                problems.error(path.child(key), keyOrigin, "the key is given twice" + where, "remove one");
            }
        }
        return new Node.Mapping(List.copyOf(entries.values()), origin);
    }

    private void refuseSharing(Event event, KeyPath path, Origin origin) {
        if (event instanceof AliasEvent) {
            problems.error(path, origin, "aliases (*name) are not used in recipes", "write the value out");
        } else if (event instanceof NodeEvent node && node.getAnchor().isPresent()) {
            problems.error(path, origin, "anchors (&name) are not used in recipes", "remove it");
        }
        boolean tagged = event instanceof ScalarEvent scalar && scalar.getTag().isPresent()
                || event instanceof CollectionStartEvent start && start.getTag().isPresent();
        if (tagged) {
            problems.error(path, origin, "tags (!name) are not used in recipes", "remove it");
        }
    }

    private Origin origin(Event event) {
        if (override != null) {
            return override;
        }
        return event.getStartMark()
                .map(mark -> Origin.inFile(mark.getLine() + 1, mark.getColumn() + 1))
                .orElse(Origin.inFile(1, 1));
    }
}
