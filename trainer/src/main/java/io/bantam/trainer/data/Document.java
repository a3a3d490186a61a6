package io.bantam.trainer.data;

import io.bantam.runtime.python.PythonNormalizer;
import io.bantam.trainer.Sha256;
import java.nio.ByteBuffer;

/**
 * One source file in normal form.
 *
 * @param name where it came from, for messages and sample names
 * @param text {@code <s> tokens </s>}, tokens separated by one space
 */
public record Document(String name, String text) {

    /** Checks the frame of the text. */
    public Document {
        if (!text.startsWith(PythonNormalizer.START + " ") || !text.endsWith(" " + PythonNormalizer.END)) {
            throw new IllegalArgumentException(name + ": not in normal form");
        }
    }

    /** Whether there is no token between start and end. */
    public boolean isEmpty() {
        return text.length() <= PythonNormalizer.START.length() + 1 + PythonNormalizer.END.length();
    }

    /** The tokens between start and end, joined by one space; empty for an empty document. */
    public String body() {
        return isEmpty()
                ? ""
                : text.substring(
                        PythonNormalizer.START.length() + 1, text.length() - PythonNormalizer.END.length() - 1);
    }

    /** The number of tokens between start and end. */
    public int tokenCount() {
        if (isEmpty()) {
            return 0;
        }
        return (int) text.chars().filter(c -> c == ' ').count() - 1;
    }

    /** The first whole lines, with at most so many tokens; this document where it has no more. */
    Document shortened(int tokens) {
        int end = PythonNormalizer.START.length();
        for (int i = 0; i < tokens && end >= 0; i++) {
            end = text.indexOf(' ', end + 1);
        }
        if (end < 0 || text.indexOf(' ', end + 1) < 0) {
            return this;
        }
        int line = text.lastIndexOf(" " + PythonNormalizer.END_OF_LINE + " ", end);
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
