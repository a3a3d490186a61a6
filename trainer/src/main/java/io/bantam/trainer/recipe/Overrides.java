package io.bantam.trainer.recipe;

import java.util.ArrayList;
import java.util.List;

/** Puts the values of {@code --set path=value} into a recipe's tree, before anything is checked. */
final class Overrides {
    /** The mappings whose keys are names that the user chooses. */
    private static final List<String> NAMED = List.of("stages", "variants");

    private final Problems problems;

    Overrides(Problems problems) {
        this.problems = problems;
    }

    /** Returns the tree with a value replaced; after a problem, the tree as it was. */
    Node apply(Node root, String override) {
        int equals = override.indexOf('=');
        String text = equals < 0 ? override : override.substring(0, equals).strip();
        Origin origin = Origin.ofOverride(text);
        KeyPath path = KeyPath.parse(text);
        if (equals < 0 || path == null) {
            String message = equals < 0 ? "no '=' in it" : "'" + text + "' is no path";
            problems.error(KeyPath.ROOT, origin, message, "write --set stages.recover.training.steps=100");
            return root;
        }
        Node value = new YamlReader(problems, origin).read(override.substring(equals + 1));
        return value == null || unknownName(root, path, origin) ? root : replaced(root, path, 0, value, origin);
    }

    /** A missing key below would be made anew, so a mistyped stage has to be found here. */
    private boolean unknownName(Node root, KeyPath path, Origin origin) {
        if (path.size() < 3 || !NAMED.contains(path.parts().getFirst()) || root.find(path.prefix(2)) != null) {
            return false;
        }
        String kind = path.parts().getFirst().equals("stages") ? "stage" : "variant";
        String name = path.parts().get(1).toString();
        List<String> names = root.find(path.prefix(1)) instanceof Node.Mapping mapping ? mapping.keys() : List.of();
        String advice = Nearest.advice(kind, name, names);
        problems.error(path.prefix(2), origin, "no " + kind + " is called '" + name + "'", advice);
        return true;
    }

    private Node replaced(Node node, KeyPath path, int depth, Node value, Origin origin) {
        if (depth == path.size()) {
            return value;
        }
        return switch (path.parts().get(depth)) {
            case Integer index -> inList(node, index, path, depth, value, origin);
            case Object key -> inMapping(node, (String) key, path, depth, value, origin);
        };
    }

    private Node inList(Node node, int index, KeyPath path, int depth, Node value, Origin origin) {
        int length = node instanceof Node.Sequence list ? list.entries().size() : 0;
        if (!(node instanceof Node.Sequence list) || index >= length) {
            String advice = length == 0 ? "set the whole list" : "write [0] to [" + (length - 1) + "]";
            problems.error(path.prefix(depth + 1), origin, "there is no such entry", advice);
            return node;
        }
        List<Node> entries = new ArrayList<>(list.entries());
        entries.set(index, replaced(entries.get(index), path, depth + 1, value, origin));
        return new Node.Sequence(List.copyOf(entries), list.origin());
    }

    private Node inMapping(Node node, String key, KeyPath path, int depth, Node value, Origin origin) {
        boolean nothing = node == null || node.absent();
        if (!nothing && !(node instanceof Node.Mapping)) {
            String advice = "set " + path.prefix(depth) + " as a whole, such as {" + key + ": ...}";
            problems.error(path.prefix(depth), origin, "it is no mapping, so it has no key '" + key + "'", advice);
            return node;
        }
        Node.Mapping mapping = nothing ? new Node.Mapping(List.of(), origin) : (Node.Mapping) node;
        List<Node.Entry> entries = new ArrayList<>();
        for (Node.Entry entry : mapping.entries()) {
            entries.add(
                    entry.key().equals(key)
                            ? new Node.Entry(key, origin, replaced(entry.value(), path, depth + 1, value, origin))
                            : entry);
        }
        if (!mapping.keys().contains(key)) {
            entries.add(new Node.Entry(key, origin, replaced(null, path, depth + 1, value, origin)));
        }
        return new Node.Mapping(List.copyOf(entries), mapping.origin());
    }
}
