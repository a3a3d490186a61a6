package io.bantam.trainer.train;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/**
 * The metrics of a training, written twice: {@code metrics.jsonl}, one JSON object a line, each with its {@code step},
 * and the same values as TensorBoard scalars. Both are complete up to the last call at any moment.
 */
final class Metrics implements AutoCloseable {
    private static final ObjectMapper JSON = JsonMapper.builder().build();
    private static final String FILE = "metrics.jsonl";

    private final BufferedWriter lines;
    private final TensorBoardWriter events;

    /**
     * Opens the files for adding; lines after {@code step}, left by an interrupted training, are dropped.
     *
     * @param folder of the files; must exist
     * @param step steps already done
     */
    Metrics(Path folder, long step) throws IOException {
        Path file = folder.resolve(FILE);
        keepUpTo(file, step);
        lines = Files.newBufferedWriter(file, StandardOpenOption.APPEND);
        try {
            events = TensorBoardWriter.open(folder, step + 1);
        } catch (IOException problem) {
            lines.close();
            throw problem;
        }
    }

    /** Replaces the file in one step, so that being killed meanwhile loses nothing. */
    private static void keepUpTo(Path file, long step) throws IOException {
        StringBuilder kept = new StringBuilder();
        if (Files.exists(file)) {
            for (String line : Files.readAllLines(file)) {
                if (isUpTo(line, step)) {
                    kept.append(line).append('\n');
                }
            }
        }
        Path temporary = file.resolveSibling(FILE + DurableFiles.TEMPORARY);
        DurableFiles.write(temporary, kept.toString().getBytes(StandardCharsets.UTF_8));
        DurableFiles.rename(temporary, file);
    }

    private static boolean isUpTo(String line, long step) {
        try {
            return JSON.readTree(line).path("step").asLong(Long.MAX_VALUE) <= step;
        } catch (tools.jackson.core.JacksonException cutOff) {
            // The last line of a killed process may be half written.
            return false;
        }
    }

    /**
     * Writes values of a step.
     *
     * @param step steps done
     */
    void write(long step, Map<String, ? extends Number> values) throws IOException {
        Map<String, Number> line = new LinkedHashMap<>();
        line.put("step", step);
        line.putAll(values);
        lines.write(JSON.writeValueAsString(line));
        lines.write('\n');
        lines.flush();
        events.write(step, values);
    }

    @Override
    public void close() throws IOException {
        try (events) {
            lines.close();
        }
    }
}
