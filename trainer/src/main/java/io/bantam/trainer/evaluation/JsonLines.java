package io.bantam.trainer.evaluation;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads text and JSON lines for scoring; every complaint names file and line. */
public final class JsonLines {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private JsonLines() {}

    /** Returns the lines of a UTF-8 file, packed by gzip or not; a line ends in LF, CR or CRLF. */
    public static List<String> lines(Path file) {
        List<String> lines = new ArrayList<>();
        try (BufferedReader reader = open(file)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                lines.add(line);
            }
            return lines;
        } catch (NoSuchFileException e) {
            throw new EvaluationException(file + ": no such file", e);
        } catch (CharacterCodingException e) {
            throw new EvaluationException(
                    file + ":" + (lines.size() + 1) + ": not UTF-8 here or a little further on; convert the file", e);
        } catch (IOException e) {
            throw new EvaluationException(file + ": cannot be read: " + e.getMessage(), e);
        }
    }

    private static BufferedReader open(Path file) throws IOException {
        InputStream bytes = new BufferedInputStream(Files.newInputStream(file));
        bytes.mark(2);
        boolean packed = bytes.read() == 0x1f && bytes.read() == 0x8b;
        bytes.reset();
        InputStream text = packed ? new GZIPInputStream(bytes) : bytes;
        // A decoder by itself reports what is not UTF-8; one made from the charset would replace it.
        return new BufferedReader(new InputStreamReader(text, StandardCharsets.UTF_8.newDecoder()));
    }

    /** Returns the JSON object of one line; {@code number} is its 1-based position. */
    public static JsonNode object(Path file, int number, String line) {
        if (line.isBlank()) {
            throw new EvaluationException(
                    file + ":" + number + ": empty line where a JSON object is expected; remove it");
        }
        JsonNode node;
        try {
            node = MAPPER.readTree(line);
        } catch (JacksonException e) {
            int column =
                    e.getLocation() == null ? 1 : Math.max(1, e.getLocation().getColumnNr());
            throw new EvaluationException(
                    file + ":" + number + ":" + column + ": not valid JSON: " + e.getOriginalMessage(), e);
        }
        if (!node.isObject()) {
            throw new EvaluationException(file + ":" + number + ": a JSON object is expected, found "
                    + node.getNodeType().toString().toLowerCase());
        }
        return node;
    }

    /** Returns a field that must be there and be text. */
    public static String text(Path file, int number, JsonNode object, String field) {
        JsonNode value = object.get(field);
        if (value == null) {
            throw new EvaluationException(file + ":" + number + ": no field \"" + field + "\"; it has "
                    + String.join(", ", object.propertyNames()));
        }
        if (!value.isString()) {
            throw new EvaluationException(file + ":" + number + ": field \"" + field + "\" must be text, found "
                    + value.getNodeType().toString().toLowerCase());
        }
        return value.stringValue();
    }
}
