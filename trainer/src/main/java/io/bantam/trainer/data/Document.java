package io.bantam.trainer.data;

import io.bantam.runtime.format.TextForm;
import io.bantam.runtime.python.PythonNormalizer;
import io.bantam.trainer.Sha256;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * One source file, in the form that models read.
 *
 * @param name where it came from, for messages and sample names
 * @param form of the text
 * @param text in PY150's normal form {@code <s> tokens </s>}, tokens separated by one space; else as it stands
 */
public record Document(String name, TextForm form, String text) {
    private static final String LINE_END = " " + PythonNormalizer.END_OF_LINE + " ";

    /** Checks the frame of a text in normal form. */
    public Document {
        if (form == TextForm.PY150
                && (!text.startsWith(PythonNormalizer.START + " ") || !text.endsWith(" " + PythonNormalizer.END))) {
            throw new IllegalArgumentException(name + ": not in normal form");
        }
    }

    /** A file in PY150's normal form. */
    public Document(String name, String text) {
        this(name, TextForm.PY150, text);
    }

    /** Whether there is no token in it. */
    public boolean isEmpty() {
        return isPlain()
                ? text.isBlank()
                : text.length() <= PythonNormalizer.START.length() + 1 + PythonNormalizer.END.length();
    }

    private boolean isPlain() {
        return form == TextForm.PLAIN;
    }

    /** The text without the marks of start and end; empty for an empty document. */
    public String body() {
        if (isPlain()) {
            return text;
        }
        return isEmpty()
                ? ""
                : text.substring(
                        PythonNormalizer.START.length() + 1, text.length() - PythonNormalizer.END.length() - 1);
    }

    /** The number of tokens between start and end; in plain text of {@link PlainWords}. */
    public int tokenCount() {
        if (isEmpty()) {
            return 0;
        }
        return isPlain()
                ? new PlainWords(text).count()
                : (int) text.chars().filter(c -> c == ' ').count() - 1;
    }

    /** How many of the tokens are literals; in plain text, how many begin like numbers. */
    int literalCount() {
        if (!isPlain()) {
            return occurrences("_LIT");
        }
        PlainWords words = new PlainWords(text);
        int count = 0;
        for (int i = 0; i < words.count(); i++) {
            count += Character.isDigit(text.charAt(words.start(i))) ? 1 : 0;
        }
        return count;
    }

    private int occurrences(String part) {
        int count = 0;
        for (int i = text.indexOf(part); i >= 0; i = text.indexOf(part, i + 1)) {
            count++;
        }
        return count;
    }

    /** The lines of the body, tokens joined by single spaces. */
    List<String> lines() {
        if (!isPlain()) {
            return List.of(body().split(LINE_END, -1));
        }
        return Arrays.stream(text.split("\n")).map(Document::spaced).toList();
    }

    private static String spaced(String line) {
        PlainWords words = new PlainWords(line);
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < words.count(); i++) {
            out.append(i == 0 ? "" : " ").append(line, words.start(i), words.end(i));
        }
        return out.toString();
    }

    /** The first whole lines, with at most so many tokens; this document where it has no more. */
    Document shortened(int tokens) {
        return isPlain() ? plainShortened(tokens) : normalShortened(tokens);
    }

    private Document plainShortened(int tokens) {
        PlainWords words = new PlainWords(text);
        if (words.count() <= tokens) {
            return this;
        }
        int line = text.lastIndexOf('\n', words.end(tokens - 1) - 1);
        return new Document(name, form, text.substring(0, line > 0 ? line + 1 : words.end(tokens - 1)));
    }

    private Document normalShortened(int tokens) {
        int end = PythonNormalizer.START.length();
        for (int i = 0; i < tokens && end >= 0; i++) {
            end = text.indexOf(' ', end + 1);
        }
        if (end < 0 || text.indexOf(' ', end + 1) < 0) {
            return this;
        }
        int line = text.lastIndexOf(LINE_END, end);
        return new Document(name, text.substring(0, line > 0 ? line : end) + " " + PythonNormalizer.END);
    }

    /** Two independent 64-bit hashes of the text: the same on every machine, whatever the document is called. */
    Hashes hashes() {
        ByteBuffer buffer = ByteBuffer.wrap(new Sha256().add(text).bytes());
        return new Hashes(buffer.getLong(), buffer.getLong());
    }

    /**
     * Parts of the text's SHA-256.
     *
     * @param split decides the split
     * @param order decides the order in which a limited corpus is filled; independent of the split
     */
    record Hashes(long split, long order) {}
}
