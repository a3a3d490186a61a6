package io.bantam.runtime.tokenizer;

import io.bantam.runtime.format.FormatException;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The changes of a text before it is cut: Unicode normal forms, replacements, and a prefix such as SentencePiece's
 * {@code ▁}. Each stretch between added tokens is normalized by itself.
 */
final class Normalization {
    private final List<UnaryOperator<String>> steps = new ArrayList<>();

    private Normalization() {}

    /**
     * Reads a normalization.
     *
     * @param normalizer of the file; null for none
     */
    static Normalization parse(TokenizerNode normalizer) throws FormatException {
        Normalization normalization = new Normalization();
        if (normalizer != null) {
            for (TokenizerNode step : normalizer.steps("normalizers")) {
                normalization.steps.add(step(step));
            }
        }
        return normalization;
    }

    private static UnaryOperator<String> step(TokenizerNode node) throws FormatException {
        return switch (node.type()) {
            case "NFC", "NFD", "NFKC", "NFKD" -> {
                Normalizer.Form form = Normalizer.Form.valueOf(node.type());
                yield text -> Normalizer.normalize(text, form);
            }
            case "Prepend" -> {
                String prefix = node.string("prepend");
                yield text -> text.isEmpty() ? text : prefix + text;
            }
            case "Replace" -> {
                Pattern pattern = pattern(node);
                String content = Matcher.quoteReplacement(node.string("content"));
                yield text -> pattern.matcher(text).replaceAll(content);
            }
            default -> throw node.unknown("type");
        };
    }

    /** The pattern of a replacement or a cut: fixed text, or a regular expression. */
    static Pattern pattern(TokenizerNode node) throws FormatException {
        TokenizerNode pattern = node.child("pattern");
        if (pattern.has("String")) {
            return Pattern.compile(Pattern.quote(pattern.string("String")));
        }
        try {
            return OnigurumaPattern.compile(pattern.string("Regex"));
        } catch (IllegalArgumentException wrong) {
            throw pattern.error("Regex", wrong.getMessage());
        }
    }

    boolean isIdentity() {
        return steps.isEmpty();
    }

    String apply(String text) {
        String result = text;
        for (UnaryOperator<String> step : steps) {
            result = step.apply(result);
        }
        return result;
    }
}
