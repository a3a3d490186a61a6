package io.bantam.trainer.hub;

/**
 * A run of values in a PyTorch file.
 *
 * @param type element type
 * @param key its name inside the file
 * @param elements number of values
 */
record TorchStorage(Type type, String key, long elements) {

    /** Element types by PyTorch's class names, little-endian on disk. */
    enum Type {
        /** IEEE 754 single precision. */
        FloatStorage(4),
        /** IEEE 754 half precision. */
        HalfStorage(2),
        /** Upper half of a single. */
        BFloat16Storage(2),
        /** IEEE 754 double precision, rounded to float. */
        DoubleStorage(8),
        /** 64-bit integers; buffers only. */
        LongStorage(8),
        /** 32-bit integers; buffers only. */
        IntStorage(4),
        /** 16-bit integers; buffers only. */
        ShortStorage(2),
        /** Signed bytes; buffers only. */
        CharStorage(1),
        /** Unsigned bytes; buffers only, such as older attention masks. */
        ByteStorage(1),
        /** One byte a value; buffers only, such as newer attention masks. */
        BoolStorage(1);

        private final int bytes;

        Type(int bytes) {
            this.bytes = bytes;
        }

        /** Bytes of one value. */
        int bytes() {
            return bytes;
        }

        boolean isFloat() {
            return this == FloatStorage || this == HalfStorage || this == BFloat16Storage || this == DoubleStorage;
        }
    }

    /** Checks the size. */
    TorchStorage {
        if (elements < 0) {
            throw new IllegalArgumentException("a storage cannot have " + elements + " values");
        }
    }

    long byteSize() {
        return Math.multiplyExact(elements, (long) type.bytes());
    }
}
