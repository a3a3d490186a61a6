package io.bantam.trainer.train;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads TensorBoard event files for tests: checks every length and checksum and refuses fields it does not know. */
final class EventFileReader {
    /** An event: which of version, session status and scalars it has depends on its kind. */
    record Event(double wallTime, long step, String version, long sessionStatus, Map<String, Float> scalars) {}

    private EventFileReader() {}

    static List<Event> read(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        List<Event> events = new ArrayList<>();
        while (bytes.hasRemaining()) {
            byte[] length = new byte[8];
            bytes.get(bytes.position(), length);
            int size = Math.toIntExact(bytes.getLong());
            requireCrc(length, bytes.getInt());
            byte[] data = new byte[size];
            bytes.get(data);
            requireCrc(data, bytes.getInt());
            events.add(event(ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN)));
        }
        return events;
    }

    private static void requireCrc(byte[] data, int masked) {
        int unmasked = Integer.rotateLeft(masked - 0xa282ead8, 15);
        if (unmasked != crc32c(data)) {
            throw new IllegalStateException("checksum");
        }
    }

    /** Castagnoli's polynomial, reflected, a bit at a time. */
    static int crc32c(byte[] data) {
        int crc = -1;
        for (byte value : data) {
            crc ^= value & 0xff;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 1) == 0 ? crc >>> 1 : crc >>> 1 ^ 0x82f63b78;
            }
        }
        return ~crc;
    }

    private static Event event(ByteBuffer in) {
        double wallTime = Double.NaN;
        long step = 0;
        String version = null;
        long status = 0;
        Map<String, Float> scalars = new LinkedHashMap<>();
        while (in.hasRemaining()) {
            switch (in.get()) {
                case 1 << 3 | 1 -> wallTime = in.getDouble();
                case 2 << 3 -> step = varint(in);
                case 3 << 3 | 2 -> version = text(in);
                case 5 << 3 | 2 -> summary(part(in), scalars);
                case 7 << 3 | 2 -> status = sessionLog(part(in));
                default -> throw new IllegalStateException("unknown field of Event");
            }
        }
        return new Event(wallTime, step, version, status, scalars);
    }

    private static void summary(ByteBuffer in, Map<String, Float> scalars) {
        while (in.hasRemaining()) {
            require(in.get() == (1 << 3 | 2), "Summary.value");
            ByteBuffer value = part(in);
            require(value.get() == (1 << 3 | 2), "Value.tag");
            String tag = text(value);
            require(value.get() == (2 << 3 | 5), "Value.simple_value");
            require(scalars.put(tag, value.getFloat()) == null && !value.hasRemaining(), "one value a tag");
        }
    }

    private static long sessionLog(ByteBuffer in) {
        require(in.get() == 1 << 3, "SessionLog.status");
        long status = varint(in);
        require(!in.hasRemaining(), "nothing else in SessionLog");
        return status;
    }

    private static void require(boolean condition, String what) {
        if (!condition) {
            throw new IllegalStateException("expected " + what);
        }
    }

    private static ByteBuffer part(ByteBuffer in) {
        int size = Math.toIntExact(varint(in));
        ByteBuffer part = in.slice(in.position(), size).order(ByteOrder.LITTLE_ENDIAN);
        in.position(in.position() + size);
        return part;
    }

    private static String text(ByteBuffer in) {
        return StandardCharsets.UTF_8.decode(part(in)).toString();
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte next = in.get();
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
    }
}
