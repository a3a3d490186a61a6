package io.bantam.trainer.tokenizer;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import io.bantam.runtime.format.FormatException;
import io.bantam.runtime.format.TextForm;
import io.bantam.runtime.tokenizer.BytePairTokenizer;
import io.bantam.runtime.tokenizer.ChunkEncoder;
import io.bantam.trainer.BantamException;
import io.bantam.trainer.Sha256;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * Turns code into token ids and back, by a Hugging Face {@code tokenizer.json}. Nothing is added, cut or padded:
 * special tokens are those that stand in the text, and decoding writes them out again. With the project's own
 * tokenizers {@code decode(encode(text))} is exactly {@code text}, whatever the text is (one exception: a text that
 * begins with {@code <EOL>} or a number placeholder comes back with a space before it), and decoding ids in parts gives
 * the parts of the text.
 *
 * <p>Safe for use by several threads; holds native memory until closed.
 */
public final class CodeTokenizer implements AutoCloseable {

    /** Name of the file in a model's folder. */
    public static final String FILE_NAME = "tokenizer.json";

    private final String source;
    private final byte[] json;
    private final Vocabulary vocabulary;
    private final HuggingFaceTokenizer tokenizer;
    private final ChunkEncoder chunkEncoder;

    private CodeTokenizer(byte[] json, String source) {
        this.source = source;
        this.json = json;
        this.vocabulary = Vocabulary.parse(json, source);
        this.tokenizer = open(json, source);
        this.chunkEncoder =
                vocabulary.cutsAtSpaces() ? new ChunkEncoder(this::encodeWhole, vocabulary.spaceTakers()) : null;
    }

    /**
     * Opens a tokenizer.
     *
     * @param path a {@code tokenizer.json} or a folder with one, or with the {@code vocab.json} and {@code merges.txt}
     *     of older GPT-2 models, or with the {@code tokenizer.model} or {@code sentencepiece.bpe.model} of
     *     SentencePiece, or with the {@code vocab.txt} of BERT
     * @throws BantamException if there is none or it is damaged
     * @throws IOException if it cannot be read
     */
    public static CodeTokenizer open(Path path) throws IOException {
        Json found = json(path);
        return new CodeTokenizer(found.bytes(), found.source());
    }

    /** A tokenizer's file, and where it came from. */
    private record Json(byte[] bytes, String source) {}

    private static Json json(Path path) throws IOException {
        Path file = Files.isDirectory(path) ? path.resolve(FILE_NAME) : path;
        if (Files.isDirectory(path) && !Files.exists(file) && LegacyVocabulary.isIn(path)) {
            return new Json(LegacyVocabulary.toTokenizerJson(path), path.toString());
        }
        if (Files.isDirectory(path) && !Files.exists(file) && SentencePieceVocabulary.isIn(path)) {
            return new Json(SentencePieceVocabulary.toTokenizerJson(path), path.toString());
        }
        if (Files.isDirectory(path) && !Files.exists(file) && WordPieceVocabulary.isIn(path)) {
            return new Json(WordPieceVocabulary.toTokenizerJson(path), path.toString());
        }
        if (!Files.isRegularFile(file)) {
            throw new BantamException(file + ": there is no tokenizer. Give a folder with a " + FILE_NAME
                    + ", or train one with the recipe's teacher.");
        }
        return new Json(Files.readAllBytes(file), file.toString());
    }

    /**
     * The form of text that a model with a tokenizer reads, as far as that tells it, without opening it.
     *
     * @param path as for {@link #open}
     * @throws BantamException if there is no tokenizer or it is damaged
     * @throws IOException if it cannot be read
     */
    public static TextForm formOf(Path path) throws IOException {
        Json found = json(path);
        return formOf(Vocabulary.parse(found.bytes(), found.source()));
    }

    private static TextForm formOf(Vocabulary vocabulary) {
        boolean normal = vocabulary.ids().containsKey(SpecialTokens.BEGIN)
                && vocabulary.ids().containsKey(SpecialTokens.END_OF_LINE);
        return normal ? TextForm.PY150 : TextForm.PLAIN;
    }

    /**
     * Opens a tokenizer from memory, such as the one inside a packed file.
     *
     * @param json the bytes of a {@code tokenizer.json}
     * @param source where they came from, for messages
     * @throws BantamException if they are damaged
     */
    public static CodeTokenizer of(byte[] json, String source) {
        return new CodeTokenizer(json.clone(), source);
    }

    private static HuggingFaceTokenizer open(byte[] json, String source) {
        try {
            return HuggingFaceTokenizer.newInstance(
                    new ByteArrayInputStream(json),
                    Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false"));
        } catch (IOException | RuntimeException e) {
            throw new BantamException(
                    source + ": the tokenizer library refuses this file: " + firstLine(e) + ". Give the tokenizer.json "
                            + "that belongs to the model.",
                    e);
        }
    }

    private static String firstLine(Exception e) {
        return e.getMessage() == null
                ? e.toString()
                : e.getMessage().lines().findFirst().orElse("");
    }

    /** Returns the token ids of a text. */
    public int[] encode(String text) {
        if (text.isEmpty()) {
            return new int[0];
        }
        return chunkEncoder != null ? chunkEncoder.encode(text) : encodeWhole(text);
    }

    private int[] encodeWhole(String text) {
        long[] ids = tokenizer.encode(text).getIds();
        var result = new int[ids.length];
        for (int i = 0; i < ids.length; i++) {
            result[i] = (int) ids[i];
        }
        return result;
    }

    /** Returns the token ids of many texts, in their order, computed on all processors. */
    public List<int[]> encodeAll(List<String> texts) {
        return texts.parallelStream().map(this::encode).toList();
    }

    /**
     * Returns the text of token ids, special tokens included. Ids that end within a character give U+FFFD for it; ids
     * without a token, which models with a padded vocabulary can predict, give nothing.
     */
    public String decode(int... ids) {
        long[] known = IntStream.of(ids).filter(this::hasToken).asLongStream().toArray();
        return known.length == 0 ? "" : tokenizer.decode(known, false);
    }

    private boolean hasToken(int id) {
        return id >= 0 && id < vocabularySize() && vocabulary.tokens()[id] != null;
    }

    /** Returns the texts of many sequences, in their order, computed on all processors. */
    public List<String> decodeAll(List<int[]> sequences) {
        return sequences.parallelStream().map(this::decode).toList();
    }

    /** Returns the number of ids, holes and special tokens included: one more than the largest id. */
    public int vocabularySize() {
        return vocabulary.tokens().length;
    }

    /**
     * Checks that the tokenizer fits a model.
     *
     * @param modelVocabulary rows of the model's embedding
     * @param model the model's name in the message
     * @throws BantamException if the model has fewer rows than the tokenizer has ids. More are fine: embeddings are
     *     often padded to a round number
     */
    public void requireFits(int modelVocabulary, String model) {
        if (modelVocabulary < vocabularySize()) {
            throw new BantamException(source + ": the tokenizer has a vocabulary of " + vocabularySize() + ", but "
                    + model + " has one of " + modelVocabulary
                    + ". Give the tokenizer.json that the model was trained with.");
        }
    }

    /**
     * Checks that a packed file with this tokenizer can be run.
     *
     * @throws BantamException in one line, if the runtime, which reads the file by itself, does not know such a
     *     tokenizer
     */
    public void requirePackable() {
        try {
            BytePairTokenizer.of(json, source);
        } catch (FormatException unknown) {
            throw new BantamException(
                    "a packed file cannot hold this tokenizer. " + unknown.getMessage() + ".", unknown);
        }
    }

    /**
     * Returns the vocabulary item of an id: a special token's text, else bytes in the file's alphabet ({@code Ġ} for a
     * space).
     *
     * @throws IllegalArgumentException for an id outside the vocabulary
     */
    public String token(int id) {
        if (!hasToken(id)) {
            throw new IllegalArgumentException(source + ": there is no token with the id " + id
                    + "; the vocabulary has " + vocabularySize() + " ids");
        }
        return vocabulary.tokens()[id];
    }

    /**
     * The form of text that a model with this tokenizer reads: PY150's normal form if it has {@code <s>} and
     * {@code <EOL>}.
     */
    public TextForm textForm() {
        return formOf(vocabulary);
    }

    /** Returns the id of a vocabulary item, or empty if there is none. */
    public OptionalInt find(String token) {
        Integer id = vocabulary.ids().get(token);
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    /**
     * Returns the id of a vocabulary item that must be there.
     *
     * @throws BantamException if it is not
     */
    public int id(String token) {
        return find(token)
                .orElseThrow(() -> new BantamException(source + ": the vocabulary has no " + token
                        + ". The PY150 protocol needs it as one token; train a tokenizer with the recipe's teacher."));
    }

    /** Returns the id of {@code <s>}. */
    public int beginId() {
        return id(SpecialTokens.BEGIN);
    }

    /** Returns the id of {@code </s>}. */
    public int endId() {
        return id(SpecialTokens.END);
    }

    /** Returns the id of {@code <pad>}. */
    public int padId() {
        return id(SpecialTokens.PAD);
    }

    /** Returns the id of {@code <|UNKNOWN|>}. */
    public int unknownId() {
        return id(SpecialTokens.UNKNOWN);
    }

    /** Returns the id of {@code <EOL>}. */
    public int endOfLineId() {
        return id(SpecialTokens.END_OF_LINE);
    }

    /** Returns the bytes of the {@code tokenizer.json}, for copying beside or into a model. */
    public byte[] json() {
        return json.clone();
    }

    /** Returns the SHA-256 of the {@code tokenizer.json} in hexadecimal. */
    public String sha256() {
        return Sha256.of(json);
    }

    /** Returns whether both are the same file, byte for byte. */
    public boolean sameAs(CodeTokenizer other) {
        return Arrays.equals(json, other.json);
    }

    @Override
    public void close() {
        tokenizer.close();
    }

    @Override
    public String toString() {
        return "CodeTokenizer[" + source + ", " + vocabularySize() + " ids]";
    }
}
