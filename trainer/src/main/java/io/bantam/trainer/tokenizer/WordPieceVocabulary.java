package io.bantam.trainer.tokenizer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes a {@code tokenizer.json} of the {@code vocab.txt} that BERT models came with: WordPiece, one piece a line, the
 * line's number its id. {@code tokenizer_config.json} says whether words are put in lower case; without it they are.
 */
final class WordPieceVocabulary {
    private static final String FILE = "vocab.txt";
    private static final List<String> CONTROL = List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]");
    private static final int LONGEST_WORD = 100;

    private WordPieceVocabulary() {}

    /** Returns whether the file is in a folder. */
    static boolean isIn(Path folder) {
        return Files.isRegularFile(folder.resolve(FILE));
    }

    static byte[] toTokenizerJson(Path folder) throws IOException {
        List<String> pieces = Files.readAllLines(folder.resolve(FILE));
        JsonMapper mapper = JsonMapper.shared();
        ObjectNode root = mapper.createObjectNode();
        root.put("version", "1.0").putNull("truncation").putNull("padding");
        ArrayNode added = root.putArray("added_tokens");
        for (int id = 0; id < pieces.size(); id++) {
            if (CONTROL.contains(pieces.get(id))) {
                added.addObject()
                        .put("id", id)
                        .put("content", pieces.get(id))
                        .put("single_word", false)
                        .put("lstrip", false)
                        .put("rstrip", false)
                        .put("normalized", false)
                        .put("special", true);
            }
        }
        Optional<JsonNode> settings = settings(folder, mapper);
        root.putObject("normalizer")
                .put("type", "BertNormalizer")
                .put("clean_text", true)
                .put(
                        "handle_chinese_chars",
                        settings.map(s -> s.path("tokenize_chinese_chars").asBoolean(true))
                                .orElse(true))
                .put(
                        "lowercase",
                        settings.map(s -> s.path("do_lower_case").asBoolean(true))
                                .orElse(true))
                .putNull("strip_accents");
        root.putObject("pre_tokenizer").put("type", "BertPreTokenizer");
        root.putNull("post_processor");
        root.putObject("decoder").put("type", "WordPiece").put("prefix", "##").put("cleanup", true);
        ObjectNode model = root.putObject("model")
                .put("type", "WordPiece")
                .put("unk_token", "[UNK]")
                .put("continuing_subword_prefix", "##")
                .put("max_input_chars_per_word", LONGEST_WORD);
        ObjectNode vocabulary = model.putObject("vocab");
        for (int id = 0; id < pieces.size(); id++) {
            vocabulary.put(pieces.get(id), id);
        }
        return mapper.writeValueAsString(root).getBytes(StandardCharsets.UTF_8);
    }

    private static Optional<JsonNode> settings(Path folder, JsonMapper mapper) throws IOException {
        Path file = folder.resolve("tokenizer_config.json");
        return Files.exists(file) ? Optional.of(mapper.readTree(Files.readAllBytes(file))) : Optional.empty();
    }
}
