package io.bantam.runtime.completion;

import io.bantam.runtime.tokenizer.BytePairTokenizer;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A cursor in a text of any kind, of a model that reads text as it stands. The last word before the cursor and the
 * white space before it are not given as they are: the model writes them again ({@link HeldText}), with what follows in
 * the same tokens.
 */
final class PlainCursor implements CursorText {
    /** The most white space that is held back; more is no indentation, and what is before is read as it stands. */
    private static final int LONGEST_SPACE = 64;

    private final PackedModel model;
    private final BytePairTokenizer tokenizer;
    private final int maximumLines;
    private final int[] context;
    private final int kept;
    private final HeldText held;
    private final CharsetDecoder decoder = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
    /** The bytes of a character whose end has not come yet. */
    private byte[] unfinished = {};

    private int lines;

    PlainCursor(PackedModel model, String source, int maximumLines) {
        this.model = model;
        this.tokenizer = model.tokenizer();
        this.maximumLines = maximumLines;
        int from = heldFrom(source);
        int[] text = tokenizer.encode(source.substring(0, from));
        // Between files stands the token that ends them, so it begins a file where no other token does.
        int start = model.textStart() >= 0 ? model.textStart() : text.length == 0 ? model.fileEnd() : -1;
        kept = start >= 0 ? 1 : 0;
        context = new int[kept + text.length];
        Arrays.fill(context, start);
        System.arraycopy(text, 0, context, kept, text.length);
        String space = from == 0 && tokenizer.addsSpaceBefore() ? " " : "";
        held = new HeldText(tokenizer, space + source.substring(from));
    }

    /** The position at which the last word begins, or the white space before it. */
    private static int heldFrom(String source) {
        int word = source.length();
        while (word > 0 && isWord(source.charAt(word - 1))) {
            word--;
        }
        int from = word;
        while (from > Math.max(0, word - LONGEST_SPACE) && isSpace(source.charAt(from - 1))) {
            from--;
        }
        return from;
    }

    private static boolean isWord(char c) {
        return c == '_' || Character.isLetterOrDigit(c) || Character.isSurrogate(c);
    }

    private static boolean isSpace(char c) {
        return c == ' ' || c == '\t' || c == '\n' || c == '\r';
    }

    @Override
    public int[] context() {
        return context;
    }

    @Override
    public int kept() {
        return kept;
    }

    @Override
    public boolean allows(int token) {
        if (token >= tokenizer.vocabularySize()) {
            return false;
        }
        if (endsFile(token)) {
            return held.done();
        }
        return tokenizer.bytes(token).length > 0 && (held.done() || held.allows(token));
    }

    /** Models trained on whole repositories have several tokens behind a file. */
    @Override
    public boolean endsFile(int token) {
        return token == model.fileEnd() || tokenizer.isControl(token);
    }

    @Override
    public String add(int token) {
        byte[] bytes = held.accept(token);
        String text = decoded(bytes);
        for (int i = 0; i < text.length(); i++) {
            lines += text.charAt(i) == '\n' ? 1 : 0;
            if (complete()) {
                return text.substring(0, i);
            }
        }
        return text;
    }

    private String decoded(byte[] bytes) {
        byte[] all = Arrays.copyOf(unfinished, unfinished.length + bytes.length);
        System.arraycopy(bytes, 0, all, unfinished.length, bytes.length);
        ByteBuffer in = ByteBuffer.wrap(all);
        CharBuffer out = CharBuffer.allocate(all.length);
        decoder.reset().decode(in, out, false);
        unfinished = Arrays.copyOfRange(all, in.position(), all.length);
        return out.flip().toString();
    }

    @Override
    public boolean complete() {
        return lines == maximumLines;
    }

    @Override
    public String end() {
        String rest = complete() ? "" : new String(unfinished, StandardCharsets.UTF_8);
        unfinished = new byte[0];
        return rest;
    }
}
