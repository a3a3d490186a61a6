package io.bantam.trainer.hub;

import io.bantam.runtime.format.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The ids of BERT's [CLS] and [SEP], which its configs do not say: those of the folder's vocabulary. */
final class WordPieceIds {
    private static final Map<String, String> KEYS = Map.of("[CLS]", "cls_token_id", "[SEP]", "sep_token_id");
    /** The ids of the published models. */
    private static final Map<String, Object> USUAL = Map.of("cls_token_id", 101L, "sep_token_id", 102L);

    private WordPieceIds() {}

    static Map<String, Object> in(Path folder) throws IOException {
        Map<String, Object> ids = new LinkedHashMap<>(USUAL);
        Path words = folder.resolve("vocab.txt");
        Path tokenizer = folder.resolve("tokenizer.json");
        if (Files.isRegularFile(words)) {
            List<String> lines = Files.readAllLines(words);
            KEYS.forEach((token, key) -> {
                int at = lines.indexOf(token);
                if (at >= 0) {
                    ids.put(key, (long) at);
                }
            });
        } else if (Files.isRegularFile(tokenizer)
                && Json.parseObject(Files.readString(tokenizer), tokenizer).get("model") instanceof Map<?, ?> model
                && model.get("vocab") instanceof Map<?, ?> vocabulary) {
            KEYS.forEach((token, key) -> {
                if (vocabulary.get(token) instanceof Long id) {
                    ids.put(key, id);
                }
            });
        }
        return ids;
    }
}
