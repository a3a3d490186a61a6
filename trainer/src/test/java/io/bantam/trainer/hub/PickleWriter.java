package io.bantam.trainer.hub;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Writes pickles of protocol 2 by hand, operation by operation, as Python's documentation of pickletools names them.
 */
final class PickleWriter {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    PickleWriter() {
        raw(0x80, 2);
    }

    PickleWriter raw(int... bytes) {
        for (int value : bytes) {
            out.write(value);
        }
        return this;
    }

    PickleWriter global(String module, String name) {
        return raw('c').line(module).line(name);
    }

    private PickleWriter line(String text) {
        out.writeBytes((text + "\n").getBytes(StandardCharsets.UTF_8));
        return this;
    }

    PickleWriter text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        raw('X').int32(bytes.length);
        out.writeBytes(bytes);
        return this;
    }

    PickleWriter whole(long value) {
        if (value >= 0 && value < 256) {
            return raw('K', (int) value);
        }
        if (value >= Integer.MIN_VALUE && value <= Integer.MAX_VALUE) {
            return raw('J').int32((int) value);
        }
        raw(0x8a, 8);
        for (int shift = 0; shift < 64; shift += 8) {
            raw((int) (value >> shift));
        }
        return this;
    }

    PickleWriter wholes(List<Long> values) {
        raw('(');
        values.forEach(this::whole);
        return raw('t');
    }

    PickleWriter int32(int value) {
        return raw(value, value >> 8, value >> 16, value >> 24);
    }

    /** Calls the class below with the empty tuple: an empty OrderedDict. */
    PickleWriter emptyOrderedDict() {
        return global("collections", "OrderedDict").raw(')', 'R');
    }

    byte[] bytes() {
        raw('.');
        return out.toByteArray();
    }
}
