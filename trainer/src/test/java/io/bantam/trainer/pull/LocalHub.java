package io.bantam.trainer.pull;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A server on this machine that plays the hub and a second one that plays its storage: files of 1,000 bytes and more
 * are large, and are answered by a redirect to the storage. Faults are asked for in advance and used up one a request.
 */
public final class LocalHub implements AutoCloseable {
    static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
    private static final int LARGE = 1000;

    private final HttpServer hub;
    private final HttpServer storage;
    private final Map<String, byte[]> files = new LinkedHashMap<>();
    private final Map<String, String> hashes = new LinkedHashMap<>();
    private final Deque<Fault> faults = new ArrayDeque<>();

    /**
     * Requests as {@code METHOD path range authorization}, those to the storage with {@code storage:} before the path.
     */
    final List<String> requests = Collections.synchronizedList(new ArrayList<>());

    String model = "owner/tiny";
    String token = "";
    int pageSize = 100;

    /** What goes wrong with one request for a file's content. */
    interface Fault {
        /** Answers in place of the server. */
        void answer(HttpExchange exchange, byte[] content) throws IOException;
    }

    public LocalHub() throws IOException {
        hub = server();
        storage = server();
        hub.createContext("/", exchange -> handle(exchange, this::hub));
        storage.createContext("/", exchange -> handle(exchange, this::storage));
        hub.start();
        storage.start();
    }

    private static HttpServer server() throws IOException {
        return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    }

    /** The address of the hub. */
    public String endpoint() {
        return "http://127.0.0.1:" + hub.getAddress().getPort();
    }

    /** Adds a file. */
    public LocalHub add(String name, byte[] content) {
        files.put(name, content);
        hashes.put(name, content.length >= LARGE ? hash("SHA-256", new byte[0], content) : gitHash(content));
        return this;
    }

    void tellWrongHash(String name) {
        hashes.put(name, "0".repeat(hashes.get(name).length()));
    }

    void failNext(Fault fault) {
        faults.add(fault);
    }

    static Fault status(int code, String... header) {
        return (exchange, content) -> {
            if (header.length > 0) {
                exchange.getResponseHeaders().set(header[0], header[1]);
            }
            exchange.sendResponseHeaders(code, -1);
        };
    }

    /** Promises the whole content, sends a part and hangs up. */
    static Fault cutAfter(int bytes) {
        return (exchange, content) -> {
            exchange.sendResponseHeaders(200, content.length);
            exchange.getResponseBody().write(content, 0, bytes);
            exchange.getResponseBody().flush();
            throw new IOException("cut on purpose");
        };
    }

    /** Sends something else of the same length. */
    static Fault corrupted() {
        return (exchange, content) -> {
            exchange.sendResponseHeaders(200, content.length);
            byte[] other = content.clone();
            other[content.length / 2] ^= 1;
            exchange.getResponseBody().write(other);
        };
    }

    private interface Handler {
        void handle(HttpExchange exchange) throws IOException;
    }

    private void handle(HttpExchange exchange, Handler handler) {
        try (exchange) {
            handler.handle(exchange);
        } catch (IOException e) {
            // The connection ends here, as it does when a network fails.
        }
    }

    private void note(String before, HttpExchange exchange) {
        requests.add("%s %s%s %s %s"
                .formatted(
                        exchange.getRequestMethod(),
                        before,
                        exchange.getRequestURI(),
                        exchange.getRequestHeaders().getFirst("Range"),
                        exchange.getRequestHeaders().getFirst("Authorization")));
    }

    private void hub(HttpExchange exchange) throws IOException {
        note("", exchange);
        String path = exchange.getRequestURI().getPath();
        String bearer = exchange.getRequestHeaders().getFirst("Authorization");
        if (!token.isEmpty() && !("Bearer " + token).equals(bearer)) {
            status(401).answer(exchange, null);
        } else if (path.equals("/api/models/" + model + "/revision/main")) {
            send(exchange, ("{\"id\": \"%s\", \"sha\": \"%s\"}").formatted(model, COMMIT));
        } else if (path.equals("/api/models/" + model + "/tree/" + COMMIT)) {
            list(exchange);
        } else if (path.startsWith("/" + model + "/resolve/" + COMMIT + "/")) {
            String name = path.substring(path.lastIndexOf('/') + 1);
            if (files.get(name).length >= LARGE) {
                exchange.getResponseHeaders()
                        .set(
                                "Location",
                                "http://127.0.0.1:" + storage.getAddress().getPort() + "/" + name);
                exchange.sendResponseHeaders(302, -1);
            } else {
                content(exchange, name);
            }
        } else {
            status(404).answer(exchange, null);
        }
    }

    private void storage(HttpExchange exchange) throws IOException {
        note("storage:", exchange);
        content(exchange, exchange.getRequestURI().getPath().substring(1));
    }

    private void list(HttpExchange exchange) throws IOException {
        String query = exchange.getRequestURI().getQuery();
        int from = query == null ? 0 : Integer.parseInt(query.substring("cursor=".length()));
        List<String> names = new ArrayList<>(files.keySet());
        List<String> entries = new ArrayList<>(List.of(
                "{\"type\": \"directory\", \"oid\": \"%s\", \"size\": 0, \"path\": \"onnx\"}".formatted(COMMIT)));
        for (String name : names.subList(from, Math.min(names.size(), from + pageSize))) {
            int size = files.get(name).length;
            String large = size < LARGE
                    ? ""
                    : ", \"lfs\": {\"oid\": \"%s\", \"size\": %d, \"pointerSize\": 134}"
                            .formatted(hashes.get(name), size);
            String oid = size < LARGE ? hashes.get(name) : COMMIT;
            entries.add("{\"type\": \"file\", \"oid\": \"%s\", \"size\": %d, \"path\": \"%s\"%s}"
                    .formatted(oid, size, name, large));
        }
        if (from + pageSize < names.size()) {
            exchange.getResponseHeaders()
                    .set(
                            "Link",
                            "<%s%s?cursor=%d>; rel=\"next\""
                                    .formatted(
                                            endpoint(), exchange.getRequestURI().getPath(), from + pageSize));
        }
        send(exchange, "[" + String.join(", ", entries) + "]");
    }

    private void content(HttpExchange exchange, String name) throws IOException {
        byte[] content = files.get(name);
        Fault fault = faults.poll();
        if (fault != null) {
            fault.answer(exchange, content);
            return;
        }
        String range = exchange.getRequestHeaders().getFirst("Range");
        int from = range == null ? 0 : Integer.parseInt(range.replaceAll("bytes=(\\d+)-", "$1"));
        if (from > 0) {
            exchange.getResponseHeaders()
                    .set("Content-Range", "bytes %d-%d/%d".formatted(from, content.length - 1, content.length));
        }
        byte[] part = Arrays.copyOfRange(content, from, content.length);
        exchange.sendResponseHeaders(from > 0 ? 206 : 200, part.length == 0 ? -1 : part.length);
        exchange.getResponseBody().write(part);
    }

    private static void send(HttpExchange exchange, String json) throws IOException {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    static String gitHash(byte[] content) {
        return hash("SHA-1", ("blob " + content.length + "\0").getBytes(StandardCharsets.US_ASCII), content);
    }

    private static String hash(String algorithm, byte[] before, byte[] content) {
        try {
            MessageDigest digest = MessageDigest.getInstance(algorithm);
            digest.update(before);
            return HexFormat.of().formatHex(digest.digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new UncheckedIOException(new IOException(e));
        }
    }

    @Override
    public void close() {
        hub.stop(0);
        storage.stop(0);
    }
}
