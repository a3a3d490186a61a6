package io.bantam.trainer.train;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/** {@code metrics.jsonl}: one JSON object a line, each with its {@code step}. Flushed line by line. */
final class Metrics implements AutoCloseable {
    private static final ObjectMapper JSON = JsonMapper.builder().build();

    private final BufferedWriter writer;

    /**
     * Opens the file for adding; lines after {@code step}, left by an interrupted training, are dropped.
     *
     * @param step steps already done
     */
    Metrics(Path file, long step) throws IOException {
        List<String> kept = new ArrayList<>();
        if (Files.exists(file)) {
            for (String line : Files.readAllLines(file)) {
                if (isUpTo(line, step)) {
                    kept.add(line);
                }
            }
        }
        Files.write(file, kept);
        writer = Files.newBufferedWriter(file, StandardOpenOption.APPEND);
    }

    private static boolean isUpTo(String line, long step) {
        try {
            return JSON.readTree(line).path("step").asLong(Long.MAX_VALUE) <= step;
        } catch (tools.jackson.core.JacksonException cutOff) {
            // The last line of a killed process may be half written.
            return false;
        }
    }

    void write(Map<String, ?> values) throws IOException {
        writer.write(JSON.writeValueAsString(values));
        writer.newLine();
        writer.flush();
    }

    @Override
    public void close() throws IOException {
        writer.close();
    }
}
