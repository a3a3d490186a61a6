package io.bantam.runtime.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
    @Test
    void readsEveryKindOfValue() throws FormatException {
        Object value = Json.parse(
                " {\"a\": [1, -2.5, 1e3, true, false, null, \"x\\n\\u0041\\/\"], \"b\": {}, \"c\": [ ]} ", "test");
        Map<String, Object> expected = new LinkedHashMap<>();
        expected.put("a", Arrays.asList(1L, -2.5, 1000.0, true, false, null, "x\nA/"));
        expected.put("b", Map.of());
        expected.put("c", List.of());
        assertEquals(expected, value);
    }

    @Test
    void keepsLongsExactAndWidensLongerNumbers() throws FormatException {
        assertEquals(Long.MAX_VALUE, Json.parse("9223372036854775807", "test"));
        assertEquals(9.223372036854775808e18, Json.parse("9223372036854775808", "test"));
    }

    @Test
    void writesWhatItReads() throws FormatException {
        String text = "{\"k\\\"\\\\\":[1,0.1,true,null,\"\\u0001\\n\",{\"z\":{}}],\"é\":[]}";
        assertEquals(text, Json.write(Json.parse(text, "test")));
    }

    @Test
    void loneSurrogateSurvivesUtf8() throws FormatException {
        assertEquals("\ud800", Json.parse(Json.write("\ud800"), "test"));
    }

    @Test
    void refusesNumbersThatJsonLacks() {
        assertThrows(IllegalArgumentException.class, () -> Json.write(Double.NaN));
        assertThrows(IllegalArgumentException.class, () -> Json.write(List.of(Float.POSITIVE_INFINITY)));
        assertThrows(IllegalArgumentException.class, () -> Json.write(new Object()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", " ", "{", "[", "[1", "[1,", "[1,]", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,}", "{a:1}",
                        "{'a':1}",
                "\"", "\"\\", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\t\"", "01", "+1", "1.", ".5", "1e", "1e+", "-",
                "NaN", "Infinity", "nul", "True", "1 2", "{} x", "[1 2]", "// c\n1", "{\"a\":1,\"a\":2}", "\"\\u00１1\""
            })
    void refusesWhatIsNotJson(String text) {
        FormatException failure = assertThrows(FormatException.class, () -> Json.parse(text, "file.json"));
        assertTrue(failure.getMessage().startsWith("file.json: bad JSON at character "), failure.getMessage());
    }

    @Test
    void refusesEndlessNesting() {
        String text = "[".repeat(100_000);
        FormatException failure = assertThrows(FormatException.class, () -> Json.parse(text, "file.json"));
        assertTrue(failure.getMessage().contains("nested deeper"), failure.getMessage());
    }
}
