package io.bantam.runtime.serve;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.bantam.runtime.completion.Completion;
import io.bantam.runtime.completion.PackedModel;
import io.bantam.runtime.format.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * An HTTP server of one model, which runs until it is closed. A request that is malformed, too long or one too many
 * gets a JSON error with one line that says why; a client that hangs up frees its slot at the next token.
 *
 * <p>An answer in one piece begins with spaces, one a token, which JSON allows: writing them tells whether the client
 * is still there.
 *
 * <p>The JDK's server gives slow requests all the time they want unless the system property {@code
 * sun.net.httpserver.maxReqTime} (seconds) is set before the first server is made.
 */
public final class CompletionServer implements AutoCloseable {
    /** The most that is read of a body that is too long, in bodies of the longest that is allowed. */
    private static final int DRAINED_BODIES = 16;

    private static final int BACKLOG = 1024;

    private static final Map<String, String> METHODS = Map.of(
            "/",
            "GET",
            "/health",
            "GET",
            "/metrics",
            "GET",
            "/v1/models",
            "GET",
            "/v1/completions",
            "POST",
            "/infill",
            "POST");

    private static final byte[] PAGE = resource("index.html");

    /** Takes the fault of a request, for a log. */
    @FunctionalInterface
    public interface FaultListener {
        /** Called from several threads. */
        void accept(Throwable fault);
    }

    private final String modelName;
    private final ServerOptions options;
    private final FaultListener faults;
    private final HttpServer http;
    private final ExecutorService threads;
    private final Slots slots;
    private final AccessRules access;
    private final Metrics metrics = new Metrics();
    private final long created = Instant.now().getEpochSecond();

    private CompletionServer(PackedModel model, String modelName, ServerOptions options, FaultListener faults)
            throws IOException {
        this.modelName = modelName;
        this.options = options;
        this.faults = faults;
        http = HttpServer.create(options.address(), BACKLOG);
        slots = new Slots(model, options);
        access = new AccessRules(options);
        threads = Executors.newVirtualThreadPerTaskExecutor();
        http.setExecutor(threads);
        http.createContext("/", this::handle);
        http.start();
    }

    /**
     * Starts a server.
     *
     * @param model stays the caller's to close
     * @param modelName what clients see
     * @param faults hears of exceptions that are no client's fault
     * @throws IOException if the address cannot be used
     */
    public static CompletionServer start(
            PackedModel model, String modelName, ServerOptions options, FaultListener faults) throws IOException {
        if (options.maximumTokens() >= model.positions()) {
            throw new IllegalArgumentException(options.maximumTokens() + " tokens a completion do not fit the model's "
                    + model.positions() + " positions");
        }
        return new CompletionServer(model, modelName, options, faults);
    }

    /** The address and port at which the server listens. */
    public InetSocketAddress address() {
        return http.getAddress();
    }

    /** Takes no more requests and ends those that run. */
    @Override
    public void close() {
        slots.close();
        http.stop(1);
        threads.close();
    }

    private void handle(HttpExchange exchange) {
        Answer answer = new Answer(exchange);
        String path = exchange.getRequestURI().getPath();
        try {
            try {
                route(exchange, answer, path == null ? "" : path);
            } catch (RefusedException refusal) {
                answer.refuse(refusal);
            } catch (RuntimeException | Error fault) {
                faults.accept(fault);
                if (answer.status() == 0) {
                    answer.refuse(new RefusedException(500, "internal error; the server's log has the details"));
                }
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        } catch (IOException hungUp) {
            metrics.hungUp();
        } finally {
            metrics.answered(METHODS.containsKey(path) ? path : "other", answer.status());
            exchange.close();
        }
    }

    private void route(HttpExchange exchange, Answer answer, String path)
            throws RefusedException, IOException, InterruptedException {
        access.checkOrigin(exchange.getRequestHeaders());
        if (!path.equals("/") && !path.equals("/health")) {
            access.checkKey(exchange.getRequestHeaders());
        }
        String method = METHODS.get(path);
        if (method == null) {
            throw new RefusedException(404, "there is nothing here; try POST /v1/completions");
        }
        String given = exchange.getRequestMethod();
        if (!given.equals(method) && !(given.equals("HEAD") && method.equals("GET"))) {
            exchange.getResponseHeaders().set("Allow", method);
            throw new RefusedException(405, path + " takes " + method);
        }
        switch (path) {
            case "/" -> answer.send(200, "text/html; charset=utf-8", PAGE);
            case "/health" -> answer.send(200, Answer.JSON, health());
            case "/metrics" -> answer.send(200, "text/plain; version=0.0.4; charset=utf-8", metricsText());
            case "/v1/models" -> answer.send(200, Answer.JSON, models());
            case "/v1/completions" -> {
                RequestFields fields = RequestFields.parse(body(exchange));
                CompletionRequest request = CompletionRequest.openAi(fields, options.maximumTokens());
                complete(request, new Dialect.OpenAi(modelName, request.usage()), answer);
            }
            default -> {
                RequestFields fields = RequestFields.parse(body(exchange));
                CompletionRequest request = CompletionRequest.infill(fields, options.maximumTokens());
                complete(request, new Dialect.Infill(modelName), answer);
            }
        }
    }

    private void complete(CompletionRequest request, Dialect dialect, Answer answer)
            throws RefusedException, IOException, InterruptedException {
        if (request.options() == null) {
            Completion nothing = new Completion("", Completion.End.TOKEN_LIMIT, 0, 0, 0, 0, 0);
            answer.send(200, Answer.JSON, dialect.whole(nothing, ""));
            return;
        }
        long started = System.nanoTime();
        slots.enter();
        Generation generation = new Generation(request.millis());
        Future<Completion> future = slots.run(request.source(), request.options(), generation);
        Completion completion;
        if (request.inPieces()) {
            answer.startPieces("text/event-stream; charset=utf-8");
            if (request.echo()) {
                answer.write(event(dialect.piece(request.source())));
            }
            // A line that begins with a colon is a comment.
            completion = generation.drain(
                    future, piece -> answer.write(piece.isEmpty() ? ":\n\n" : event(dialect.piece(piece))));
            for (String last : dialect.last(completion)) {
                answer.write(event(last));
            }
        } else {
            answer.startPieces(Answer.JSON);
            completion = generation.drain(future, piece -> answer.write(" "));
            String before = request.echo() ? request.source() : "";
            answer.write(dialect.whole(completion, before + completion.text()));
        }
        metrics.completed(completion, (System.nanoTime() - started) / 1e9);
    }

    private static String event(String data) {
        return "data: " + data + "\n\n";
    }

    private String body(HttpExchange exchange) throws RefusedException, IOException {
        int limit = options.maximumBodyBytes();
        InputStream in = exchange.getRequestBody();
        byte[] body = in.readNBytes(limit + 1);
        if (body.length > limit) {
            // Who is still sending would not see the answer: read on, but not without end.
            in.skip((long) DRAINED_BODIES * limit);
            throw new RefusedException(413, "the body is longer than " + limit + " bytes");
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body))
                    .toString();
        } catch (CharacterCodingException malformed) {
            throw new RefusedException(400, "the body is not UTF-8");
        }
    }

    private String health() {
        return Json.write(Map.of(
                "status",
                slots.closed() ? "shutting down" : "ok",
                "slots_idle",
                options.slots() - slots.busy(),
                "slots_processing",
                slots.busy()));
    }

    private String metricsText() {
        return metrics.text(options.slots(), slots.busy(), slots.waiting());
    }

    private String models() {
        Map<String, Object> model =
                Map.of("id", modelName, "object", "model", "created", created, "owned_by", "bantam");
        return Json.write(Map.of("object", "list", "data", List.of(model)));
    }

    private static byte[] resource(String name) {
        try (InputStream in = CompletionServer.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("the class path lacks " + name + "; build the project again");
            }
            return in.readAllBytes();
        } catch (IOException unreadable) {
            throw new IllegalStateException(name, unreadable);
        }
    }
}
