package io.bantam.runtime.tokenizer;

import io.bantam.runtime.format.FormatException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A BPE tokenizer, read from a Hugging Face {@code tokenizer.json}: byte-level with the patterns of GPT-2, Qwen2, Llama
 * 3, StarCoder2, DeepSeek-Coder and others, or SentencePiece's with byte tokens (Llama, CodeLlama). Nothing is added,
 * cut or padded: special tokens are those that stand in the text, and decoding writes them out again.
 *
 * <p>Immutable but for caches; safe for use by several threads.
 */
public final class BytePairTokenizer {
    private final TokenizerFile file;
    private final PieceEncoder pieces;
    private final AddedTokens inRawText;
    private final AddedTokens inNormalizedText;
    /** The encoder of texts chunk by chunk; null where text cannot be encoded so. */
    private final ChunkEncoder chunkEncoder;

    private BytePairTokenizer(TokenizerFile file) {
        this.file = file;
        pieces = new PieceEncoder(file);
        Map<String, AddedTokens.Token> raw = new HashMap<>();
        Map<String, AddedTokens.Token> normalized = new HashMap<>();
        file.added().values().forEach(token -> {
            if (token.normalized()) {
                normalized.put(file.normalization().apply(token.content()), token);
            } else {
                raw.put(token.content(), token);
            }
        });
        inRawText = new AddedTokens(raw);
        inNormalizedText = new AddedTokens(normalized);
        List<String> spaceTakers = new ArrayList<>(inRawText.spaceTakers());
        spaceTakers.addAll(inNormalizedText.spaceTakers());
        chunkEncoder = file.cutsAtSpaces() ? new ChunkEncoder(this::encodeWhole, spaceTakers) : null;
    }

    /**
     * Reads a tokenizer.
     *
     * @param json the bytes of a {@code tokenizer.json}
     * @param source where they came from, for messages
     * @throws FormatException if they are damaged, or a tokenizer of another kind
     */
    public static BytePairTokenizer of(byte[] json, Object source) throws FormatException {
        return new BytePairTokenizer(TokenizerFile.parse(json, source));
    }

    /** The number of ids, holes and special tokens included: one more than the largest id. */
    public int vocabularySize() {
        return file.tokens().length;
    }

    /** The id of a vocabulary item as the file writes it, such as {@code <EOL>}. */
    public OptionalInt find(String token) {
        Integer id = file.ids().get(token);
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    /**
     * A token as the file writes it: an added token's text, else bytes in the file's alphabet ({@code Ġ} for a space),
     * or with SentencePiece text with {@code ▁} for a space.
     */
    public Optional<String> token(int id) {
        return Optional.ofNullable(id < 0 || id >= vocabularySize() ? null : file.tokens()[id]);
    }

    /** Whether an id is an added token, which is found in a text before anything is cut or merged. */
    public boolean isAdded(int id) {
        return token(id).filter(file.added()::containsKey).isPresent();
    }

    /** Whether an id is an added token that carries no text of the program, such as {@code <s>}. */
    public boolean isControl(int id) {
        return token(id)
                .map(file.added()::get)
                .filter(AddedTokens.Token::control)
                .isPresent();
    }

    /** The token of characters that cannot be written otherwise, or -1. */
    public int unknownId() {
        return file.unknownId();
    }

    /** The pairs of tokens that are merged, with a space between, in the order in which they were learnt. */
    public List<String> merges() {
        return file.merges().stream()
                .map(merge -> file.tokens()[merge[0]] + " " + file.tokens()[merge[1]])
                .toList();
    }

    /** The tokens that the merges make, in the order in which the merges were learnt. */
    public int[] merged() {
        return file.merges().stream().mapToInt(merge -> merge[2]).toArray();
    }

    /** Whether tokens are made of bytes; otherwise of letters, as SentencePiece has them. */
    public boolean isByteLevel() {
        return file.preTokenization().byteLevel();
    }

    /**
     * The cuts of a text before merging, in their order: regular expressions as the file writes them, {@code
     * digits} for digits one by one, {@code gpt-2} for GPT-2's pattern.
     */
    public List<String> cuts() {
        return file.preTokenization().cuts();
    }

    /** Whether a piece that is a token is that token, however its merges go. */
    public boolean ignoresMerges() {
        return file.ignoreMerges();
    }

    /** Whether a text gets a space before it, as SentencePiece does. */
    public boolean addsSpaceBefore() {
        return file.normalization().apply("a").startsWith("▁")
                || !file.preTokenization().pieces("a", true).equals(List.of("a"));
    }

    /** Whether the model was trained on texts with a special token before them, which {@link #encode} does not add. */
    public boolean beginsTexts() {
        return file.beginsTexts();
    }

    /**
     * The bytes that a token is decoded to; empty for an id that no token has.
     *
     * @param id 0 or more; models with a padded vocabulary can predict some above the tokenizer's
     * @return must not be changed
     */
    public byte[] bytes(int id) {
        return file.texts().bytes(id);
    }

    /** The token ids of a text. */
    public int[] encode(String text) {
        if (text.isEmpty()) {
            return new int[0];
        }
        return chunkEncoder == null ? encodeWhole(text) : chunkEncoder.encode(text);
    }

    /** The text of token ids; bytes that are no whole character become U+FFFD. Ids without a token are left out. */
    public String decode(int... ids) {
        return file.texts().decode(ids);
    }

    /** Encodes without regard to what stands before a token that takes the space before it. */
    private int[] encodeWhole(String text) {
        IntList ids = new IntList(text.length() / 3 + 4);
        inRawText.forEach(
                text,
                stretch -> encodeStretch(text.substring(stretch[0], stretch[1]), stretch[0] == 0, ids),
                token -> ids.add(token.id()));
        return ids.toArray();
    }

    private void encodeStretch(String stretch, boolean first, IntList ids) {
        String text = file.normalization().apply(stretch);
        inNormalizedText.forEach(
                text,
                part -> file.preTokenization()
                        .pieces(text.substring(part[0], part[1]), first && part[0] == 0)
                        .forEach(piece -> pieces.encode(piece, ids)),
                token -> ids.add(token.id()));
    }

    @Override
    public String toString() {
        return "BytePairTokenizer[" + vocabularySize() + " ids]";
    }
}
