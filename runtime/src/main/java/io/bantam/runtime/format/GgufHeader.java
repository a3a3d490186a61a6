package io.bantam.runtime.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A reader of the part of a GGUF file before its data, front to back; it never reads beyond its end. */
final class GgufHeader {
    /**
     * The most bytes of a header. A vocabulary of a million tokens takes a fifth of this; more would only take memory.
     */
    private static final long MAXIMUM_BYTES = 1 << 27;

    /** The most elements of all lists together: an element takes more memory than it takes bytes of the file. */
    private static final int MAXIMUM_ELEMENTS = 1 << 23;

    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Bytes of the value types 0 to 12; 0 for strings and arrays. */
    private static final int[] BYTES = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

    private static final int STRING = 8;
    private static final int ARRAY = 9;

    private final Path path;
    private final MemorySegment file;
    private final long end;
    private long position;
    private long elements;

    GgufHeader(Path path, MemorySegment file) {
        this.path = path;
        this.file = file;
        this.end = Math.min(file.byteSize(), MAXIMUM_BYTES);
    }

    long position() {
        return position;
    }

    FormatException error(String problem) {
        return new FormatException(path, problem);
    }

    private long take(long bytes, String what) throws FormatException {
        if (bytes < 0 || bytes > end - position) {
            throw error(what + " at byte " + position + " passes the end of the "
                    + (end < file.byteSize() ? "first " + end + " bytes, in which a header must fit" : "file")
                    + "; the file is damaged or truncated");
        }
        long at = position;
        position += bytes;
        return at;
    }

    int int32(String what) throws FormatException {
        return file.get(INT, take(Integer.BYTES, what));
    }

    long int64(String what) throws FormatException {
        return file.get(LONG, take(Long.BYTES, what));
    }

    int count(String what, int maximum) throws FormatException {
        long count = int64("the number of " + what);
        if (count < 0 || count > maximum) {
            throw error("expected up to " + maximum + " " + what + ", found " + Long.toUnsignedString(count));
        }
        return (int) count;
    }

    String string(String what) throws FormatException {
        long length = int64(what);
        long at = take(length, what);
        byte[] bytes = file.asSlice(at, length).toArray(BYTE);
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException malformed) {
            throw error(what + " at byte " + at + " is not UTF-8");
        }
    }

    Object value(String key) throws FormatException {
        int type = int32(key);
        if (type != ARRAY) {
            return scalar(type, key);
        }
        int elementType = int32(key);
        if (elementType == ARRAY) {
            throw error(key + ": lists of lists are not supported");
        }
        long count = int64(key);
        int least = elementType == STRING ? Long.BYTES : bytes(elementType, key);
        if (count < 0 || count > (end - position) / least) {
            throw error(key + ": " + Long.toUnsignedString(count) + " elements pass the end of the file");
        }
        elements += count;
        if (elements > MAXIMUM_ELEMENTS) {
            throw error("the lists have more than " + MAXIMUM_ELEMENTS + " elements");
        }
        List<Object> list = new ArrayList<>((int) count);
        for (long i = 0; i < count; i++) {
            list.add(scalar(elementType, key));
        }
        return Collections.unmodifiableList(list);
    }

    private int bytes(int type, String key) throws FormatException {
        if (type < 0 || type >= BYTES.length || BYTES[type] == 0) {
            throw error(key + ": unknown value type " + Integer.toUnsignedString(type));
        }
        return BYTES[type];
    }

    private Object scalar(int type, String key) throws FormatException {
        if (type == STRING) {
            return string(key);
        }
        long at = take(bytes(type, key), key);
        return switch (type) {
            case 0 -> (long) (file.get(BYTE, at) & 0xff);
            case 1 -> (long) file.get(BYTE, at);
            case 2 -> (long) (file.get(SHORT, at) & 0xffff);
            case 3 -> (long) file.get(SHORT, at);
            case 4 -> Integer.toUnsignedLong(file.get(INT, at));
            case 5 -> (long) file.get(INT, at);
            case 6 -> Float.intBitsToFloat(file.get(INT, at));
            case 7 -> file.get(BYTE, at) != 0;
            case 12 -> Double.longBitsToDouble(file.get(LONG, at));
            default -> {
                long value = file.get(LONG, at);
                if (type == 10 && value < 0) {
                    throw error(key + ": " + Long.toUnsignedString(value) + " is too large");
                }
                yield value;
            }
        };
    }
}
