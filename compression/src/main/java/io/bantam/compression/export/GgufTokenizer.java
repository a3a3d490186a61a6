package io.bantam.compression.export;

import io.bantam.runtime.tokenizer.BytePairTokenizer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A tokenizer as llama.cpp knows it: {@code gpt2} for byte-level BPE, with the name of the way that text is cut, or
 * {@code llama} for SentencePiece's, where scores decide which merge comes first.
 */
final class GgufTokenizer {
    private static final int NORMAL = 1;
    private static final int UNKNOWN = 2;
    private static final int CONTROL = 3;
    private static final int USER_DEFINED = 4;
    private static final int UNUSED = 5;
    private static final int BYTE = 6;

    private static final String LLAMA3 = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}"
            + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final String LETTERS = "\\s?\\p{L}+";
    private static final String PUNCTUATION = "\\s?\\p{P}+";
    private static final String EAST_ASIAN = "[一-龥ࠀ-一가-퟿]+";

    /** What llama.cpp calls the cuts of a {@code tokenizer.json}. */
    private static final Map<List<String>, String> NAMES = Map.of(
            List.of("gpt-2"), "gpt-2",
            List.of("digits", "gpt-2"), "starcoder",
            List.of(LLAMA3), "llama-bpe",
            List.of(LLAMA3.replace("{1,3}", "")), "qwen2",
            List.of("[\r\n]", LETTERS, PUNCTUATION, EAST_ASIAN, "digits"), "deepseek-coder");

    private final BytePairTokenizer tokenizer;
    private final String cuts;

    /**
     * @throws IllegalArgumentException in one line, if llama.cpp cannot cut text as this tokenizer does
     */
    GgufTokenizer(BytePairTokenizer tokenizer) {
        this.tokenizer = tokenizer;
        if (tokenizer.isByteLevel()) {
            cuts = NAMES.get(tokenizer.cuts());
            if (cuts == null || tokenizer.ignoresMerges() != cuts.equals("llama-bpe")) {
                throw new IllegalArgumentException(
                        "llama.cpp knows no tokenizer that cuts text as this one does (" + tokenizer.cuts()
                                + "); GGUF files can be written with those of GPT-2, StarCoder2, Llama, Llama 3,"
                                + " Qwen2 and DeepSeek-Coder");
            }
        } else {
            cuts = "default";
        }
    }

    /** {@code tokenizer.ggml.model}. */
    String model() {
        return tokenizer.isByteLevel() ? "gpt2" : "llama";
    }

    /** {@code tokenizer.ggml.pre}. */
    String pre() {
        return cuts;
    }

    /** The text of a token. Every one needs a text of its own, also those that pad the embedding to a round number. */
    String text(int id) {
        return tokenizer.token(id).orElse("[UNUSED" + id + "]");
    }

    /** {@code tokenizer.ggml.token_type}. */
    int type(int id) {
        if (tokenizer.token(id).isEmpty()) {
            return UNUSED;
        }
        if (id == tokenizer.unknownId()) {
            return UNKNOWN;
        }
        if (tokenizer.isAdded(id)) {
            return tokenizer.isControl(id) ? CONTROL : USER_DEFINED;
        }
        boolean spelt =
                !tokenizer.isByteLevel() && tokenizer.token(id).orElseThrow().matches("<0x[0-9A-F]{2}>");
        return spelt ? BYTE : NORMAL;
    }

    /** {@code tokenizer.ggml.scores}: a token that is merged earlier has a higher one. */
    float[] scores(int size) {
        float[] scores = new float[size];
        int[] merged = tokenizer.merged();
        // No merge makes them; they count for less than all that merges make.
        Arrays.fill(scores, -merged.length - 1f);
        for (int rank = merged.length - 1; rank >= 0; rank--) {
            scores[merged[rank]] = -rank;
        }
        for (int id = 0; id < size; id++) {
            if (type(id) != NORMAL) {
                scores[id] = 0;
            }
        }
        return scores;
    }
}
