package io.bantam.trainer.recipe;

import io.bantam.trainer.BantamException;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A recipe that cannot be run, with all its problems.
 *
 * <p>It is the user's mistake, so the message alone is what to show: one line a problem, no stack trace.
 */
public final class RecipeException extends BantamException {
    private static final long serialVersionUID = 1L;

    private final transient List<Problem> problems;

    /** @param problems everything that is wrong, at least one, in the order to show */
    public RecipeException(List<Problem> problems) {
        super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
        this.problems = List.copyOf(problems);
    }

    /** Returns everything that is wrong, in the order of the file. */
    public List<Problem> problems() {
        return problems;
    }
}
