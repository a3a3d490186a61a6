package io.bantam.runtime.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Codes in native memory, where all codes are: compiled loops that have met both native memory and arrays become slow.
 */
final class NativeCodes {
    /** Bytes of a line of the processor's cache, to which codes are aligned. */
    static final int CACHE_LINE = 64;

    private NativeCodes() {}

    /** New memory, given back when it is no longer reachable. */
    static MemorySegment allocate(long bytes) {
        return Arena.ofAuto().allocate(bytes, CACHE_LINE);
    }

    /** The codes themselves if they are in native memory, else a copy. */
    static MemorySegment of(MemorySegment codes) {
        return codes.isNative() ? codes : allocate(codes.byteSize()).copyFrom(codes);
    }

    /** Takes what was copied from a mapped file out of memory again. */
    static void release(MemorySegment stored) {
        if (stored.isMapped()) {
            stored.unload();
        }
    }
}
