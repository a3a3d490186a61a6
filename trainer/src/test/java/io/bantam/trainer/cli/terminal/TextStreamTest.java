package io.bantam.trainer.cli.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class TextStreamTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final TextStream stream =
            new TextStream(TextStreamTest::decode, new PrintStream(bytes, true, StandardCharsets.UTF_8));

    /** Tokens are bytes of UTF-8. */
    private static String decode(int[] tokens) {
        byte[] text = new byte[tokens.length];
        for (int i = 0; i < text.length; i++) {
            text[i] = (byte) tokens[i];
        }
        return new String(text, StandardCharsets.UTF_8);
    }

    private String shown() {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void showsTextAsItComes() {
        stream.add('a');
        assertEquals("a", shown());
        stream.add('b');
        assertEquals("ab", shown());
    }

    @Test
    void holdsHalfACharacterBack() {
        stream.add(0xC3);
        assertEquals("", shown());
        stream.add(0xA9);
        assertEquals("é", shown());
    }

    @Test
    void showsWhatNeverBecameACharacterAtTheEnd() {
        stream.add('a');
        stream.add(0xC3);
        stream.end();
        assertEquals("a\uFFFD" + System.lineSeparator(), shown());
    }
}
