package io.bantam.runtime.kernel;

/**
 * Some tokens as {@link TileProduct#prepare} left them: what belongs to token t is from byte {@code offset + t *
 * stride} on.
 *
 * <p>Mutable, so that a thread makes one and sets it before each product: nothing is allocated per token.
 */
public final class PreparedTokens {
    final byte[] bytes;
    int offset;
    int stride;
    int count;

    /** Makes a view of an array. */
    public PreparedTokens(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * Chooses tokens.
     *
     * @param offset the first token's first byte
     * @param stride bytes from one token to the next
     * @param count tokens, from 1
     */
    public PreparedTokens set(int offset, int stride, int count) {
        this.offset = offset;
        this.stride = stride;
        this.count = count;
        return this;
    }
}
