package io.bantam.runtime.completion;

import io.bantam.runtime.format.FormatException;
import io.bantam.runtime.format.PackedFile;
import io.bantam.runtime.format.TextForm;
import io.bantam.runtime.model.CachePrecision;
import io.bantam.runtime.model.PackedDecoder;
import io.bantam.runtime.python.PythonNormalizer;
import io.bantam.runtime.tokenizer.BytePairTokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A code-completion model: source code in, source code out, whatever {@link TextForm} the model itself reads.
 *
 * <pre>{@code
 * try (PackedModel model = PackedModel.load(Path.of("1W8A6L.bantam"))) {
 *     String line = model.complete("import os\n\ndef read(path):\n    with open(");
 * }
 * }</pre>
 *
 * <p>Safe for use by several threads. Needs nothing but the JDK (run it with {@code --add-modules jdk.incubator.vector}
 * for speed).
 */
public final class PackedModel implements AutoCloseable {
    private final PackedDecoder decoder;
    private final BytePairTokenizer tokenizer;
    private final TextForm form;
    private final int lineEnd;
    private final int fileEnd;
    private final int textStart;
    private final ConcurrentLinkedQueue<CompletionSession> idle = new ConcurrentLinkedQueue<>();

    /**
     * Joins a decoder and its tokenizer, which tells the form of text.
     *
     * @param decoder closed with this model
     * @throws IllegalArgumentException if the tokenizer has more tokens than the decoder
     */
    public PackedModel(PackedDecoder decoder, BytePairTokenizer tokenizer) {
        this(decoder, tokenizer, formOf(tokenizer));
    }

    /**
     * Joins a decoder and its tokenizer.
     *
     * @param decoder closed with this model
     * @param form what the model was trained on
     * @throws IllegalArgumentException if the tokenizer has more tokens than the decoder, or lacks {@code <s>} or
     *     {@code <EOL>} and the form needs them
     */
    public PackedModel(PackedDecoder decoder, BytePairTokenizer tokenizer, TextForm form) {
        if (tokenizer.vocabularySize() > decoder.config().vocabularySize()) {
            throw new IllegalArgumentException("the tokenizer has a vocabulary of " + tokenizer.vocabularySize()
                    + ", the model one of " + decoder.config().vocabularySize() + "; they do not belong together");
        }
        this.decoder = decoder;
        this.tokenizer = tokenizer;
        this.form = form;
        int end = decoder.config().endId();
        if (form == TextForm.PLAIN) {
            lineEnd = -1;
            textStart = tokenizer.beginsTexts() ? decoder.config().beginId() : -1;
            fileEnd = end >= 0 ? end : plainEnd(tokenizer);
        } else {
            int given = decoder.config().lineEndId();
            lineEnd = given >= 0 ? given : id(PythonNormalizer.END_OF_LINE);
            textStart = id(PythonNormalizer.START);
            fileEnd = end >= 0 ? end : tokenizer.find(PythonNormalizer.END).orElse(-1);
        }
    }

    private static int plainEnd(BytePairTokenizer tokenizer) {
        return tokenizer.find("<|endoftext|>").orElse(tokenizer.find("</s>").orElse(-1));
    }

    /** The form of text that a model reads as far as its tokenizer tells it. */
    public static TextForm formOf(BytePairTokenizer tokenizer) {
        boolean normal = tokenizer.find(PythonNormalizer.START).isPresent()
                && tokenizer.find(PythonNormalizer.END_OF_LINE).isPresent();
        return normal ? TextForm.PY150 : TextForm.PLAIN;
    }

    private int id(String token) {
        return tokenizer
                .find(token)
                .orElseThrow(() -> new IllegalArgumentException(
                        "the tokenizer has no token " + token + ", which models of code in PY150's normal form need"));
    }

    /**
     * Loads a packed file, to be run by all processors.
     *
     * @throws FormatException if the file is no sound packed model or holds no tokenizer
     * @throws IOException if it cannot be read
     */
    public static PackedModel load(Path path) throws IOException {
        return load(path, Runtime.getRuntime().availableProcessors());
    }

    /**
     * Loads a packed file.
     *
     * @param threads threads that share the work of one completion, from 1
     * @throws FormatException if the file is no sound packed model or holds no tokenizer
     * @throws IOException if it cannot be read
     */
    public static PackedModel load(Path path, int threads) throws IOException {
        return load(path, threads, CachePrecision.FLOAT32);
    }

    /**
     * Loads a packed file, with contexts kept in the precision asked for. Otherwise as {@link #load(Path, int)}.
     *
     * @param cache the precision of a context's keys and values
     */
    public static PackedModel load(Path path, int threads, CachePrecision cache) throws IOException {
        PackedFile file = PackedFile.read(path);
        byte[] json = file.tokenizerJson();
        if (json.length == 0) {
            throw new FormatException(path, "there is no tokenizer in it; export the model again, with its tokenizer");
        }
        BytePairTokenizer tokenizer = BytePairTokenizer.of(json, path + " (tokenizer.json)");
        PackedDecoder decoder = PackedDecoder.of(file, threads, cache);
        try {
            return new PackedModel(decoder, tokenizer, file.textForm().orElseGet(() -> formOf(tokenizer)));
        } catch (IllegalArgumentException unfit) {
            decoder.close();
            throw new FormatException(path, unfit.getMessage(), unfit);
        }
    }

    /** Completes the line that {@code source} ends in, greedily. Returns what is to be inserted at its end. */
    public String complete(String source) {
        return complete(source, CompletionOptions.DEFAULT, piece -> true).text();
    }

    /**
     * Completes source code.
     *
     * @param source the file up to the cursor; where it is too long for the model, its beginning is left out
     * @param listener hears of every piece of the text
     * @throws IllegalArgumentException if more tokens are asked for than the model has positions
     */
    public Completion complete(String source, CompletionOptions options, CompletionListener listener) {
        CompletionSession session = idle.poll();
        if (session == null) {
            session = newSession();
        }
        try {
            return session.complete(source, options, listener);
        } finally {
            idle.offer(session);
        }
    }

    /** A session with a cache of its own. */
    public CompletionSession newSession() {
        return new CompletionSession(this);
    }

    /** The tokens that fit the model: those of the source and of its completion together. */
    public int positions() {
        return decoder.config().positions();
    }

    PackedDecoder decoder() {
        return decoder;
    }

    BytePairTokenizer tokenizer() {
        return tokenizer;
    }

    /** The form of text that the model reads and writes. */
    public TextForm textForm() {
        return form;
    }

    /** The token that ends a line of the normal form. */
    int lineEnd() {
        return lineEnd;
    }

    /** The token that every text begins with, or -1. */
    int textStart() {
        return textStart;
    }

    /** The token that ends a file, or -1. */
    int fileEnd() {
        return fileEnd;
    }

    /** Ends the decoder's threads. */
    @Override
    public void close() {
        decoder.close();
    }
}
