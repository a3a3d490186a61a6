package io.bantam.trainer.functional;

import io.bantam.runtime.completion.CompletionOptions;
import io.bantam.runtime.completion.CompletionSession;
import io.bantam.runtime.completion.Sampling;
import java.util.List;
import java.util.function.Predicate;

/**
 * A model of PY150's normal form. It sees neither comments nor the text of strings, which hold the whole description of
 * a task, so its pass@k says more about the normal form than about the model.
 */
public final class NormalFormWriter implements CodeWriter {
    private final CompletionSession session;
    private final int positions;

    /**
     * @param session of the model; used by this writer alone
     * @param positions of the model
     */
    public NormalFormWriter(CompletionSession session, int positions) {
        this.session = session;
        this.positions = positions;
    }

    @Override
    public String write(String prompt, int maximumTokens, Sampling sampling, Predicate<String> finished) {
        String indentation = indentation(prompt);
        StringBuilder text = new StringBuilder(indentation);
        int limit = Math.min(maximumTokens, positions - 1);
        CompletionOptions options = new CompletionOptions(limit, Integer.MAX_VALUE, sampling, List.of());
        String written = session.complete(prompt + indentation, options, piece -> {
                    text.append(piece);
                    return !finished.test(text.toString());
                })
                .text();
        return indentation + written;
    }

    /** Where a line is to begin: as deep as the last one that is there, since the model does not see indentation. */
    static String indentation(String prompt) {
        if (!prompt.endsWith("\n")) {
            return "";
        }
        String last = prompt.stripTrailing();
        String line = last.substring(last.lastIndexOf('\n') + 1);
        return line.substring(0, line.length() - line.stripLeading().length());
    }
}
