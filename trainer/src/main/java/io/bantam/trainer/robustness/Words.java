package io.bantam.trainer.robustness;

import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A line of a description.
 *
 * @param text as it stands
 * @param names that the code uses, which are no words here
 */
record Words(String text, Set<String> names) {
    /** What is quoted or in brackets, has a digit or an underscore, or is called; or else a word. */
    private static final Pattern PART = Pattern.compile("\"[^\"]*\"|'[^'\\s][^']*'|`[^`]*`|\\[[^\\]]*\\]|\\([^)]*\\)"
            + "|\\w*[\\d_]\\w*|[A-Za-z]+(?=[(.\\[]\\w)|(?<word>[A-Za-z]+(?:-[A-Za-z]+)*)");

    /** Replaces the words that are plain English. */
    String map(UnaryOperator<String> change) {
        return PART.matcher(text).replaceAll(part -> Matcher.quoteReplacement(replacement(part, change)));
    }

    private String replacement(MatchResult part, UnaryOperator<String> change) {
        String word = part.group("word");
        return word == null || names.contains(word) ? part.group() : change.apply(word);
    }
}
