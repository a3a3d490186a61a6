package io.bantam.trainer.cli.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.runtime.format.PackedFile;
import io.bantam.trainer.cli.Shell;
import io.bantam.trainer.cli.terminal.ExitCode;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
final class ServeCommandTest {
    @TempDir
    private Path folder;

    private String packed() throws IOException {
        StubbornModel model = StubbornModel.saying("x");
        Path file = folder.resolve("model.bantam");
        PackedFile.write(file, model.config(), model.activations(), model.tensors(), model.tokenizerJson());
        return file.toString();
    }

    @Test
    void servesUntilItIsStopped() throws Exception {
        String model = packed();
        Shell shell = new Shell();
        Thread running = Thread.ofPlatform().start(() -> shell.run("serve", model, "--port", "0"));
        Matcher address =
                Pattern.compile("model is served at (http://127.0.0.1:[0-9]+/)").matcher("");
        while (!address.reset(shell.out()).find()) {
            assertTrue(running.isAlive(), shell.err());
            Thread.sleep(20);
        }
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(address.group(1) + "health"))
                    .build();
            assertTrue(client.send(request, BodyHandlers.ofString()).body().contains("ok"));
        }
        running.interrupt();
        running.join();
        assertEquals(ExitCode.OK, shell.code(), shell.err());
    }

    @Test
    void aPortInUseIsSaidSo() throws Exception {
        try (ServerSocket taken = new ServerSocket(0)) {
            Shell shell = new Shell()
                    .run("serve", packed(), "--port", String.valueOf(taken.getLocalPort()), "--host", "0.0.0.0");
            assertEquals(ExitCode.USAGE, shell.code());
            assertTrue(shell.err().contains("Choose another --port"), shell.err());
        }
    }

    @Test
    void wrongNumbersAreRefused() throws Exception {
        Shell shell = new Shell().run("serve", packed(), "--port", "70000");
        assertEquals(ExitCode.USAGE, shell.code());
        assertTrue(shell.err().contains("--port must be 0 to 65535"), shell.err());
        shell = new Shell().run("serve", packed(), "--max-tokens", "64", "--port", "0");
        assertEquals(ExitCode.USAGE, shell.code());
        assertTrue(shell.err().contains("64 positions"), shell.err());
    }
}
