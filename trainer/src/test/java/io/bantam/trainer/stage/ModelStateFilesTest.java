package io.bantam.trainer.stage;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.bantam.runtime.format.ActivationQuantization;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/** What {@code student.json} says of activations. */
class ModelStateFilesTest {
    private static final ObjectMapper JSON = JsonMapper.builder().build();

    @Test
    void widthsOfSingleActivationsAreKept() {
        Map<String, ActivationQuantization.Range> ranges =
                Map.of("h.0.attn.c_attn", new ActivationQuantization.Range(-1, 2.5f));
        ModelStateFiles.Extras extras = new ModelStateFiles.Extras(
                List.of(1, 3), ActivationQuantization.fixed(8, false, ranges).withWidths(Map.of("h.0.attn.sum", 16)));
        assertEquals(extras, JSON.readValue(JSON.writeValueAsString(extras), ModelStateFiles.Extras.class));
    }

    @Test
    void aFileOfAnEarlierVersionHasNone() {
        String json = """
                {"teacherLayers": [0],
                 "activations": {"bits": 8, "symmetric": true, "mode": "DYNAMIC", "ranges": {}}}
                """;
        assertEquals(
                ActivationQuantization.dynamic(8, true),
                JSON.readValue(json, ModelStateFiles.Extras.class).activations());
    }
}
