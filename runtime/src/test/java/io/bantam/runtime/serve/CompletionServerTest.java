package io.bantam.runtime.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.runtime.completion.PackedModel;
import io.bantam.runtime.completion.ScriptedModel;
import io.bantam.runtime.format.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CompletionServerTest {
    /** Sources of different lengths have different positions, and so different answers. */
    private static final int ANSWERS = 24;

    private static final int POSITIONS = 20_100;

    /** Tokens that take seconds. */
    private static final int MANY = 20_000;

    private final List<Throwable> faults = new CopyOnWriteArrayList<>();
    private final HttpClient client = HttpClient.newHttpClient();
    private PackedModel model;
    private CompletionServer server;

    /** Code of so many tokens that the answers of different sources do not touch. */
    private static String source(int i) {
        return "a ".repeat(8 * i + 1) + "= ";
    }

    private static String answer(int i) {
        return "n" + "xyz".repeat(i % 4 + 1);
    }

    @BeforeEach
    void load() {
        ScriptedModel scripted = new ScriptedModel(POSITIONS);
        for (int i = 0; i < ANSWERS / 2; i++) {
            scripted.after(source(i), answer(i) + " <EOL>");
        }
        model = scripted.model();
    }

    @AfterEach
    void close() {
        if (server != null) {
            server.close();
        }
        client.close();
        model.close();
        assertEquals(List.of(), faults);
    }

    private void start(String key, int slots, int queue, Duration patience, int tokens) throws IOException {
        ServerOptions options =
                new ServerOptions(new InetSocketAddress("127.0.0.1", 0), key, slots, queue, patience, 10_000, tokens);
        server = CompletionServer.start(model, "tiny", options, faults::add);
    }

    private void start() throws IOException {
        start(null, 2, 256, Duration.ofMinutes(10), 600);
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + server.address().getPort() + path));
    }

    private HttpRequest post(String path, Map<String, ?> body) {
        return request(path).POST(BodyPublishers.ofString(Json.write(body))).build();
    }

    private HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
        return client.send(request, BodyHandlers.ofString());
    }

    private static Map<?, ?> json(String text) throws IOException {
        return Json.parseObject(text.strip(), "answer");
    }

    private static Map<?, ?> choice(Map<?, ?> answer) {
        return (Map<?, ?>) ((List<?>) answer.get("choices")).getFirst();
    }

    private String metrics() throws IOException, InterruptedException {
        return send(request("/metrics").build()).body();
    }

    @Test
    void completesForOpenAisClients() throws Exception {
        start();
        HttpResponse<String> response = send(post("/v1/completions", Map.of("prompt", source(1), "model", "any")));
        assertEquals(200, response.statusCode(), response.body());
        Map<?, ?> answer = json(response.body());
        assertEquals("text_completion", answer.get("object"));
        assertEquals("tiny", answer.get("model"));
        assertEquals(answer(1), choice(answer).get("text"));
        assertEquals("stop", choice(answer).get("finish_reason"));
        Map<?, ?> usage = (Map<?, ?>) answer.get("usage");
        assertEquals(
                (long) usage.get("prompt_tokens") + (long) usage.get("completion_tokens"), usage.get("total_tokens"));
        answer = json(send(post("/v1/completions", Map.of("prompt", source(1), "max_tokens", 2, "echo", true)))
                .body());
        assertEquals("length", choice(answer).get("finish_reason"));
        assertTrue(((String) choice(answer).get("text")).startsWith(source(1)));
    }

    @Test
    void answersInPieces() throws Exception {
        start();
        HttpResponse<String> response = send(post(
                "/v1/completions",
                Map.of("prompt", List.of(source(2)), "stream", true, "stream_options", Map.of("include_usage", true))));
        assertTrue(response.headers().firstValue("Content-Type").orElse("").startsWith("text/event-stream"));
        List<String> events = response.body()
                .lines()
                .filter(line -> line.startsWith("data: "))
                .toList();
        assertEquals("data: [DONE]", events.getLast());
        StringBuilder text = new StringBuilder();
        for (String event : events.subList(0, events.size() - 2)) {
            text.append(choice(json(event.substring(6))).get("text"));
        }
        assertEquals(answer(2), text.toString());
        assertEquals(
                "stop", choice(json(events.get(events.size() - 3).substring(6))).get("finish_reason"));
        assertTrue(json(events.get(events.size() - 2).substring(6)).get("usage") instanceof Map);
    }

    @Test
    void completesForLlamaCppsClients() throws Exception {
        start();
        int half = source(3).length() / 2;
        Map<String, Object> body = Map.of(
                "input_prefix",
                source(3).substring(0, half),
                "prompt",
                source(3).substring(half),
                "input_suffix",
                "\nprint(x)",
                "n_predict",
                128,
                "top_k",
                40,
                "top_p",
                0.99,
                "temperature",
                0.0,
                "cache_prompt",
                true,
                "t_max_predict_ms",
                60_000);
        Map<?, ?> answer = json(send(post("/infill", body)).body());
        assertEquals(answer(3), answer.get("content"));
        assertEquals(true, answer.get("stop"));
        assertTrue(((Map<?, ?>) answer.get("timings")).containsKey("predicted_per_second"));
        Map<?, ?> nothing = json(send(post("/infill", Map.of("input_prefix", "x", "n_predict", 0)))
                .body());
        assertEquals("", nothing.get("content"));
    }

    @Test
    void tellsAboutItself() throws Exception {
        start();
        assertEquals("ok", json(send(request("/health").build()).body()).get("status"));
        assertTrue(send(request("/v1/models").build()).body().contains("\"id\":\"tiny\""));
        HttpResponse<String> page = send(request("/").build());
        assertTrue(page.body().contains("<title>Bantam</title>"));
        send(post("/v1/completions", Map.of("prompt", source(1))));
        String metrics = metrics();
        assertTrue(metrics.contains("bantam_requests_total{path=\"/v1/completions\",status=\"200\"} 1\n"), metrics);
        assertTrue(metrics.contains("bantam_completion_seconds_count 1\n"), metrics);
        assertTrue(metrics.contains("bantam_slots 2\n"), metrics);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "/v1/completions|{|400|bad JSON",
                "/v1/completions|[]|400|JSON object",
                "/v1/completions||400|JSON",
                "/v1/completions|{}|400|prompt",
                "/v1/completions|{\"prompt\":[1,2]}|400|prompt",
                "/v1/completions|{\"prompt\":\"x\",\"n\":2}|400|n: only 1",
                "/v1/completions|{\"prompt\":\"x\",\"max_tokens\":0}|400|max_tokens",
                "/v1/completions|{\"prompt\":\"x\",\"max_tokens\":1.5}|400|max_tokens: expected a whole number",
                "/v1/completions|{\"prompt\":\"x\",\"temperature\":-1}|400|temperature",
                "/v1/completions|{\"prompt\":\"x\",\"temperature\":\"hot\"}|400|temperature: expected a number",
                "/v1/completions|{\"prompt\":\"x\",\"top_p\":0}|400|top-p",
                "/v1/completions|{\"prompt\":\"x\",\"stop\":[\"\"]}|400|stop",
                "/v1/completions|{\"prompt\":\"x\",\"max_lines\":0}|400|line",
                "/v1/completions|{\"prompt\":\"x\",\"stream\":1}|400|stream",
                "/infill|{\"input_prefix\":7}|400|input_prefix: expected a string",
                "/v1/chat/completions|{}|404|nothing here",
                "/v1/models|{}|405|takes GET"
            })
    void refusesWhatItDoesNotUnderstand(String path, String body, int status, String problem) throws Exception {
        start();
        HttpResponse<String> response = send(request(path)
                .POST(BodyPublishers.ofString(body == null ? "" : body))
                .build());
        assertEquals(status, response.statusCode(), response.body());
        Map<?, ?> error = (Map<?, ?>) json(response.body()).get("error");
        assertTrue(((String) error.get("message")).contains(problem), response.body());
    }

    @Test
    void refusesLongBodiesAndOddBytes() throws Exception {
        start();
        HttpResponse<String> response = send(post("/v1/completions", Map.of("prompt", "x".repeat(20_000))));
        assertEquals(413, response.statusCode());
        byte[] bytes = "{\"prompt\":\"\u00ff\"}".getBytes(StandardCharsets.ISO_8859_1);
        response = send(request("/v1/completions")
                .POST(BodyPublishers.ofByteArray(bytes))
                .build());
        assertEquals(400, response.statusCode());
        assertEquals(405, send(request("/infill").build()).statusCode());
    }

    @Test
    void asksForItsKey() throws Exception {
        start("s3cret", 1, 1, Duration.ofMinutes(10), 64);
        HttpRequest without = post("/v1/completions", Map.of("prompt", source(1)));
        assertEquals(401, send(without).statusCode());
        HttpRequest wrong =
                request("/v1/models").header("Authorization", "Bearer s3cre").build();
        assertEquals(401, send(wrong).statusCode());
        HttpRequest right =
                request("/v1/models").header("Authorization", "Bearer s3cret").build();
        assertEquals(200, send(right).statusCode());
        assertEquals(200, send(request("/health").build()).statusCode());
    }

    @Test
    void refusesPagesOfOtherSites() throws Exception {
        start();
        assertEquals(
                403,
                send(request("/health").header("Origin", "https://evil.example").build())
                        .statusCode());
        String own = "http://127.0.0.1:" + server.address().getPort();
        assertEquals(200, send(request("/health").header("Origin", own).build()).statusCode());
        assertTrue(raw("GET /health HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
                .startsWith("HTTP/1.1 403"));
    }

    @Test
    void aFullQueueIsSaidSo() throws Exception {
        start(null, 1, 0, Duration.ofMinutes(10), MANY);
        try (Socket slow = longAnswer()) {
            assertTrue(slow.isConnected());
            HttpResponse<String> response = send(post("/v1/completions", Map.of("prompt", source(1))));
            assertEquals(429, response.statusCode());
            assertEquals("1", response.headers().firstValue("Retry-After").orElse(""));
        }
    }

    @Test
    void aWaitThatIsTooLongIsSaidSo() throws Exception {
        start(null, 1, 5, Duration.ZERO, MANY);
        try (Socket slow = longAnswer()) {
            assertTrue(slow.isConnected());
            assertEquals(
                    503,
                    send(post("/v1/completions", Map.of("prompt", source(1)))).statusCode());
        }
    }

    @Test
    void aClientThatHangsUpFreesItsSlot() throws Exception {
        start(null, 1, 5, Duration.ofMinutes(10), MANY);
        for (boolean inPieces : new boolean[] {true, false}) {
            longRequest(inPieces).close();
            assertEquals(
                    200,
                    send(post("/v1/completions", Map.of("prompt", source(1)))).statusCode());
        }
        String metrics = metrics();
        assertTrue(metrics.contains("bantam_hang_ups_total 2\n"), metrics);
    }

    @Test
    void clientsWhoHangUpWhileTheyWaitHoldNobodyUp() throws Exception {
        start(null, 2, 256, Duration.ofMinutes(10), MANY);
        List<Socket> gone = new ArrayList<>();
        for (int n = 0; n < 40; n++) {
            // The first two run, the others wait.
            gone.add(n < 2 ? longRequest(n == 0) : sendLong(n % 2 == 0));
        }
        for (Socket socket : gone) {
            socket.close();
        }
        HttpResponse<String> response = send(post("/v1/completions", Map.of("prompt", source(1))));
        assertEquals(answer(1), whole(response.body()));
        String metrics = metrics();
        // The last of them may be at its last token.
        for (int i = 0; i < 500 && !metrics.contains("bantam_hang_ups_total 40\n"); i++) {
            Thread.sleep(20);
            metrics = metrics();
        }
        assertTrue(metrics.contains("bantam_hang_ups_total 40\n"), metrics);
    }

    /** An answer in pieces that is under way and takes seconds: lines of nothing but line ends. */
    private Socket longAnswer() throws IOException {
        return longRequest(true);
    }

    private Socket longRequest(boolean inPieces) throws IOException {
        Socket socket = sendLong(inPieces);
        // The status line comes when the slot is taken.
        assertEquals('H', socket.getInputStream().read());
        return socket;
    }

    private Socket sendLong(boolean inPieces) throws IOException {
        String body = Json.write(Map.of("prompt", "x", "stream", inPieces, "max_tokens", MANY, "max_lines", 100_000));
        Socket socket = new Socket("127.0.0.1", server.address().getPort());
        socket.getOutputStream().write(head(body).getBytes(StandardCharsets.UTF_8));
        return socket;
    }

    private static String head(String body) {
        return "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length() + "\r\n\r\n"
                + body;
    }

    private String raw(String request) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", server.address().getPort())) {
            socket.setSoTimeout(10_000);
            OutputStream out = socket.getOutputStream();
            out.write(request.getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    /** Nothing is lost or mixed up, whatever else arrives. */
    @Test
    void twoHundredClientsAtOnce() throws Exception {
        start();
        Random random = new Random(9);
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (int n = 0; n < 200; n++) {
            int i = random.nextInt(ANSWERS / 2);
            boolean inPieces = n % 3 == 0;
            HttpRequest request = post("/v1/completions", Map.of("prompt", source(i), "stream", inPieces));
            all.add(client.sendAsync(request, BodyHandlers.ofString()).thenAccept(response -> {
                assertEquals(200, response.statusCode());
                assertEquals(answer(i), inPieces ? joined(response.body()) : whole(response.body()));
            }));
            if (n % 10 == 0) {
                HttpRequest broken = request("/v1/completions")
                        .POST(BodyPublishers.ofString("{\"prompt\":"))
                        .build();
                all.add(client.sendAsync(broken, BodyHandlers.ofString())
                        .thenAccept(response -> assertEquals(400, response.statusCode())));
                try (Socket garbage = new Socket("127.0.0.1", server.address().getPort())) {
                    garbage.getOutputStream().write("\u0000\u0001 not HTTP \r\n\r\n".getBytes(StandardCharsets.UTF_8));
                }
            }
        }
        CompletableFuture.allOf(all.toArray(new CompletableFuture<?>[0])).get();
        String metrics = metrics();
        assertTrue(metrics.contains("bantam_completion_seconds_count 200\n"), metrics);
        assertTrue(metrics.contains("bantam_slots_busy 0\n"), metrics);
        assertFalse(metrics.contains("status=\"500\""), metrics);
    }

    private static String whole(String body) {
        try {
            return (String) choice(json(body)).get("text");
        } catch (IOException malformed) {
            throw new AssertionError(body, malformed);
        }
    }

    private static String joined(String body) {
        StringBuilder text = new StringBuilder();
        body.lines().filter(line -> line.startsWith("data: {")).forEach(line -> text.append(whole(line.substring(6))));
        return text.toString();
    }
}
