package io.bantam.trainer.tokenizer;

import io.bantam.runtime.tokenizer.ByteAlphabet;
import java.util.List;

/**
 * A trained byte-level BPE vocabulary. Ids: the special tokens, then the 256 byte values in order, then one per merge.
 *
 * @param specialTokens whole items with the first ids
 * @param merges pairs of ids, in the order in which encoding applies them; merge {@code i} makes the id
 *     {@code specialTokens + 256 + i}
 */
public record BpeModel(SpecialTokens specialTokens, List<Merge> merges) {

    /** Number of byte values; each has its own id, so that every text can be encoded. */
    public static final int BYTES = 256;

    /**
     * Two neighbours that become one token.
     *
     * @param left id of the first
     * @param right id of the second
     */
    public record Merge(int left, int right) {}

    /** Checks that every merge joins ids that exist before it. */
    public BpeModel {
        merges = List.copyOf(merges);
        int first = specialTokens.tokens().size();
        for (int i = 0; i < merges.size(); i++) {
            Merge merge = merges.get(i);
            if (Math.min(merge.left, merge.right) < first || Math.max(merge.left, merge.right) >= first + BYTES + i) {
                throw new IllegalArgumentException("merge " + i + " joins " + merge.left + " and " + merge.right
                        + ", which are not earlier byte or merge ids");
            }
        }
    }

    /** Returns the number of ids, special tokens included. */
    public int vocabularySize() {
        return specialTokens.tokens().size() + BYTES + merges.size();
    }

    /** Returns the text of every id in the file's alphabet ({@code Ġ} for a space), in order of the ids. */
    String[] tokenTexts() {
        var texts = new String[vocabularySize()];
        int next = 0;
        for (String token : specialTokens.tokens()) {
            texts[next++] = token;
        }
        for (int value = 0; value < BYTES; value++) {
            texts[next++] = String.valueOf(ByteAlphabet.toChar(value));
        }
        for (Merge merge : merges) {
            texts[next++] = texts[merge.left] + texts[merge.right];
        }
        return texts;
    }
}
