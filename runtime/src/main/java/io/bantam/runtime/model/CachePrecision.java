package io.bantam.runtime.model;

import java.util.Locale;

/** The precision in which a {@link KvCache} keeps keys and values. */
public enum CachePrecision {
    /** Float32, as they are computed: 4 bytes an element. */
    FLOAT32,
    /** Float16, rounded to nearest: half the memory. */
    FLOAT16,
    /**
     * Signed bytes with a scale for each head and position, largest value / 127: a quarter of the memory and 4 bytes.
     */
    INT8;

    /** The name used in options: lower case. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
