package io.bantam.trainer.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.FormatException;
import io.bantam.runtime.format.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CheckpointConfigTest {

    @Test
    void readsEveryField() throws IOException {
        CheckpointConfig config = parse(TinyModel.CONFIG_JSON);

        assertEquals(new DecoderConfig(11, 5, 6, 24, 2, 2, 1e-5f, 0, 1, 4), config.decoder());
        assertEquals(
                Map.of("max_length", 50L),
                ((Map<?, ?>) config.others().get("task_specific_params")).get("text-generation"));
    }

    @Test
    void hasGpt2sDefaults() throws IOException {
        CheckpointConfig config = parse("{\"vocab_size\":9,\"n_ctx\":7,\"n_embd\":8,\"n_layer\":1,\"n_head\":2}");
        assertEquals(new DecoderConfig(9, 7, 8, 32, 1, 2, 1e-5f, -1, -1, -1), config.decoder());
        assertEquals(Map.of(), config.others());
    }

    @Test
    void writesWhatItRead() throws IOException {
        CheckpointConfig config = parse(TinyModel.CONFIG_JSON);

        Map<String, Object> json = config.toJson();

        CheckpointConfig again = parse(Json.write(json));
        assertEquals(config.decoder(), again.decoder());
        assertEquals(config.others().get("task_specific_params"), again.others().get("task_specific_params"));
        assertEquals("gelu_new", json.get("activation_function"));
        assertEquals(5, json.get("n_ctx"));
        assertTrue(json.containsKey("n_inner"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"gelu_new\"|\"gelu_pytorch_tanh\"|",
                "\"gelu_new\"|\"gelu\"|activation_function is \"gelu\"; expected gelu_new or gelu_pytorch_tanh",
                "\"gelu_new\"|\"relu\"|activation_function is \"relu\"",
                "\"gpt2\"|\"gpt_neo\"|model_type is \"gpt_neo\": Bantam knows the families gpt2, ",
                "\"n_head\": 2|\"n_head\": 4|n_head 4 does not divide n_embd 6",
                "\"n_head\": 2|\"n_head\": 2.5|n_head is 2.5; expected a whole number from 1",
                "\"n_head\": 2|\"n_head\": \"2\"|n_head is \"2\"; expected a whole number",
                "\"vocab_size\": 11, |''|vocab_size is missing",
                "\"n_layer\": 2|\"n_layer\": 0|n_layer is 0",
                "\"bos_token_id\": 0|\"bos_token_id\": 11|bos_token_id: expected 0 to 10",
                "\"eos_token_id\": 1|\"eos_token_id\": [1, 2]|eos_token_id is [1,2]; expected one token id",
                "\"n_inner\": null|\"n_inner\": 12|",
                "\"n_inner\": null|\"scale_attn_weights\": false|scale_attn_weights is false",
                "\"n_inner\": null|\"scale_attn_by_inverse_layer_idx\": true|attention scaled by layer",
                "\"n_inner\": null|\"tie_word_embeddings\": false|an output layer of its own",
                "\"n_inner\": null|\"eol_token_id\": 3|",
            })
    void refusesWhatItCannotCompute(String from, String to, String message) throws IOException {
        String json = TinyModel.CONFIG_JSON.replace(from, to.equals("''") ? "" : to);
        if (message == null) {
            parse(json);
            return;
        }
        var problem = assertThrows(FormatException.class, () -> parse(json));
        assertTrue(problem.getMessage().contains(message), problem.getMessage());
        assertFalse(problem.getMessage().contains("\n"));
    }

    @Test
    void gathersAllProblems() {
        var problem =
                assertThrows(FormatException.class, () -> parse("{\"activation_function\":\"relu\",\"n_embd\":1.5}"));
        for (String part : new String[] {"relu", "vocab_size is missing", "n_embd is 1.5", "n_layer is missing"}) {
            assertTrue(problem.getMessage().contains(part), problem.getMessage());
        }
    }

    @Test
    void namesADamagedFile(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("config.json");
        Files.writeString(file, "{\"vocab_size\": ");
        var problem = assertThrows(FormatException.class, () -> CheckpointConfig.read(file));
        assertTrue(problem.getMessage().startsWith(file.toString()), problem.getMessage());
    }

    private static CheckpointConfig parse(String json) throws IOException {
        return CheckpointConfig.parse(Json.parseObject(json, "config.json"), "config.json");
    }
}
