package io.bantam.runtime.python;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Decodes Python source as PEP 263 says: a UTF-8 byte order mark, else an encoding comment in the first two lines, else
 * UTF-8. Bytes that the encoding does not have are an error.
 */
final class SourceDecoder {

    private static final Pattern COOKIE =
            Pattern.compile("^[ \\t\\f]*#.*?coding[:=][ \\t]*([-\\w.]+)", Pattern.UNIX_LINES);
    private static final Pattern BLANK = Pattern.compile("^[ \\t\\f]*(?:[#\\r\\n]|$)", Pattern.UNIX_LINES);

    /** Python's names of encodings that Java calls something else, after lower-casing and {@code _} to {@code -}. */
    private static final Map<String, String> JAVA_NAMES = Map.ofEntries(
            Map.entry("u8", "utf-8"),
            Map.entry("utf", "utf-8"),
            Map.entry("l1", "iso-8859-1"),
            Map.entry("latin", "iso-8859-1"),
            Map.entry("latin1", "iso-8859-1"),
            Map.entry("8859", "iso-8859-1"),
            Map.entry("646", "us-ascii"),
            Map.entry("latin-2", "iso-8859-2"),
            Map.entry("latin-9", "iso-8859-15"),
            Map.entry("windows-1252", "windows-1252"),
            Map.entry("ujis", "euc-jp"),
            Map.entry("s-jis", "shift_jis"),
            Map.entry("shift-jis", "shift_jis"),
            Map.entry("cp932", "windows-31j"),
            Map.entry("ms932", "windows-31j"),
            Map.entry("cp949", "x-windows-949"),
            Map.entry("uhc", "x-windows-949"),
            Map.entry("johab", "x-johab"),
            Map.entry("big5-hkscs", "big5-hkscs"),
            Map.entry("big5hkscs", "big5-hkscs"),
            Map.entry("mac-roman", "x-macroman"),
            Map.entry("macroman", "x-macroman"),
            Map.entry("mac-cyrillic", "x-maccyrillic"));

    private SourceDecoder() {}

    /**
     * Decodes a whole file.
     *
     * @param source the bytes of the file
     * @return its text without byte order mark, line ends as they were
     * @throws PythonSyntaxException if the encoding is unknown or the bytes are not in it
     */
    static String decode(byte[] source) throws PythonSyntaxException {
        boolean marked =
                source.length >= 3 && source[0] == (byte) 0xEF && source[1] == (byte) 0xBB && source[2] == (byte) 0xBF;
        int start = marked ? 3 : 0;
        int firstEnd = lineEnd(source, start);
        String first = strict(source, start, firstEnd, StandardCharsets.UTF_8);
        String cookie = cookie(first);
        if (cookie == null && BLANK.matcher(first).find()) {
            cookie = cookie(strict(source, firstEnd, lineEnd(source, firstEnd), StandardCharsets.UTF_8));
        }
        Charset charset = cookie == null ? StandardCharsets.UTF_8 : charset(cookie);
        if (marked && cookie != null && !normalName(cookie).equals("utf-8")) {
            throw new PythonSyntaxException("the file has a UTF-8 mark but declares " + cookie);
        }
        return strict(source, start, source.length, charset);
    }

    private static int lineEnd(byte[] source, int start) {
        int end = start;
        while (end < source.length) {
            if (source[end++] == '\n') {
                break;
            }
        }
        return end;
    }

    private static String cookie(String line) {
        Matcher matcher = COOKIE.matcher(line);
        return matcher.lookingAt() ? matcher.group(1) : null;
    }

    /** Python looks at the first 12 characters only, so that "utf-8-unix" (Emacs) is UTF-8. */
    private static String normalName(String name) {
        String head = name.substring(0, Math.min(12, name.length()))
                .toLowerCase(Locale.ROOT)
                .replace('_', '-');
        if (head.equals("utf-8") || head.startsWith("utf-8-")) {
            return "utf-8";
        }
        for (String latin : new String[] {"latin-1", "iso-8859-1", "iso-latin-1"}) {
            if (head.equals(latin) || head.startsWith(latin + "-")) {
                return "iso-8859-1";
            }
        }
        return name;
    }

    private static Charset charset(String cookie) throws PythonSyntaxException {
        String name = normalName(cookie).toLowerCase(Locale.ROOT).replace('_', '-');
        // In Python these cannot decode one line at a time, so a file that declares them never tokenises.
        boolean wide = name.startsWith("utf-16") || name.startsWith("utf-32") || name.startsWith("utf16");
        try {
            if (!wide) {
                return Charset.forName(JAVA_NAMES.getOrDefault(name, name));
            }
        } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
            // Reported below, together with the encodings refused.
        }
        throw new PythonSyntaxException("unknown encoding: " + cookie);
    }

    private static String strict(byte[] source, int start, int end, Charset charset) throws PythonSyntaxException {
        try {
            CharBuffer text = charset.newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(source, start, end - start));
            return text.toString();
        } catch (CharacterCodingException e) {
            throw new PythonSyntaxException("the text is not " + charset + ": " + e.getMessage());
        }
    }
}
