package io.bantam.trainer.recipe;

import java.util.LinkedHashMap;
import java.util.Map;

/** Pieces of JSON Schemas, with their keys in a fixed order. */
final class Schemas {
    private Schemas() {}

    static Map<String, Object> object() {
        return ordered("type", "object");
    }

    /** @param keysAndValues key, value, key, value, ... */
    static Map<String, Object> ordered(Object... keysAndValues) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            map.put((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        return map;
    }
}
