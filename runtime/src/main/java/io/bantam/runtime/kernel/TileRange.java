package io.bantam.runtime.kernel;

import java.lang.foreign.MemorySegment;

/**
 * Some neighbouring tiles of a matrix, and the columns of them that take part in a product: bytes c of all rows of tile
 * i are the 64 bytes from {@code offset + i * stride + 64 * c} on, as {@link io.bantam.runtime.format.Tiles} lays them
 * out.
 *
 * <p>Mutable, so that a thread makes one and sets it before each product: nothing is allocated per token. Codes are in
 * native memory, since compiled loops that have met both native memory and arrays become slow.
 */
public final class TileRange {
    MemorySegment codes = MemorySegment.NULL;
    long offset;
    long stride;
    int count;

    /**
     * Sets the range.
     *
     * @param offset the first byte of the first tile that takes part
     * @param stride bytes from one tile to the next
     * @param count tiles
     */
    TileRange set(MemorySegment codes, long offset, long stride, int count) {
        this.codes = codes;
        this.offset = offset;
        this.stride = stride;
        this.count = count;
        return this;
    }
}
