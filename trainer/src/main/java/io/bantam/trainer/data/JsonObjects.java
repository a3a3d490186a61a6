package io.bantam.trainer.data;

import java.nio.file.Path;
import java.util.Locale;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads one line of a JSON lines file; every complaint names file and line. */
final class JsonObjects {

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private JsonObjects() {}

    static JsonNode parse(Path file, int number, String line) {
        try {
            JsonNode node = MAPPER.readTree(line);
            if (!node.isObject()) {
                throw new DataException(file + ":" + number + ": a JSON object is expected, found "
                        + node.getNodeType().toString().toLowerCase(Locale.ROOT));
            }
            return node;
        } catch (JacksonException e) {
            throw new DataException(file + ":" + number + ": not valid JSON: " + e.getOriginalMessage(), e);
        }
    }

    static String text(JsonNode object, Path file, int number, String field) {
        JsonNode value = object.get(field);
        if (value == null) {
            throw new DataException(file + ":" + number + ": no field \"" + field + "\"; it has "
                    + String.join(", ", object.propertyNames()));
        }
        if (!value.isString()) {
            throw new DataException(file + ":" + number + ": field \"" + field + "\" must be text, found "
                    + value.getNodeType().toString().toLowerCase(Locale.ROOT));
        }
        return value.stringValue();
    }
}
