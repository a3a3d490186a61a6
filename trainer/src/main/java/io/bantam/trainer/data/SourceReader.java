package io.bantam.trainer.data;

import io.bantam.runtime.format.TextForm;
import io.bantam.runtime.python.PythonNormalizer;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Makes documents of source files, in the form that a run's models read. A file that cannot be read so becomes an empty
 * document. Used by one thread at a time.
 */
@FunctionalInterface
public interface SourceReader {
    /** Reads a file of some bytes. */
    Document read(String name, byte[] source);

    /** A reader for a form. */
    static SourceReader of(TextForm form) {
        return switch (form) {
            case PY150 -> {
                PythonNormalizer normalizer = new PythonNormalizer();
                yield (name, source) -> new Document(name, normalizer.normalize(source));
            }
            case PLAIN -> (name, source) -> new Document(name, TextForm.PLAIN, plain(source));
        };
    }

    /** UTF-8 without a byte order mark, line ends as {@code \n}; empty for other bytes. */
    private static String plain(byte[] source) {
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(source))
                    .toString();
        } catch (CharacterCodingException binary) {
            return "";
        }
        if (text.indexOf('\0') >= 0) {
            return "";
        }
        String unmarked = text.startsWith("\uFEFF") ? text.substring(1) : text;
        return unmarked.replace("\r\n", "\n").replace('\r', '\n');
    }
}
