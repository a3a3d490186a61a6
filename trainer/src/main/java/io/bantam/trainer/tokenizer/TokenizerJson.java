package io.bantam.trainer.tokenizer;

import io.bantam.runtime.tokenizer.ByteAlphabet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes a {@link BpeModel} as a Hugging Face {@code tokenizer.json}: byte-level pre-tokenizer without prefix space, no
 * normalizer and no post-processor ({@code <s>} stands in the text), and the decoder that the package description
 * explains. Same model, same bytes.
 */
public final class TokenizerJson {

    /**
     * An item that is found in the text before anything is cut or merged.
     *
     * @param id its id
     * @param content its text
     * @param takesSpaceBefore whether it takes the space before it
     * @param control whether decoding may leave it out
     */
    record AddedToken(int id, String content, boolean takesSpaceBefore, boolean control) {}

    private TokenizerJson() {}

    /**
     * Writes the file; a half-written one never stands under its name.
     *
     * @throws IOException if the folder is missing or the disk is full
     */
    public static void write(BpeModel model, Path file) throws IOException {
        Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
        Files.writeString(temporary, toJson(model));
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Returns the text of the file. */
    public static String toJson(BpeModel model) {
        List<AddedToken> added = new ArrayList<>();
        for (String token : model.specialTokens().tokens()) {
            added.add(new AddedToken(
                    added.size(), token, SpecialTokens.takesSpaceBefore(token), SpecialTokens.isControl(token)));
        }
        String[] texts = model.tokenTexts();
        Map<String, Integer> vocabulary = new LinkedHashMap<>();
        for (int id = 0; id < texts.length; id++) {
            vocabulary.put(texts[id], id);
        }
        List<String> merges = model.merges().stream()
                .map(merge -> texts[merge.left()] + " " + texts[merge.right()])
                .toList();
        return toJson(vocabulary, merges, added);
    }

    /**
     * Returns the text of a file.
     *
     * @param vocabulary ids of all items
     * @param merges pairs in order, with a space between
     * @param added whole items, among them every one of the vocabulary that is no product of merges
     */
    static String toJson(Map<String, Integer> vocabulary, List<String> merges, List<AddedToken> added) {
        JsonMapper mapper = JsonMapper.shared();
        ObjectNode root = mapper.createObjectNode();
        root.put("version", "1.0").putNull("truncation").putNull("padding");
        ArrayNode array = root.putArray("added_tokens");
        added.forEach(token -> array.addObject()
                .put("id", token.id)
                .put("content", token.content)
                .put("single_word", false)
                .put("lstrip", token.takesSpaceBefore)
                .put("rstrip", false)
                .put("normalized", false)
                .put("special", token.control));
        root.putNull("normalizer");
        byteLevel(root.putObject("pre_tokenizer"));
        root.putNull("post_processor");
        decoder(added, root.putObject("decoder"));
        ObjectNode model = root.putObject("model").put("type", "BPE");
        model.putNull("dropout").putNull("unk_token");
        model.putNull("continuing_subword_prefix").putNull("end_of_word_suffix");
        model.put("fuse_unk", false).put("byte_fallback", false).put("ignore_merges", false);
        vocabulary.forEach(model.putObject("vocab")::put);
        merges.forEach(model.putArray("merges")::add);
        var indenter = new DefaultIndenter("  ", "\n");
        var printer = new DefaultPrettyPrinter().withObjectIndenter(indenter).withArrayIndenter(indenter);
        return mapper.writer().with(printer).writeValueAsString(root) + "\n";
    }

    private static void byteLevel(ObjectNode node) {
        node.put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", true)
                .put("use_regex", true);
    }

    private static void decoder(List<AddedToken> added, ObjectNode node) {
        if (added.stream().noneMatch(AddedToken::takesSpaceBefore)) {
            byteLevel(node);
            return;
        }
        ArrayNode steps = node.put("type", "Sequence").putArray("decoders");
        String space = String.valueOf(ByteAlphabet.toChar(' '));
        for (String start : List.of(SpecialTokens.END_OF_LINE, SpecialTokens.NUMBER_START)) {
            ObjectNode step = steps.addObject().put("type", "Replace");
            step.putObject("pattern").put("String", start);
            step.put("content", space + start);
        }
        byteLevel(steps.addObject());
    }
}
