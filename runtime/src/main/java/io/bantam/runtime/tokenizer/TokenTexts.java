package io.bantam.runtime.tokenizer;

import io.bantam.runtime.format.FormatException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The way from tokens back to text, the {@code decoder} of a {@code tokenizer.json}: replacements of fixed text in each
 * token, then either {@code ByteLevel}, or {@code ByteFallback} and {@code Fuse}, and then {@code Strip} of what the
 * normalizer had put before the text.
 */
final class TokenTexts {
    private record Replacement(String from, String to) {}

    private static final byte[] NOTHING = {};

    private final byte[][] bytes;
    /** The byte, 0 to 255, that each token spells out; -1 for tokens that spell out none. */
    private final int[] values;

    private String stripped = "";
    private int strippedAtStart;

    private TokenTexts(byte[][] bytes, int[] values) {
        this.bytes = bytes;
        this.values = values;
    }

    /**
     * Reads a decoder.
     *
     * @param tokens the tokens by id; null for holes
     */
    static TokenTexts parse(TokenizerNode decoder, String[] tokens) throws FormatException {
        List<TokenizerNode> steps = decoder.steps("decoders");
        List<Replacement> replacements = new ArrayList<>();
        int at = 0;
        while (at < steps.size() && steps.get(at).type().equals("Replace")) {
            TokenizerNode step = steps.get(at++);
            replacements.add(new Replacement(step.child("pattern").string("String"), step.string("content")));
        }
        boolean byteLevel = is(steps, at, "ByteLevel");
        boolean byteFallback = is(steps, at, "ByteFallback");
        at += byteLevel || byteFallback ? 1 : 0;
        TokenTexts texts = of(tokens, replacements, byteLevel, byteFallback);
        if (!byteLevel && is(steps, at, "Fuse")) {
            at++;
            if (is(steps, at, "Strip") && steps.get(at).number("stop") == 0) {
                texts.stripped = steps.get(at).string("content");
                texts.strippedAtStart = steps.get(at).number("start");
                at++;
            }
        }
        if (at < steps.size()) {
            throw steps.get(at).unknown("type");
        }
        return texts;
    }

    private static boolean is(List<TokenizerNode> steps, int at, String type) throws FormatException {
        return at < steps.size() && steps.get(at).type().equals(type);
    }

    private static TokenTexts of(
            String[] tokens, List<Replacement> replacements, boolean byteLevel, boolean byteFallback) {
        byte[][] bytes = new byte[tokens.length][];
        int[] values = new int[tokens.length];
        for (int id = 0; id < tokens.length; id++) {
            String text = tokens[id] == null ? "" : tokens[id];
            for (Replacement replacement : replacements) {
                text = text.replace(replacement.from, replacement.to);
            }
            values[id] = byteFallback ? byteValue(text) : -1;
            bytes[id] = values[id] >= 0
                    ? new byte[] {(byte) values[id]}
                    : byteLevel ? fromByteAlphabet(text) : text.getBytes(StandardCharsets.UTF_8);
        }
        return new TokenTexts(bytes, values);
    }

    /** The value of {@code <0xE2>}, or -1. */
    private static int byteValue(String token) {
        if (token.length() != 6 || !token.startsWith("<0x") || !token.endsWith(">")) {
            return -1;
        }
        int high = Character.digit(token.charAt(3), 16);
        int low = Character.digit(token.charAt(4), 16);
        return high < 0 || low < 0 ? -1 : 16 * high + low;
    }

    /** A token outside of the alphabet is text as it stands. */
    private static byte[] fromByteAlphabet(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < text.length(); i++) {
            int value = ByteAlphabet.toByte(text.charAt(i));
            if (value < 0) {
                return text.getBytes(StandardCharsets.UTF_8);
            }
            bytes.write(value);
        }
        return bytes.toByteArray();
    }

    /** The bytes of a token inside of a text, none if there is no such token; must not be changed. */
    byte[] bytes(int id) {
        return id < bytes.length ? bytes[id] : NOTHING;
    }

    /** The value of a token that is a byte spelt out, else -1. */
    private int value(int id) {
        return id < values.length ? values[id] : -1;
    }

    String decode(int[] ids) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = 0; i < ids.length; ) {
            if (value(ids[i]) < 0) {
                out.writeBytes(bytes(ids[i++]));
            } else {
                int end = i;
                while (end < ids.length && value(ids[end]) >= 0) {
                    end++;
                }
                out.writeBytes(run(Arrays.copyOfRange(ids, i, end)));
                i = end;
            }
        }
        return strip(out.toString(StandardCharsets.UTF_8));
    }

    /** Bytes spelt out one after the other: their text, or one U+FFFD for each if together they are none. */
    private byte[] run(int[] ids) {
        byte[] run = new byte[ids.length];
        for (int i = 0; i < run.length; i++) {
            run[i] = (byte) values[ids[i]];
        }
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(run));
            return run;
        } catch (CharacterCodingException noText) {
            return "\uFFFD".repeat(run.length).getBytes(StandardCharsets.UTF_8);
        }
    }

    private String strip(String text) {
        int start = 0;
        for (int i = 0; i < strippedAtStart && text.startsWith(stripped, start); i++) {
            start += stripped.length();
        }
        return text.substring(start);
    }
}
