package io.bantam.trainer.robustness;

import java.util.Set;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The natural language of a prompt: the lines of its last docstring that are neither examples nor tests.
 *
 * @param prompt the whole
 * @param start of the docstring's content
 * @param end of it
 */
record Description(String prompt, int start, int end) {
    private static final Pattern DOCSTRING = Pattern.compile("\"\"\"(.*?)\"\"\"|'''(.*?)'''", Pattern.DOTALL);
    private static final Pattern NAME = Pattern.compile("[A-Za-z_]\\w*");
    private static final Pattern EXAMPLE = Pattern.compile("^\\s*(>>>|assert\\b|\\W*$).*|.*(==|=>|->|\u279e|\u2192).*");

    static Description in(String prompt) {
        Matcher matcher = DOCSTRING.matcher(prompt);
        Description found = new Description(prompt, 0, 0);
        while (matcher.find()) {
            int group = matcher.group(1) != null ? 1 : 2;
            found = new Description(prompt, matcher.start(group), matcher.end(group));
        }
        return found;
    }

    /** Replaces the description line by line. */
    String map(Function<Words, String> change) {
        Set<String> names = NAME.matcher(prompt.substring(0, start) + " " + prompt.substring(end))
                .results()
                .map(MatchResult::group)
                .collect(Collectors.toSet());
        StringBuilder result = new StringBuilder(prompt.substring(0, start));
        boolean example = false;
        String[] lines = prompt.substring(start, end).split("\n", -1);
        for (int i = 0; i < lines.length; i++) {
            String line = lines[i];
            // What a call gives stands below it, up to an empty line or the next sentence.
            example = line.strip().startsWith(">>>") || example && !line.isBlank();
            boolean kept = example || EXAMPLE.matcher(line).matches();
            result.append(i == 0 ? "" : "\n").append(kept ? line : change.apply(new Words(line, names)));
        }
        return result.append(prompt.substring(end)).toString();
    }
}
