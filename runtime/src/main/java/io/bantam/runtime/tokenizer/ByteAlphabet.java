package io.bantam.runtime.tokenizer;

import java.util.stream.IntStream;

/**
 * The printable stand-ins that byte-level BPE files use for the 256 byte values (GPT-2's {@code bytes_to_unicode}):
 * {@code !} to {@code ~}, U+00A1 to U+00AC and U+00AE to U+00FF stand for themselves, and the other 68 values, in
 * rising order, are U+0100 and up. So a space is U+0120 {@code Ġ} and a line feed U+010A {@code Ċ}.
 */
public final class ByteAlphabet {

    private static final char[] TO_CHAR = table();

    /** The byte values that U+0100 and the characters after it stand for. */
    private static final int[] OTHERS =
            IntStream.range(0, 256).filter(value -> !standsForItself(value)).toArray();

    private ByteAlphabet() {}

    /** Returns the stand-in of a byte, given as 0 to 255. */
    public static char toChar(int value) {
        return TO_CHAR[value];
    }

    /** Returns the byte, 0 to 255, that a character stands for, or -1 if it stands for none. */
    public static int toByte(char c) {
        if (c < 256 && standsForItself(c)) {
            return c;
        }
        return c >= 256 && c < 256 + OTHERS.length ? OTHERS[c - 256] : -1;
    }

    private static char[] table() {
        var table = new char[256];
        char next = 256;
        for (int value = 0; value < 256; value++) {
            table[value] = standsForItself(value) ? (char) value : next++;
        }
        return table;
    }

    private static boolean standsForItself(int value) {
        return value >= '!' && value <= '~' || value >= 0xA1 && value <= 0xAC || value >= 0xAE;
    }
}
