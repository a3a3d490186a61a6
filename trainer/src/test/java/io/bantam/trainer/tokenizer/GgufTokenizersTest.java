package io.bantam.trainer.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.compression.export.GgufOptions;
import io.bantam.compression.export.GgufWriter;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.FloatTensor;
import io.bantam.runtime.format.GgufReader;
import io.bantam.runtime.tokenizer.BytePairTokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a GGUF file says of each kind of tokenizer. */
final class GgufTokenizersTest {
    private static BpeModel learnt;

    @TempDir
    Path folder;

    @BeforeAll
    static void learn() {
        learnt = new BpeTrainer(new SpecialTokens(List.of()), 400).train(CodeText.documents(1, 10, 200));
    }

    private Map<String, Object> written(BytePairTokenizer tokenizer) throws IOException {
        DecoderConfig config = new DecoderConfig(tokenizer.vocabularySize() + 3, 8, 32, 32, 1, 2, 1e-5f, -1, -1, -1);
        Map<String, FloatTensor> tensors = new LinkedHashMap<>();
        config.shapes().forEach((name, shape) -> {
            float[] values = new float[shape.stream().reduce(1, Math::multiplyExact)];
            tensors.put(name, FloatTensor.of(values, shape.toArray(Integer[]::new)));
        });
        Path file = folder.resolve("model.gguf");
        GgufWriter.write(file, "test", config, tensors, tokenizer, GgufOptions.DEFAULT);
        try (GgufReader reader = GgufReader.open(file)) {
            return Map.copyOf(reader.metadata());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "gpt2, gpt2, gpt-2",
        "qwen2, gpt2, qwen2",
        "llama3, gpt2, llama-bpe",
        "starcoder2, gpt2, starcoder",
        "deepseek-coder, gpt2, deepseek-coder",
        "llama2, llama, default"
    })
    void namesTheWayTextIsCut(String kind, String model, String pre) throws IOException {
        BytePairTokenizer tokenizer = BytePairTokenizer.of(TokenizerKinds.json(kind, learnt), kind);
        Map<String, Object> metadata = written(tokenizer);
        assertEquals(model, metadata.get("tokenizer.ggml.model"));
        assertEquals(pre, metadata.get("tokenizer.ggml.pre"));
        assertEquals(false, metadata.get("tokenizer.ggml.add_bos_token"));
        List<?> tokens = (List<?>) metadata.get("tokenizer.ggml.tokens");
        List<?> types = (List<?>) metadata.get("tokenizer.ggml.token_type");
        assertEquals(tokenizer.vocabularySize() + 3, tokens.size());
        assertEquals(tokens.size(), types.size());
        assertEquals(5L, types.getLast());
        if (kind.equals("llama2")) {
            List<?> scores = (List<?>) metadata.get("tokenizer.ggml.scores");
            assertEquals(List.of(2L, 3L, 3L, 6L), types.subList(0, 4));
            assertEquals(true, metadata.get("tokenizer.ggml.add_space_prefix"));
            int first = tokens.indexOf(tokenizer.merges().getFirst().replace(" ", ""));
            int last = tokens.indexOf(tokenizer.merges().getLast().replace(" ", ""));
            assertTrue((Float) scores.get(first) > (Float) scores.get(last));
            assertTrue((Float) scores.get(last) > (Float) scores.get(tokens.indexOf("a")));
        } else {
            assertEquals(tokenizer.merges(), metadata.get("tokenizer.ggml.merges"));
        }
    }

    @Test
    void refusesWhatLlamaCppCannotCut() throws IOException {
        BytePairTokenizer tokenizer = BytePairTokenizer.of(TokenizerKinds.json("gpt4o", learnt), "gpt4o");
        String message = assertThrows(IllegalArgumentException.class, () -> written(tokenizer))
                .getMessage();
        assertTrue(message.startsWith("llama.cpp knows no tokenizer that cuts text as this one does"), message);
    }
}
