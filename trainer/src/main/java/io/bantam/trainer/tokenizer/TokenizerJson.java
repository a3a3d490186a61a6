package io.bantam.trainer.tokenizer;

import io.bantam.trainer.tokenizer.BpeModel.Merge;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
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
        JsonMapper mapper = JsonMapper.shared();
        ObjectNode root = mapper.createObjectNode();
        root.put("version", "1.0").putNull("truncation").putNull("padding");
        addedTokens(model.specialTokens(), root.putArray("added_tokens"));
        root.putNull("normalizer");
        byteLevel(root.putObject("pre_tokenizer"));
        root.putNull("post_processor");
        decoder(root.putObject("decoder"));
        bpe(model, root.putObject("model"));
        var indenter = new DefaultIndenter("  ", "\n");
        var printer = new DefaultPrettyPrinter().withObjectIndenter(indenter).withArrayIndenter(indenter);
        return mapper.writer().with(printer).writeValueAsString(root) + "\n";
    }

    private static void addedTokens(SpecialTokens specialTokens, ArrayNode array) {
        int id = 0;
        for (String token : specialTokens.tokens()) {
            array.addObject()
                    .put("id", id++)
                    .put("content", token)
                    .put("single_word", false)
                    .put("lstrip", SpecialTokens.takesSpaceBefore(token))
                    .put("rstrip", false)
                    .put("normalized", false)
                    .put("special", SpecialTokens.isControl(token));
        }
    }

    private static void byteLevel(ObjectNode node) {
        node.put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", true)
                .put("use_regex", true);
    }

    private static void decoder(ObjectNode node) {
        ArrayNode steps = node.put("type", "Sequence").putArray("decoders");
        String space = String.valueOf(ByteAlphabet.toChar(' '));
        for (String start : new String[] {SpecialTokens.END_OF_LINE, SpecialTokens.NUMBER_START}) {
            ObjectNode step = steps.addObject().put("type", "Replace");
            step.putObject("pattern").put("String", start);
            step.put("content", space + start);
        }
        byteLevel(steps.addObject());
    }

    private static void bpe(BpeModel model, ObjectNode node) {
        node.put("type", "BPE").putNull("dropout").putNull("unk_token");
        node.putNull("continuing_subword_prefix").putNull("end_of_word_suffix");
        node.put("fuse_unk", false).put("byte_fallback", false).put("ignore_merges", false);
        String[] texts = model.tokenTexts();
        ObjectNode vocabulary = node.putObject("vocab");
        for (int id = 0; id < texts.length; id++) {
            vocabulary.put(texts[id], id);
        }
        ArrayNode merges = node.putArray("merges");
        for (Merge merge : model.merges()) {
            merges.add(texts[merge.left()] + " " + texts[merge.right()]);
        }
    }
}
