package io.bantam.runtime.serve;

import com.sun.net.httpserver.HttpExchange;
import io.bantam.runtime.format.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** The answer to one HTTP request. */
final class Answer {
    static final String JSON = "application/json";

    private final HttpExchange exchange;
    private int status;

    Answer(HttpExchange exchange) {
        this.exchange = exchange;
    }

    /** The status that was sent; 0 before. */
    int status() {
        return status;
    }

    /** Sends a whole answer. */
    void send(int status, String type, byte[] body) throws IOException {
        start(status, type, body.length == 0 ? -1 : body.length);
        if (body.length > 0) {
            exchange.getResponseBody().write(body);
        }
    }

    void send(int status, String type, String body) throws IOException {
        send(status, type, body.getBytes(StandardCharsets.UTF_8));
    }

    /** Sends an error as OpenAI's clients expect it. */
    void refuse(RefusedException refusal) throws IOException {
        if (refusal.status() == 429 || refusal.status() == 503) {
            exchange.getResponseHeaders().set("Retry-After", "1");
        }
        if (refusal.status() == 401) {
            exchange.getResponseHeaders().set("WWW-Authenticate", "Bearer");
        }
        Map<String, Object> error = new LinkedHashMap<>();
        error.put("message", refusal.getMessage());
        error.put("type", refusal.type());
        error.put("code", refusal.status());
        send(refusal.status(), JSON, Json.write(Map.of("error", error)));
    }

    /** Starts an answer of unknown length, which {@link #write} sends piece by piece. */
    void startPieces(String type) throws IOException {
        start(200, type, 0);
    }

    /** Sends the next piece without delay. */
    void write(String text) throws IOException {
        OutputStream out = exchange.getResponseBody();
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    private void start(int status, String type, long length) throws IOException {
        this.status = status;
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
        exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
        boolean head = exchange.getRequestMethod().equals("HEAD");
        exchange.sendResponseHeaders(status, head ? -1 : length);
    }
}
