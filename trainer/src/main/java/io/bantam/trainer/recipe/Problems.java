package io.bantam.trainer.recipe;

import io.bantam.trainer.recipe.key.Limits;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Gathers everything that is wrong or doubtful, so that it can be shown together. */
final class Problems {
    private static final Comparator<Problem> BY_PLACE =
            Comparator.comparingInt(Problem::line).thenComparingInt(Problem::column);

    private final String file;
    private final Set<Problem> errors = new LinkedHashSet<>();
    private final Set<Problem> warnings = new LinkedHashSet<>();

    /** @param file the recipe file as messages name it */
    Problems(String file) {
        this.file = file;
    }

    void error(KeyPath path, Origin origin, String message, String advice) {
        errors.add(problem(path, origin, message, advice));
    }

    void error(KeyPath path, Origin origin, Limits.Complaint complaint) {
        error(path, origin, complaint.problem(), complaint.advice());
    }

    void warning(KeyPath path, Origin origin, String message, String advice) {
        warnings.add(problem(path, origin, message, advice));
    }

    boolean any() {
        return !errors.isEmpty();
    }

    /** Errors in the order of the file, those of {@code --set} first. */
    List<Problem> errors() {
        return errors.stream().sorted(BY_PLACE).toList();
    }

    List<Problem> warnings() {
        return warnings.stream().sorted(BY_PLACE).toList();
    }

    private Problem problem(KeyPath path, Origin origin, String message, String advice) {
        return new Problem(file, origin.line(), origin.column(), origin.override(), path.toString(), message, advice);
    }
}
