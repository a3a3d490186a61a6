package io.bantam.runtime.serve;

import java.net.InetSocketAddress;
import java.time.Duration;

/**
 * The settings of a server: where it listens and what it lets clients do.
 *
 * @param address where to listen; port 0 takes a free one
 * @param apiKey what clients must send as {@code Authorization: Bearer KEY}; null for none
 * @param slots completions that run at the same time, from 1
 * @param queue requests that may wait for a slot, from 0; further ones get 429
 * @param patience the longest wait for a slot; then 503
 * @param maximumBodyBytes the longest body of a request; longer ones get 413
 * @param maximumTokens tokens of a completion at most; requests for more get as many
 */
public record ServerOptions(
        InetSocketAddress address,
        String apiKey,
        int slots,
        int queue,
        Duration patience,
        int maximumBodyBytes,
        int maximumTokens) {
    /** Checks the ranges. */
    public ServerOptions {
        if (slots < 1 || queue < 0 || maximumBodyBytes < 1 || maximumTokens < 1 || patience.isNegative()) {
            throw new IllegalArgumentException(
                    "slots, body and tokens must be at least 1, queue and patience at least 0");
        }
        if (apiKey != null && apiKey.isBlank()) {
            throw new IllegalArgumentException("the API key is empty");
        }
    }

    /** Loopback only, no key, 2 slots, 256 waiting for up to 30 s, 1 MiB, 256 tokens. */
    public static ServerOptions loopback(int port) {
        return new ServerOptions(
                new InetSocketAddress("127.0.0.1", port), null, 2, 256, Duration.ofSeconds(30), 1 << 20, 256);
    }
}
