package io.bantam.runtime.tokenizer;

import io.bantam.runtime.format.FormatException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A byte-level BPE tokenizer of GPT-2's kind, read from a Hugging Face {@code tokenizer.json}. Nothing is added, cut or padded:
 * special tokens are those that stand in the text, and decoding writes them out again.
 *
 * <p>Immutable but for a cache; safe for use by several threads.
 */
public final class BytePairTokenizer {
    /** GPT-2's pattern (Radford et al. 2019), with {@code \s} as Unicode's White_Space. */
    private static final Pattern PIECES = Pattern.compile("'s|'t|'re|'ve|'m|'ll|'d"
            + "| ?\\p{L}+| ?\\p{N}+| ?[^\\p{IsWhite_Space}\\p{L}\\p{N}]+"
            + "|\\p{IsWhite_Space}+(?!\\P{IsWhite_Space})|\\p{IsWhite_Space}+");

    private final TokenizerFile file;
    private final BytePairMerger merger;
    private final byte[][] texts;
    private final String[] tokens;
    private final Pattern added;
    private final Set<String> spaceTakers;
    private final ChunkEncoder chunkEncoder;

    private BytePairTokenizer(TokenizerFile file) {
        this.file = file;
        merger = new BytePairMerger(file.byteIds(), file.merges());
        texts = file.texts();
        tokens = new String[texts.length];
        file.ids().forEach((text, id) -> tokens[id] = text);
        Set<String> contents = file.added().keySet();
        added = contents.isEmpty() ? null : ChunkEncoder.longestFirst(contents);
        spaceTakers = new HashSet<>();
        file.added().forEach((content, takesSpace) -> {
            if (takesSpace) {
                spaceTakers.add(content);
            }
        });
        chunkEncoder = new ChunkEncoder(this::encodeWhole, spaceTakers);
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
        return texts.length;
    }

    /** The id of a vocabulary item as the file writes it, such as {@code <EOL>}. */
    public OptionalInt find(String token) {
        Integer id = file.ids().get(token);
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    /** A token as the file writes it: a special token's text, else bytes in the file's alphabet ({@code Ġ} for a space). */
    public Optional<String> token(int id) {
        return Optional.ofNullable(id < 0 || id >= tokens.length ? null : tokens[id]);
    }

    /** Whether an id is an added token, which is found in a text before anything is cut or merged. */
    public boolean isAdded(int id) {
        return id >= 0
                && id < tokens.length
                && tokens[id] != null
                && file.added().containsKey(tokens[id]);
    }

    /** The pairs of tokens that are merged, with a space between, in the order in which they were learnt. */
    public List<String> merges() {
        return file.merges().stream()
                .map(merge -> tokens[merge[0]] + " " + tokens[merge[1]])
                .toList();
    }

    /** Whether an id is an added token that carries no text of the program, such as {@code <s>}. */
    public boolean isControl(int id) {
        return file.control().contains(id);
    }

    /**
     * The bytes that a token is decoded to; empty for an id that no token has.
     *
     * @param id 0 to {@link #vocabularySize} - 1
     * @return must not be changed
     */
    public byte[] bytes(int id) {
        return texts[id];
    }

    /** The token ids of a text. */
    public int[] encode(String text) {
        return text.isEmpty() ? new int[0] : chunkEncoder.encode(text);
    }

    /** The text of token ids; bytes that are no whole character become U+FFFD. Ids without a token are left out. */
    public String decode(int... ids) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int id : ids) {
            bytes.writeBytes(texts[id]);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    /** Encodes without regard to what stands before a token that takes the space before it. */
    private int[] encodeWhole(String text) {
        IntList ids = new IntList(text.length() / 3 + 4);
        int start = 0;
        if (added != null) {
            Matcher matcher = added.matcher(text);
            while (matcher.find()) {
                String token = matcher.group();
                int end = matcher.start();
                if (spaceTakers.contains(token)) {
                    while (end > start && Chunks.isSpace(text.charAt(end - 1))) {
                        end--;
                    }
                }
                encodePlain(text.substring(start, end), ids);
                ids.add(file.ids().get(token));
                start = matcher.end();
            }
        }
        encodePlain(text.substring(start), ids);
        return ids.toArray();
    }

    private void encodePlain(String text, IntList ids) {
        Matcher matcher = PIECES.matcher(text);
        while (matcher.find()) {
            ids.add(merger.merge(matcher.group().getBytes(StandardCharsets.UTF_8)));
        }
    }

    @Override
    public String toString() {
        return "BytePairTokenizer[" + vocabularySize() + " ids]";
    }
}
