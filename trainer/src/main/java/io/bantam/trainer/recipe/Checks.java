package io.bantam.trainer.recipe;

import java.util.List;
import java.util.Optional;

/** What every semantic check works with: the pieces that could be read, their places, and the list of problems. */
final class Checks {
    private final Node root;
    private final Binder binder;
    private final Problems problems;

    Checks(Node root, Binder binder, Problems problems) {
        this.root = root;
        this.binder = binder;
        this.problems = problems;
    }

    /** Returns what was read at a path; empty when it has a problem of its own. */
    <T> Optional<T> at(KeyPath path, Class<T> type) {
        return binder.at(path, type);
    }

    /** Returns the keys given in a mapping, also those whose values have problems. */
    List<String> keysAt(KeyPath path) {
        return root.find(path) instanceof Node.Mapping mapping ? mapping.keys() : List.of();
    }

    /** Returns the length of a list, also of one whose entries have problems. */
    int lengthAt(KeyPath path) {
        return root.find(path) instanceof Node.Sequence list ? list.entries().size() : 0;
    }

    void error(KeyPath path, String message, String advice) {
        problems.error(path, root.originOf(path), message, advice);
    }

    void error(boolean wrong, KeyPath path, String message, String advice) {
        if (wrong) {
            error(path, message, advice);
        }
    }

    void warning(KeyPath path, String message, String advice) {
        problems.warning(path, root.originOf(path), message, advice);
    }
}
