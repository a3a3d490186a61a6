package io.bantam.runtime.completion;

import io.bantam.runtime.tokenizer.BytePairTokenizer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The check that holds the first tokens to what the cursor asks for: a space, since a new word begins, and then the
 * word that the cursor touches, which may go on. The tokens of that word are not given to the model as they are: in the
 * text that it learnt from, a word that goes on is cut into other tokens than its beginning alone.
 */
final class WordStart {
    private final BytePairTokenizer tokenizer;
    private byte[] left;

    WordStart(BytePairTokenizer tokenizer, String unfinished) {
        this.tokenizer = tokenizer;
        left = (" " + unfinished).getBytes(StandardCharsets.UTF_8);
    }

    /** Whether a whole word may begin here, so that the file may as well end. */
    boolean atWordEnd() {
        return left.length == 1 && left[0] == ' ';
    }

    boolean done() {
        return left.length == 0;
    }

    /** Whether a token agrees with what is left: one of the two begins with the other. */
    boolean allows(int token) {
        byte[] bytes = tokenizer.bytes(token);
        int common = Math.min(bytes.length, left.length);
        return common > 0 && Arrays.equals(bytes, 0, common, left, 0, common);
    }

    void accept(int token) {
        int length = tokenizer.bytes(token).length;
        left = length >= left.length ? new byte[0] : Arrays.copyOfRange(left, length, left.length);
    }
}
