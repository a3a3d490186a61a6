package io.bantam.runtime.model;

import io.bantam.runtime.format.DType;

/**
 * The keys or the values of one layer, as a run of elements. What attention reads is in float32: the elements
 * themselves, or a copy in scratch memory. Vectors, the features of a head at a position, are numbered head by head.
 */
abstract sealed class KvStorage {
    private static final float LARGEST_BYTE = 127;

    /** Makes room for elements, all 0, of some vectors. */
    static KvStorage of(CachePrecision precision, int elements, int vectors) {
        return switch (precision) {
            case FLOAT32 -> new Floats(elements);
            case FLOAT16 -> new Halves(elements);
            case INT8 -> new Bytes(elements, vectors);
        };
    }

    /**
     * Stores a vector.
     *
     * @param to where its first feature goes
     * @param step elements from one feature to the next
     */
    abstract void put(int vector, int to, int step, float[] from, int offset, int features);

    /**
     * Elements of neighbouring vectors in float32; where they begin, {@link #start} says.
     *
     * @param vector the first one
     * @param from the first element
     * @param features elements of a vector
     * @param interleaved whether the features of all vectors lie side by side, or else those of a vector
     */
    abstract float[] read(int vector, int from, int vectors, int features, boolean interleaved, float[] scratch);

    /** The index of the element {@code from} in the array that {@link #read} gave. */
    int start(int from) {
        return 0;
    }

    /** Takes over a run of elements and of vectors from a storage of the same precision. */
    abstract void copy(KvStorage other, int vector, int from, int toVector, int to, int vectors, int elements);

    /** Bytes held. */
    abstract long bytes();

    private static final class Floats extends KvStorage {
        private final float[] elements;

        Floats(int elements) {
            this.elements = new float[elements];
        }

        @Override
        void put(int vector, int to, int step, float[] from, int offset, int features) {
            if (step == 1) {
                System.arraycopy(from, offset, elements, to, features);
                return;
            }
            for (int i = 0; i < features; i++) {
                elements[to + i * step] = from[offset + i];
            }
        }

        @Override
        float[] read(int vector, int from, int vectors, int features, boolean interleaved, float[] scratch) {
            return elements;
        }

        @Override
        int start(int from) {
            return from;
        }

        @Override
        void copy(KvStorage other, int vector, int from, int toVector, int to, int vectors, int count) {
            System.arraycopy(((Floats) other).elements, from, elements, to, count);
        }

        @Override
        long bytes() {
            return (long) Float.BYTES * elements.length;
        }
    }

    private static final class Halves extends KvStorage {
        private final short[] elements;

        Halves(int elements) {
            this.elements = new short[elements];
        }

        @Override
        void put(int vector, int to, int step, float[] from, int offset, int features) {
            for (int i = 0; i < features; i++) {
                // Beyond the largest half, infinity would make attention NaN.
                elements[to + i * step] = DType.toFiniteFloat16(from[offset + i]);
            }
        }

        @Override
        float[] read(int vector, int from, int vectors, int features, boolean interleaved, float[] scratch) {
            int count = vectors * features;
            // The compiler turns this loop into vector instructions.
            for (int i = 0; i < count; i++) {
                scratch[i] = Float.float16ToFloat(elements[from + i]);
            }
            return scratch;
        }

        @Override
        void copy(KvStorage other, int vector, int from, int toVector, int to, int vectors, int count) {
            System.arraycopy(((Halves) other).elements, from, elements, to, count);
        }

        @Override
        long bytes() {
            return (long) Short.BYTES * elements.length;
        }
    }

    private static final class Bytes extends KvStorage {
        private final byte[] elements;
        private final float[] scales;

        Bytes(int elements, int vectors) {
            this.elements = new byte[elements];
            this.scales = new float[vectors];
        }

        @Override
        void put(int vector, int to, int step, float[] from, int offset, int features) {
            float largest = 0;
            for (int i = 0; i < features; i++) {
                largest = Math.max(largest, Math.abs(from[offset + i]));
            }
            scales[vector] = largest / LARGEST_BYTE;
            float inverse = largest == 0 ? 0 : LARGEST_BYTE / largest;
            for (int i = 0; i < features; i++) {
                elements[to + i * step] = (byte) Math.rint(from[offset + i] * inverse);
            }
        }

        @Override
        float[] read(int vector, int from, int vectors, int features, boolean interleaved, float[] scratch) {
            if (interleaved) {
                for (int i = 0; i < vectors * features; i += vectors) {
                    for (int j = 0; j < vectors; j++) {
                        scratch[i + j] = scales[vector + j] * elements[from + i + j];
                    }
                }
                return scratch;
            }
            for (int j = 0; j < vectors; j++) {
                float scale = scales[vector + j];
                for (int i = j * features; i < (j + 1) * features; i++) {
                    scratch[i] = scale * elements[from + i];
                }
            }
            return scratch;
        }

        @Override
        void copy(KvStorage other, int vector, int from, int toVector, int to, int vectors, int count) {
            System.arraycopy(((Bytes) other).elements, from, elements, to, count);
            System.arraycopy(((Bytes) other).scales, vector, scales, toVector, vectors);
        }

        @Override
        long bytes() {
            return elements.length + (long) Float.BYTES * scales.length;
        }
    }
}
