package io.bantam.trainer.tokenizer;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The vocabulary items that the PY150 protocol wants whole, in the order of their ids: {@code <s>}, {@code </s>},
 * {@code <pad>}, {@code <|UNKNOWN|>}, {@code <EOL>}, then every literal placeholder.
 *
 * @param tokens contents in order of their ids, each without whitespace, none twice
 */
public record SpecialTokens(List<String> tokens) {

    /** Begin of a document. */
    public static final String BEGIN = "<s>";

    /** End of a document. */
    public static final String END = "</s>";

    /** Filler of unused positions. */
    public static final String PAD = "<pad>";

    /** Unknown item; byte-level encoding never yields it. */
    public static final String UNKNOWN = "<|UNKNOWN|>";

    /** End of a source line. */
    public static final String END_OF_LINE = "<EOL>";

    /** Start of every number placeholder, {@code <NUM_LIT>} and {@code <NUM_LIT:text>}. */
    static final String NUMBER_START = "<NUM_LIT";

    private static final String LITERALS = "/io/bantam/runtime/python/py150_literals.json";

    /** Checks that every item is non-empty, free of whitespace and unique. */
    public SpecialTokens {
        tokens = List.copyOf(tokens);
        var seen = new LinkedHashSet<String>();
        for (String token : tokens) {
            if (token.isEmpty() || token.chars().anyMatch(Character::isWhitespace)) {
                throw new IllegalArgumentException("special token '" + token + "' is empty or contains whitespace");
            }
            if (!seen.add(token)) {
                throw new IllegalArgumentException("special token '" + token + "' is listed twice");
            }
        }
    }

    /** Returns the items of the PY150 protocol: 5 control tokens, 3 bare placeholders and the 230 kept literals. */
    public static SpecialTokens py150() {
        var tokens = new ArrayList<>(List.of(BEGIN, END, PAD, UNKNOWN, END_OF_LINE));
        tokens.addAll(List.of("<STR_LIT>", NUMBER_START + ">", "<CHAR_LIT>"));
        JsonNode literals = readLiterals();
        literals.get("str").forEach(text -> tokens.add("<STR_LIT:" + text.asString() + ">"));
        literals.get("num").forEach(text -> tokens.add(NUMBER_START + ":" + text.asString() + ">"));
        literals.get("char").forEach(text -> tokens.add("<CHAR_LIT:" + text.asString() + ">"));
        return new SpecialTokens(tokens);
    }

    /** Returns the items that text of any kind needs: the 4 control tokens. */
    public static SpecialTokens plain() {
        return new SpecialTokens(List.of(BEGIN, END, PAD, UNKNOWN));
    }

    /** Returns whether the item's {@code lstrip} is set: it takes the space before it, and decoding gives it back. */
    public static boolean takesSpaceBefore(String token) {
        return token.equals(END_OF_LINE) || token.startsWith(NUMBER_START);
    }

    /**
     * Returns whether the item carries no text of the program, so that decoding may leave it out
     * ({@code special: true} in the file). Placeholders and line ends are program text.
     */
    public static boolean isControl(String token) {
        return token.equals(BEGIN) || token.equals(END) || token.equals(PAD) || token.equals(UNKNOWN);
    }

    /** Returns a pattern of all items that prefers the longest, as the tokenizer does. */
    Pattern pattern() {
        return Pattern.compile(tokens.stream()
                .sorted(Comparator.comparingInt(String::length).reversed())
                .map(Pattern::quote)
                .collect(Collectors.joining("|")));
    }

    private static JsonNode readLiterals() {
        try (InputStream in = SpecialTokens.class.getResourceAsStream(LITERALS)) {
            if (in == null) {
                throw new IllegalStateException("the class path lacks " + LITERALS + "; build the project again");
            }
            return JsonMapper.shared().readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + LITERALS, e);
        }
    }
}
