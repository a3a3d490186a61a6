package io.bantam.runtime.completion;

import io.bantam.runtime.tokenizer.BytePairTokenizer;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Text before the cursor that a model has to write again before anything else. A word that goes on is cut into other
 * tokens than its beginning alone, and the space before a word belongs to the word's token: a context that ended there
 * would be one that the model never saw.
 *
 * <p>A token is allowed that holds all that is left, with or without more; else the one that the text itself begins
 * with; and white space, if it does not take the space that belongs to the word.
 */
final class HeldText {
    private final BytePairTokenizer tokenizer;
    private byte[] left;
    /** The first token of what is left, or -1 where that cannot be said. */
    private int own;

    HeldText(BytePairTokenizer tokenizer, String text) {
        this.tokenizer = tokenizer;
        left = text.getBytes(StandardCharsets.UTF_8);
        own = ownToken();
    }

    boolean done() {
        return left.length == 0;
    }

    boolean allows(int token) {
        byte[] bytes = tokenizer.bytes(token);
        int common = Math.min(bytes.length, left.length);
        if (common == 0 || !Arrays.equals(bytes, 0, common, left, 0, common)) {
            return false;
        }
        return bytes.length >= left.length || own < 0 || token == own || isSpaceBetween(bytes);
    }

    /** Takes a token; returns the bytes that go beyond the text. */
    byte[] accept(int token) {
        byte[] bytes = tokenizer.bytes(token);
        if (done()) {
            return bytes;
        }
        int common = Math.min(bytes.length, left.length);
        left = Arrays.copyOfRange(left, common, left.length);
        own = ownToken();
        return Arrays.copyOfRange(bytes, common, bytes.length);
    }

    private boolean isSpaceBetween(byte[] bytes) {
        for (byte b : bytes) {
            if (!isSpace(b)) {
                return false;
            }
        }
        return bytes[bytes.length - 1] != ' ' || isSpace(left[bytes.length]);
    }

    private static boolean isSpace(byte b) {
        return b == ' ' || b == '\t' || b == '\n' || b == '\r';
    }

    private int ownToken() {
        if (done()) {
            return -1;
        }
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(left))
                    .toString();
        } catch (CharacterCodingException withinACharacter) {
            return -1;
        }
        boolean spaceComes = tokenizer.addsSpaceBefore() && text.startsWith(" ");
        int[] tokens = tokenizer.encode(spaceComes ? text.substring(1) : text);
        if (tokens.length == 0) {
            return -1;
        }
        byte[] bytes = tokenizer.bytes(tokens[0]);
        boolean begins = bytes.length <= left.length && Arrays.equals(bytes, 0, bytes.length, left, 0, bytes.length);
        return begins ? tokens[0] : -1;
    }
}
