package io.bantam.trainer.tokenizer;

/**
 * The printable stand-ins that byte-level BPE files use for the 256 byte values (GPT-2's {@code bytes_to_unicode}):
 * {@code !} to {@code ~}, U+00A1 to U+00AC and U+00AE to U+00FF stand for themselves, and the other 68 values, in
 * rising order, are U+0100 and up. So a space is U+0120 {@code Ġ} and a line feed U+010A {@code Ċ}.
 */
final class ByteAlphabet {

    private static final char[] TO_CHAR = table();

    private ByteAlphabet() {}

    /** Returns the stand-in of a byte, given as 0 to 255. */
    static char toChar(int value) {
        return TO_CHAR[value];
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
