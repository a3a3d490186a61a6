package io.bantam.runtime.model;

import java.util.Locale;

/** How a {@link KvCache} keeps keys and values. */
public enum CachePrecision {
    /** As they were computed. */
    FLOAT32,
    /** Rounded to half precision: half the memory. */
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
