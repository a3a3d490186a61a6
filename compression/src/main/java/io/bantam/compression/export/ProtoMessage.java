package io.bantam.compression.export;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A message in protobuf's wire format, with the kinds of fields that ONNX needs: varints, float32, texts, bytes and
 * messages.
 *
 * <p>A message knows its size before it is written, so that large bytes are made only while they are written. It must
 * be complete when it is put into another one.
 */
final class ProtoMessage {
    /** Writes bytes whose number was given before. */
    @FunctionalInterface
    interface Payload {
        void writeTo(OutputStream out) throws IOException;
    }

    private static final int VARINT = 0;
    private static final int DELIMITED = 2;
    private static final int FIXED32 = 5;

    private final List<Payload> parts = new ArrayList<>();
    private long size;

    /** Bytes of the message. */
    long size() {
        return size;
    }

    /** An integer or a member of an enumeration. */
    ProtoMessage number(int field, long value) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        varint(bytes, (long) field << 3 | VARINT);
        varint(bytes, value);
        return add(bytes.size(), bytes::writeTo);
    }

    /** A float32. */
    ProtoMessage real(int field, float value) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        varint(bytes, (long) field << 3 | FIXED32);
        bytes.writeBytes(ByteBuffer.allocate(Float.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putFloat(value)
                .array());
        return add(bytes.size(), bytes::writeTo);
    }

    /** A text, in UTF-8. */
    ProtoMessage text(int field, String value) {
        byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
        return bytes(field, utf8.length, out -> out.write(utf8));
    }

    /** A message within this one. */
    ProtoMessage message(int field, ProtoMessage value) {
        return bytes(field, value.size, value::writeTo);
    }

    /**
     * Bytes.
     *
     * @param count how many
     * @param payload writes them, each time the message is written
     */
    ProtoMessage bytes(int field, long count, Payload payload) {
        ByteArrayOutputStream header = new ByteArrayOutputStream();
        varint(header, (long) field << 3 | DELIMITED);
        varint(header, count);
        return add(header.size(), header::writeTo).add(count, payload);
    }

    private ProtoMessage add(long count, Payload payload) {
        parts.add(payload);
        size = Math.addExact(size, count);
        return this;
    }

    private static void varint(ByteArrayOutputStream bytes, long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            bytes.write((int) (rest & 0x7f | 0x80));
            rest >>>= 7;
        }
        bytes.write((int) rest);
    }

    /** Writes {@link #size} bytes. */
    void writeTo(OutputStream out) throws IOException {
        for (Payload part : parts) {
            part.writeTo(out);
        }
    }
}
