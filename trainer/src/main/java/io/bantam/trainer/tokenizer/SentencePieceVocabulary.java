package io.bantam.trainer.tokenizer;

import io.bantam.trainer.tokenizer.SentencePieceModel.Kind;
import io.bantam.trainer.tokenizer.SentencePieceModel.Piece;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes a {@code tokenizer.json} of the {@code tokenizer.model} that Llama and CodeLlama came with. SentencePiece
 * merges the pair whose product has the highest score; written as a list, that is every way to put a piece together,
 * the highest score first. Of two ways to the same piece SentencePiece takes the leftmost in the text, the list the one
 * with the longer left part.
 *
 * <p>Control pieces such as {@code <s>} are found where they stand in the text, and user-defined pieces with spaces for
 * their {@code ▁}. The text behind an added token gets a space before it, as at the beginning: this is what the
 * {@code tokenizer.json} files published with these models say.
 *
 * <p>PLBART's {@code sentencepiece.bpe.model} is read too. Its ids are those of fairseq: {@code <s>}, {@code <pad>},
 * {@code </s>} and {@code <unk>} first, then the model's own pieces, the languages of {@code language_codes} in
 * {@code tokenizer_config.json}, and {@code <mask>}.
 */
final class SentencePieceVocabulary {
    private static final String FILE = "tokenizer.model";
    private static final String FAIRSEQ_FILE = "sentencepiece.bpe.model";
    private static final List<String> FEW_LANGUAGES = List.of("__java__", "__python__", "__en_XX__");
    private static final List<String> ALL_LANGUAGES =
            List.of("__java__", "__python__", "__en_XX__", "__javascript__", "__php__", "__ruby__", "__go__");
    private static final String MARK = "▁";
    private static final String BEGIN = "<s>";

    /** A pair that becomes a piece. */
    private record Merge(String left, String right, float score) {
        String[] parts() {
            return new String[] {left, right};
        }
    }

    private SentencePieceVocabulary() {}

    /** Returns whether the file is in a folder. */
    static boolean isIn(Path folder) {
        return Files.isRegularFile(folder.resolve(FILE)) || Files.isRegularFile(folder.resolve(FAIRSEQ_FILE));
    }

    static byte[] toTokenizerJson(Path folder) throws IOException {
        Path file = folder.resolve(FILE);
        if (!Files.isRegularFile(file)) {
            return ofFairseq(folder).getBytes(StandardCharsets.UTF_8);
        }
        SentencePieceModel model = SentencePieceModel.parse(Files.readAllBytes(file), file.toString());
        TreeSet<String> control = LegacyVocabulary.control(folder);
        return toTokenizerJson(model, LegacyVocabulary.added(folder), control).getBytes(StandardCharsets.UTF_8);
    }

    private static String ofFairseq(Path folder) throws IOException {
        Path file = folder.resolve(FAIRSEQ_FILE);
        SentencePieceModel model = SentencePieceModel.parseNormalizing(Files.readAllBytes(file), file.toString());
        List<Piece> pieces = new ArrayList<>(List.of(
                new Piece(BEGIN, 0, Kind.CONTROL),
                new Piece("<pad>", 0, Kind.CONTROL),
                new Piece("</s>", 0, Kind.CONTROL),
                new Piece("<unk>", 0, Kind.UNKNOWN)));
        model.pieces().stream()
                .filter(piece -> piece.kind() != Kind.CONTROL && piece.kind() != Kind.UNKNOWN)
                .forEach(pieces::add);
        Path settings = folder.resolve("tokenizer_config.json");
        boolean many = Files.exists(settings)
                && JsonMapper.shared()
                        .readTree(Files.readAllBytes(settings))
                        .path("language_codes")
                        .asString("base")
                        .equals("multi");
        List<String> languages = many ? ALL_LANGUAGES : FEW_LANGUAGES;
        Map<String, Integer> added = new LinkedHashMap<>();
        languages.forEach(language -> added.put(language, pieces.size() + added.size()));
        if (!many) {
            added.put("<mask>", pieces.size() + added.size());
        }
        return toTokenizerJson(model.withPieces(pieces), added, new TreeSet<>(added.keySet()));
    }

    private static String toTokenizerJson(
            SentencePieceModel model, Map<String, Integer> added, TreeSet<String> control) {
        JsonMapper mapper = JsonMapper.shared();
        ObjectNode root = mapper.createObjectNode();
        root.put("version", "1.0").putNull("truncation").putNull("padding");
        ArrayNode addedTokens = root.putArray("added_tokens");
        normalizer(model, root.putObject("normalizer"));
        root.putNull("pre_tokenizer");
        begin(model, root);
        decoder(model, root.putObject("decoder"));
        ObjectNode bpe = root.putObject("model").put("type", "BPE").putNull("dropout");
        bpe.putNull("continuing_subword_prefix").putNull("end_of_word_suffix");
        bpe.put("fuse_unk", true).put("byte_fallback", model.byteFallback()).put("ignore_merges", false);
        ObjectNode vocabulary = bpe.putObject("vocab");
        for (int id = 0; id < model.pieces().size(); id++) {
            Piece piece = model.pieces().get(id);
            String text = piece.kind() == Kind.USER_DEFINED ? piece.text().replace(MARK, " ") : piece.text();
            vocabulary.put(text, id);
            switch (piece.kind()) {
                case UNKNOWN -> {
                    bpe.put("unk_token", text);
                    add(addedTokens, id, text, true);
                }
                case CONTROL -> add(addedTokens, id, text, true);
                case USER_DEFINED -> add(addedTokens, id, text, control.contains(piece.text()));
                default -> {}
            }
        }
        added.forEach((text, id) -> {
            if (!vocabulary.has(text)) {
                add(addedTokens, id, text, control.contains(text));
            }
        });
        ArrayNode merges = bpe.putArray("merges");
        for (Merge merge : merges(model)) {
            ArrayNode pair = merges.addArray();
            for (String part : merge.parts()) {
                pair.add(part);
            }
        }
        return mapper.writeValueAsString(root) + "\n";
    }

    private static void add(ArrayNode tokens, int id, String content, boolean special) {
        tokens.addObject()
                .put("id", id)
                .put("content", content)
                .put("single_word", false)
                .put("lstrip", false)
                .put("rstrip", false)
                .put("normalized", false)
                .put("special", special);
    }

    private static void normalizer(SentencePieceModel model, ObjectNode node) {
        ArrayNode steps = node.put("type", "Sequence").putArray("normalizers");
        if (model.characters().length > 0) {
            String map = Base64.getEncoder().encodeToString(model.characters());
            steps.addObject().put("type", "Precompiled").put("precompiled_charsmap", map);
        }
        if (model.dropsSpaces()) {
            steps.addObject().put("type", "Strip").put("strip_left", true).put("strip_right", true);
            ObjectNode several = steps.addObject().put("type", "Replace");
            several.putObject("pattern").put("Regex", " {2,}");
            several.put("content", " ");
        }
        if (model.spaceBefore()) {
            steps.addObject().put("type", "Prepend").put("prepend", MARK);
        }
        replace(steps.addObject(), " ", MARK);
    }

    /** Models of this kind were trained on texts that begin with {@code <s>}. */
    private static void begin(SentencePieceModel model, ObjectNode root) {
        int id = model.pieces().stream().map(Piece::text).toList().indexOf(BEGIN);
        if (id < 0) {
            root.putNull("post_processor");
            return;
        }
        ObjectNode processor = root.putObject("post_processor").put("type", "TemplateProcessing");
        for (String key : List.of("single", "pair")) {
            ArrayNode parts = processor.putArray(key);
            parts.addObject().putObject("SpecialToken").put("id", BEGIN).put("type_id", 0);
            parts.addObject().putObject("Sequence").put("id", "A").put("type_id", 0);
            if (key.equals("pair")) {
                parts.addObject().putObject("Sequence").put("id", "B").put("type_id", 1);
            }
        }
        ObjectNode token =
                processor.putObject("special_tokens").putObject(BEGIN).put("id", BEGIN);
        token.putArray("ids").add(id);
        token.putArray("tokens").add(BEGIN);
    }

    private static void decoder(SentencePieceModel model, ObjectNode node) {
        ArrayNode steps = node.put("type", "Sequence").putArray("decoders");
        replace(steps.addObject(), MARK, " ");
        steps.addObject().put("type", "ByteFallback");
        steps.addObject().put("type", "Fuse");
        if (model.spaceBefore()) {
            steps.addObject()
                    .put("type", "Strip")
                    .put("content", " ")
                    .put("start", 1)
                    .put("stop", 0);
        }
    }

    private static void replace(ObjectNode node, String from, String to) {
        node.put("type", "Replace").putObject("pattern").put("String", from);
        node.put("content", to);
    }

    private static List<Merge> merges(SentencePieceModel model) {
        Map<String, Float> scores = new HashMap<>();
        for (Piece piece : model.pieces()) {
            if (piece.kind() == Kind.NORMAL) {
                scores.put(piece.text(), piece.score());
            }
        }
        List<Merge> merges = new ArrayList<>();
        for (Piece piece : model.pieces()) {
            if (piece.kind() != Kind.NORMAL) {
                continue;
            }
            String text = piece.text();
            for (int end = text.length(); end > 0; end--) {
                String left = text.substring(0, end);
                String right = text.substring(end);
                // A cut inside of a surrogate pair gives halves that are no pieces.
                if (scores.containsKey(left) && scores.containsKey(right)) {
                    merges.add(new Merge(left, right, piece.score()));
                }
            }
        }
        merges.sort(Comparator.comparing(Merge::score).reversed());
        return merges;
    }
}
