package io.bantam.trainer.hub;

import io.bantam.trainer.tokenizer.CodeTokenizer;
import io.bantam.trainer.tokenizer.SpecialTokens;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A tokenizer of a few letters, smaller than any trained one. */
final class TinyTokenizer {

    private TinyTokenizer() {}

    static CodeTokenizer open(int vocabularySize) {
        return CodeTokenizer.of(json(vocabularySize), "tiny");
    }

    static byte[] json(int vocabularySize) {
        var items = new ArrayList<String>();
        var added = new ArrayList<String>();
        List<String> special = SpecialTokens.py150().tokens().subList(0, 5);
        for (int id = 0; id < vocabularySize; id++) {
            String token = id < special.size() ? special.get(id) : String.valueOf((char) ('a' + id));
            items.add("\"" + token + "\":" + id);
            if (id < special.size()) {
                added.add("{\"id\":" + id + ",\"content\":\"" + token
                        + "\",\"single_word\":false,\"lstrip\":false,"
                        + "\"rstrip\":false,\"normalized\":false,\"special\":true}");
            }
        }
        String json =
                "{\"version\":\"1.0\",\"truncation\":null,\"padding\":null,\"added_tokens\":[" + String.join(",", added)
                        + "],\"normalizer\":null,\"pre_tokenizer\":null,\"post_processor\":null,\"decoder\":null,"
                        + "\"model\":{\"type\":\"BPE\",\"vocab\":{" + String.join(",", items) + "},\"merges\":[]}}";
        return json.getBytes(StandardCharsets.UTF_8);
    }
}
