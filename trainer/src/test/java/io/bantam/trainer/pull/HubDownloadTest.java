package io.bantam.trainer.pull;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.trainer.BantamException;
import io.bantam.trainer.WorkFailedException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HubDownloadTest {
    private static final byte[] CONFIG = "{\"a\": 1}".getBytes(StandardCharsets.UTF_8);
    private static final byte[] WEIGHTS = weights();

    @TempDir
    private Path folder;

    private LocalHub server;
    private final List<Duration> pauses = new ArrayList<>();

    private static byte[] weights() {
        byte[] bytes = new byte[300_000];
        new Random(1).nextBytes(bytes);
        return bytes;
    }

    @BeforeEach
    void start() throws IOException {
        server = new LocalHub().add("config.json", CONFIG).add("model.safetensors", WEIGHTS);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private Hub hub(Map<String, String> environment) {
        return Hub.of(server.endpoint() + "/", environment, pauses::add);
    }

    private void pull() {
        Hub hub = hub(Map.of());
        HubSnapshot snapshot = hub.snapshot("owner/tiny", "main");
        new HubDownload(hub, snapshot, folder).fetch(snapshot.needed(), (file, done, total) -> {});
    }

    private void assertComplete() throws IOException {
        assertArrayEquals(CONFIG, Files.readAllBytes(folder.resolve("config.json")));
        assertArrayEquals(WEIGHTS, Files.readAllBytes(folder.resolve("model.safetensors")));
        assertEquals(2, files().size(), "nothing else is left: " + files());
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    private long requestsFor(String text) {
        return server.requests.stream().filter(line -> line.contains(text)).count();
    }

    @Test
    void filesArriveWithTheirHashesAndAreNotFetchedTwice() throws IOException {
        pull();
        assertComplete();
        assertEquals(1, requestsFor("storage:/model.safetensors"));
        pull();
        assertEquals(1, requestsFor("storage:/model.safetensors"));
        Files.writeString(folder.resolve("config.json"), "{\"a\": 2}");
        pull();
        assertComplete();
        assertEquals(List.of(), pauses);
    }

    @Test
    void theKnownGitHashOfAnEmptyFile() {
        assertEquals("e69de29bb2d1d6434b8b29ae775ad8c2e48c5391", LocalHub.gitHash(new byte[0]));
    }

    @Test
    void anEmptyFileIsAFile() throws IOException {
        server.add("added_tokens.json", new byte[0]);
        pull();
        assertEquals(0, Files.size(folder.resolve("added_tokens.json")));
    }

    @Test
    void aCutConnectionGoesOnWhereItWasCut() throws IOException {
        server.failNext(LocalHub.status(200 + 3)); // of config.json: an answer that is none
        assertThrows(WorkFailedException.class, this::pull);
        server.failNext((exchange, content) -> {
            exchange.sendResponseHeaders(200, content.length);
            exchange.getResponseBody().write(content);
        });
        server.failNext(LocalHub.cutAfter(100_000));
        pull();
        assertComplete();
        String last = server.requests.getLast();
        int from = Integer.parseInt(last.replaceAll(".*bytes=(\\d+)-.*", "$1"));
        assertTrue(from > 0 && from <= 100_000, last);
        assertEquals(List.of(Duration.ofSeconds(1)), pauses);
    }

    @Test
    void aLaterCallGoesOnToo() throws IOException {
        Hub hub = hub(Map.of());
        String hash = hub.snapshot("owner/tiny", "main").files().getLast().hash();
        Path part = folder.resolve("model.safetensors." + hash.substring(0, 12) + ".part");
        Files.write(part, java.util.Arrays.copyOf(WEIGHTS, 1234));
        pull();
        assertComplete();
        assertEquals(1, requestsFor("storage:/model.safetensors bytes=1234-"));
    }

    @Test
    void aDamagedBeginningIsFetchedAnew() throws IOException {
        String hash =
                hub(Map.of()).snapshot("owner/tiny", "main").files().getLast().hash();
        Files.write(folder.resolve("model.safetensors." + hash.substring(0, 12) + ".part"), new byte[1234]);
        pull();
        assertComplete();
    }

    @Test
    void aServerWithoutRangesBeginsAnew() throws IOException {
        server.add("config.json", CONFIG);
        pull();
        Files.delete(folder.resolve("model.safetensors"));
        String hash =
                hub(Map.of()).snapshot("owner/tiny", "main").files().getLast().hash();
        Files.write(folder.resolve("model.safetensors." + hash.substring(0, 12) + ".part"), new byte[500]);
        server.failNext((exchange, content) -> {
            exchange.sendResponseHeaders(200, content.length);
            exchange.getResponseBody().write(content);
        });
        pull();
        assertComplete();
    }

    @Test
    void wrongContentIsRefusedAndNotKept() throws IOException {
        server.tellWrongHash("model.safetensors");
        String message = assertThrows(WorkFailedException.class, this::pull).getMessage();
        assertTrue(message.contains("model.safetensors: what the hub sends has not the SHA-256"), message);
        assertEquals(1, files().size(), files().toString());
        server.add("model.safetensors", WEIGHTS).tellWrongHash("config.json");
        Files.delete(folder.resolve("config.json"));
        assertTrue(
                assertThrows(WorkFailedException.class, this::pull).getMessage().contains("git hash"));
    }

    @Test
    void contentThatIsDamagedOnceIsFetchedAgain() throws IOException {
        server.failNext(LocalHub.corrupted());
        pull();
        assertComplete();
    }

    @Test
    void tooManyRequestsWaitAsLongAsAsked() throws IOException {
        server.failNext(LocalHub.status(429, "Retry-After", "7"));
        server.failNext(LocalHub.status(503));
        pull();
        assertComplete();
        assertEquals(List.of(Duration.ofSeconds(7), Duration.ofSeconds(2)), pauses);
    }

    @Test
    void aServerThatStaysBusyIsLeftAlone() {
        for (int i = 0; i < Retries.ATTEMPTS; i++) {
            server.failNext(LocalHub.status(503));
        }
        String message = assertThrows(WorkFailedException.class, this::pull).getMessage();
        assertTrue(message.contains("the hub answers 503, 6 times in a row. What was fetched is kept"), message);
        assertEquals(Retries.ATTEMPTS - 1, pauses.size());
        server.failNext(LocalHub.status(429, "Retry-After", "86400"));
        message = assertThrows(WorkFailedException.class, this::pull).getMessage();
        assertTrue(message.contains("asks to wait 1440 minutes"), message);
    }

    @Test
    void aRetryMayBeADate() {
        String date = DateTimeFormatter.RFC_1123_DATE_TIME.format(
                ZonedDateTime.now(java.time.ZoneOffset.UTC).plusSeconds(100));
        long seconds = Retries.wait(date).toSeconds();
        assertTrue(seconds > 90 && seconds <= 100, "" + seconds);
        assertEquals(Duration.ofSeconds(1), Retries.wait("soon"));
    }

    @Test
    void aModelThatIsNotThereIsOneLine() {
        String message = assertThrows(BantamException.class, () -> hub(Map.of()).snapshot("owner/none", "main"))
                .getMessage();
        assertTrue(message.startsWith("owner/none at main: ") && message.contains("(404)"), message);
        message = assertThrows(BantamException.class, () -> hub(Map.of()).snapshot("owner/tiny", "v2"))
                .getMessage();
        assertTrue(message.contains("--revision"), message);
        for (String name : List.of("tiny", "../..", "a/b/c", "owner/..", "")) {
            assertTrue(
                    assertThrows(BantamException.class, () -> hub(Map.of()).snapshot(name, "main"))
                            .getMessage()
                            .contains("give OWNER/NAME"),
                    name);
        }
    }

    @Test
    void aPrivateModelNeedsItsTokenWhichTheStorageDoesNotSee() throws IOException {
        server.token = "secret";
        String message = assertThrows(BantamException.class, () -> hub(Map.of()).snapshot("owner/tiny", "main"))
                .getMessage();
        assertTrue(message.contains("(401)") && message.contains("set HF_TOKEN"), message);
        message = assertThrows(
                        BantamException.class,
                        () -> hub(Map.of("HF_TOKEN", "wrong")).snapshot("owner/tiny", "main"))
                .getMessage();
        assertTrue(message.contains("that the token in HF_TOKEN may read it"), message);
        assertFalse(message.contains("wrong"), message);
        Hub hub = hub(Map.of("HF_TOKEN", "secret"));
        HubSnapshot snapshot = hub.snapshot("owner/tiny", "main");
        new HubDownload(hub, snapshot, folder).fetch(snapshot.needed(), (file, done, total) -> {});
        assertComplete();
        assertEquals(1, requestsFor("storage:"));
        assertTrue(server.requests.getLast().endsWith("null"), server.requests.getLast());
    }

    @Test
    void aListInPagesIsReadToItsEnd() {
        server.pageSize = 1;
        server.add("merges.txt", CONFIG);
        assertEquals(3, hub(Map.of()).snapshot("owner/tiny", "main").files().size());
    }

    @Test
    void weightsAreTakenOnce() {
        server.add("pytorch_model.bin", WEIGHTS)
                .add("tf_model.h5", WEIGHTS)
                .add("tokenizer_config.json", CONFIG)
                .add("flax_model.msgpack", WEIGHTS);
        assertEquals(
                List.of("config.json", "model.safetensors", "tokenizer_config.json"),
                hub(Map.of()).snapshot("owner/tiny", "main").needed().stream()
                        .map(HubFile::name)
                        .toList());
        HubSnapshot old = new HubSnapshot(
                "o/n",
                "c",
                List.of(
                        new HubFile("pytorch_model.bin", 1, "", HubFile.HashKind.SHA256),
                        new HubFile("training_args.bin", 1, "", HubFile.HashKind.SHA256)));
        assertEquals(1, old.needed().size());
    }

    @Test
    void aNameThatLeadsOutOfTheFolderIsRefused() {
        server.add("..", CONFIG);
        String message = assertThrows(BantamException.class, () -> hub(Map.of()).snapshot("owner/tiny", "main"))
                .getMessage();
        assertTrue(message.contains("a file of the name '..'"), message);
    }

    @Test
    void theAddressComesFromOptionThenEnvironment() {
        server.model = "other/model";
        Hub mirror = Hub.of("", Map.of("HF_ENDPOINT", server.endpoint()), pauses::add);
        assertEquals(LocalHub.COMMIT, mirror.snapshot("other/model", "main").commit());
        assertThrows(BantamException.class, () -> Hub.of("ftp://hub", Map.of()));
        assertThrows(BantamException.class, () -> Hub.of("not an address", Map.of()));
    }

    @Test
    void whoeverDoesNotAnswerIsNamed() {
        server.close();
        String message = assertThrows(
                        WorkFailedException.class, () -> hub(Map.of()).snapshot("owner/tiny", "main"))
                .getMessage();
        assertTrue(message.contains("cannot be reached"), message);
    }
}
