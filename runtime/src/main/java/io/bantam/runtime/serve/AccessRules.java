package io.bantam.runtime.serve;

import com.sun.net.httpserver.Headers;
import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Set;

/**
 * The rules of who may ask: those who have the key, and pages of this server only, not pages of other sites in the same
 * browser.
 */
final class AccessRules {
    private static final Set<String> LOCAL_NAMES = Set.of("localhost", "127.0.0.1", "[::1]");

    private final String apiKey;
    private final boolean loopback;

    AccessRules(ServerOptions options) {
        apiKey = options.apiKey();
        InetAddress address = options.address().getAddress();
        loopback = address != null && address.isLoopbackAddress();
    }

    /** Refuses what a foreign page sends. A name that was made to point to this machine is one of theirs as well. */
    void checkOrigin(Headers headers) throws RefusedException {
        String host = headers.getFirst("Host");
        String origin = headers.getFirst("Origin");
        if (origin != null && !origin.equals("http://" + host) && !origin.equals("https://" + host)) {
            throw new RefusedException(403, "requests from pages of other sites are refused");
        }
        if (loopback && host != null && !LOCAL_NAMES.contains(name(host))) {
            throw new RefusedException(403, "the host must be localhost or 127.0.0.1");
        }
    }

    private static String name(String host) {
        try {
            String name = URI.create("http://" + host).getHost();
            return name == null ? "" : name;
        } catch (IllegalArgumentException malformed) {
            return "";
        }
    }

    void checkKey(Headers headers) throws RefusedException {
        if (apiKey == null) {
            return;
        }
        String given = headers.getFirst("Authorization");
        byte[] expected = ("Bearer " + apiKey).getBytes(StandardCharsets.UTF_8);
        // Takes as long for a wrong key as for the right one.
        if (given == null || !MessageDigest.isEqual(expected, given.getBytes(StandardCharsets.UTF_8))) {
            throw new RefusedException(401, "the API key is missing or wrong: send it as 'Authorization: Bearer KEY'");
        }
    }
}
