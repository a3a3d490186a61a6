package io.bantam.runtime.tokenizer;

import io.bantam.runtime.format.FormatException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The checked content of a {@code tokenizer.json}: BPE, byte-level or with SentencePiece's byte tokens. Truncation and
 * padding are not used.
 *
 * @param ids the id of every token as the file writes it
 * @param tokens the token of every id; null for holes
 * @param texts what the tokens are decoded to
 * @param added added tokens by what they are called in the file
 * @param normalization what is done to text before it is cut
 * @param preTokenization how it is cut
 * @param merges ids of left part, right part and the whole, in the order in which they were learnt
 * @param ignoreMerges whether a piece that is a token is that token, however its merges go
 * @param byteFallback whether characters that are no tokens are spelt in bytes
 * @param unknownId the token of characters that cannot be written otherwise; -1 for none
 * @param fusesUnknown whether several of them in a row become one
 * @param beginsTexts whether the file wants a special token before every text
 */
record TokenizerFile(
        Map<String, Integer> ids,
        String[] tokens,
        TokenTexts texts,
        Map<String, AddedTokens.Token> added,
        Normalization normalization,
        PreTokenization preTokenization,
        List<int[]> merges,
        boolean ignoreMerges,
        boolean byteFallback,
        int unknownId,
        boolean fusesUnknown,
        boolean beginsTexts) {
    /** No model needs more; a larger id is a damaged file, not a reason to take all memory. */
    private static final int LARGEST_ID = 1 << 24;

    static TokenizerFile parse(byte[] json, Object source) throws FormatException {
        TokenizerNode root = TokenizerNode.root(json, source);
        if (!root.has("model")) {
            throw root.error("model", "is missing; this is no Hugging Face tokenizer");
        }
        TokenizerNode model = root.child("model");
        if (model.has("type") && !model.type().equals("BPE")) {
            throw model.unknown("type");
        }
        for (String key : List.of("dropout", "continuing_subword_prefix", "end_of_word_suffix")) {
            // The Hugging Face library writes an empty text for none.
            if (model.has(key) && !"".equals(model.value(key))) {
                throw model.unknown(key);
            }
        }
        Map<String, Integer> ids = new HashMap<>();
        for (Map.Entry<?, ?> entry : model.child("vocab").values().entrySet()) {
            ids.put((String) entry.getKey(), id(entry.getValue(), model));
        }
        List<int[]> merges = merges(model, ids);
        PreTokenization preTokenization =
                PreTokenization.parse(root.has("pre_tokenizer") ? root.child("pre_tokenizer") : null);
        boolean fallback = model.flag("byte_fallback", false);
        String unknown = model.has("unk_token") ? model.string("unk_token") : "";
        if (preTokenization.byteLevel() && unknown.isEmpty()) {
            requireBytes(model, ids);
        }
        Map<String, AddedTokens.Token> added = new LinkedHashMap<>();
        if (root.has("added_tokens")) {
            for (TokenizerNode node : root.children("added_tokens")) {
                AddedTokens.Token token = added(node);
                ids.put(token.content(), token.id());
                added.put(token.content(), token);
            }
        }
        String[] tokens = new String
                [1 + ids.values().stream().mapToInt(Integer::intValue).max().orElse(-1)];
        ids.forEach((text, id) -> tokens[id] = text);
        return new TokenizerFile(
                ids,
                tokens,
                TokenTexts.parse(root.child("decoder"), tokens),
                added,
                Normalization.parse(root.has("normalizer") ? root.child("normalizer") : null),
                preTokenization,
                merges,
                model.flag("ignore_merges", false),
                fallback,
                ids.getOrDefault(unknown, -1),
                model.flag("fuse_unk", false),
                root.has("post_processor") && beginsTexts(root.child("post_processor")));
    }

    private static boolean beginsTexts(TokenizerNode processor) throws FormatException {
        for (TokenizerNode step : processor.steps("processors")) {
            if (step.type().equals("TemplateProcessing")) {
                List<TokenizerNode> parts = step.children("single");
                return !parts.isEmpty() && parts.getFirst().has("SpecialToken");
            }
        }
        return false;
    }

    /** Whether text may be encoded in {@link Chunks}. */
    boolean cutsAtSpaces() {
        return preTokenization.plainGpt2()
                && normalization.isIdentity()
                && added.values().stream()
                        .noneMatch(token -> token.takesBehind()
                                || token.word()
                                || token.content().chars().anyMatch(Character::isWhitespace));
    }

    private static AddedTokens.Token added(TokenizerNode node) throws FormatException {
        String content = node.string("content");
        if (content.isEmpty()) {
            throw node.error("content", "is empty");
        }
        boolean special = node.flag("special", false);
        return new AddedTokens.Token(
                content,
                id(node.value("id"), node),
                node.flag("lstrip", false),
                node.flag("rstrip", false),
                node.flag("single_word", false),
                node.flag("normalized", !special),
                special);
    }

    /** Every byte that occurs in UTF-8 needs a token; some tokenizers lack the others. */
    private static void requireBytes(TokenizerNode model, Map<String, Integer> ids) throws FormatException {
        for (int value = 0; value < 256; value++) {
            boolean occurs = value != 0xC0 && value != 0xC1 && value < 0xF5;
            if (occurs && !ids.containsKey(String.valueOf(ByteAlphabet.toChar(value)))) {
                throw model.error("vocab", "there is no token for the byte " + value);
            }
        }
    }

    private static List<int[]> merges(TokenizerNode model, Map<String, Integer> ids) throws FormatException {
        List<int[]> merges = new ArrayList<>();
        for (Object item : model.list("merges")) {
            String left = null;
            String right = null;
            if (item instanceof String text && text.indexOf(' ') > 0) {
                left = text.substring(0, text.indexOf(' '));
                right = text.substring(text.indexOf(' ') + 1);
            } else if (item instanceof List<?> pair && pair.size() == 2) {
                left = String.valueOf(pair.get(0));
                right = String.valueOf(pair.get(1));
            }
            Integer leftId = ids.get(left);
            Integer rightId = ids.get(right);
            Integer whole = left == null ? null : ids.get(left + right);
            if (leftId == null || rightId == null || whole == null || left.isEmpty() || right.isEmpty()) {
                throw model.error("merges[" + merges.size() + "]", item + " does not join two tokens to a third");
            }
            merges.add(new int[] {leftId, rightId, whole});
        }
        return merges;
    }

    private static int id(Object value, TokenizerNode node) throws FormatException {
        if (value instanceof Long id && id >= 0 && id <= LARGEST_ID) {
            return id.intValue();
        }
        throw node.error("id", "expected a token id of 0 to " + LARGEST_ID + ", found " + value);
    }
}
