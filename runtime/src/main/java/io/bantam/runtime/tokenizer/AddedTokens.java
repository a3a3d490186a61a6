package io.bantam.runtime.tokenizer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A finder of added tokens in a text: from left to right, at each place the longest. */
final class AddedTokens {
    private static final Pattern WORD = Pattern.compile("\\w", Pattern.UNICODE_CHARACTER_CLASS);

    /**
     * An added token.
     *
     * @param content what stands in the text
     * @param takesBefore whether it takes the white space before it
     * @param takesBehind whether it takes the white space behind it
     * @param word whether it counts only where no letter or digit touches it
     * @param normalized whether it is looked for in the normalized text
     * @param control whether it carries no text of the program
     */
    record Token(
            String content,
            int id,
            boolean takesBefore,
            boolean takesBehind,
            boolean word,
            boolean normalized,
            boolean control) {}

    private final Map<String, Token> tokens = new HashMap<>();
    private final Pattern pattern;

    /**
     * Makes a finder.
     *
     * @param found the tokens by what is looked for
     */
    AddedTokens(Map<String, Token> found) {
        tokens.putAll(found);
        tokens.remove("");
        pattern = tokens.isEmpty() ? null : ChunkEncoder.longestFirst(tokens.keySet());
    }

    /**
     * Hands out what stands between added tokens, and the tokens, in order.
     *
     * @param between receives begin and end of non-empty stretches
     */
    void forEach(String text, Consumer<int[]> between, Consumer<Token> token) {
        int start = 0;
        if (pattern != null) {
            Matcher matcher = pattern.matcher(text);
            while (matcher.find()) {
                Token found = tokens.get(matcher.group());
                if (found.word && touchesWord(text, matcher.start(), matcher.end())) {
                    continue;
                }
                int from = Math.max(start, matcher.start());
                while (found.takesBefore && from > start && Chunks.isSpace(text.charAt(from - 1))) {
                    from--;
                }
                int to = matcher.end();
                while (found.takesBehind && to < text.length() && Chunks.isSpace(text.charAt(to))) {
                    to++;
                }
                if (start < from) {
                    between.accept(new int[] {start, from});
                }
                token.accept(found);
                start = to;
            }
        }
        if (start < text.length()) {
            between.accept(new int[] {start, text.length()});
        }
    }

    private static boolean touchesWord(String text, int start, int end) {
        return start > 0 && isWord(text.codePointBefore(start)) || end < text.length() && isWord(text.codePointAt(end));
    }

    private static boolean isWord(int character) {
        return WORD.matcher(Character.toString(character)).matches();
    }

    boolean isEmpty() {
        return tokens.isEmpty();
    }

    /** The contents of tokens that take the white space before them. */
    List<String> spaceTakers() {
        List<String> takers = new ArrayList<>();
        tokens.forEach((content, token) -> {
            if (token.takesBefore) {
                takers.add(content);
            }
        });
        return takers;
    }
}
