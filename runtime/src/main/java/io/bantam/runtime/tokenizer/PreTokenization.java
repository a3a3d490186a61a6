package io.bantam.runtime.tokenizer;

import io.bantam.runtime.format.FormatException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The cut of a text into the pieces that merges stay within, and their alphabet: the {@code pre_tokenizer} of a {@code
 * tokenizer.json}. Known are {@code Split}, {@code Digits}, {@code Metaspace}, {@code ByteLevel} and sequences of them.
 */
final class PreTokenization {
    /** GPT-2's pattern (Radford et al. 2019), with {@code \s} as Unicode's White_Space. */
    private static final Pattern GPT2 = Pattern.compile("'s|'t|'re|'ve|'m|'ll|'d"
            + "| ?\\p{L}+| ?\\p{N}+| ?[^\\p{IsWhite_Space}\\p{L}\\p{N}]+"
            + "|\\p{IsWhite_Space}+(?!\\P{IsWhite_Space})|\\p{IsWhite_Space}+");

    /** The name of GPT-2's pattern in {@link #cuts}. */
    static final String GPT2_CUT = "gpt-2";
    /** The name of the cut into single digits in {@link #cuts}. */
    static final String DIGITS_CUT = "digits";

    /** One step of the cut. */
    private interface Step {
        /** Adds the parts of a piece; {@code first} tells that it begins the text. */
        void cut(String piece, boolean first, List<String> parts);
    }

    /** The fate of the places that a pattern matches. */
    private enum Behavior {
        REMOVED,
        ISOLATED,
        MERGED_WITH_PREVIOUS,
        MERGED_WITH_NEXT,
        CONTIGUOUS;

        static Behavior parse(TokenizerNode node) throws FormatException {
            return switch (node.string("behavior")) {
                case "Removed" -> REMOVED;
                case "Isolated" -> ISOLATED;
                case "MergedWithPrevious" -> MERGED_WITH_PREVIOUS;
                case "MergedWithNext" -> MERGED_WITH_NEXT;
                case "Contiguous" -> CONTIGUOUS;
                default -> throw node.unknown("behavior");
            };
        }
    }

    private final List<Step> steps = new ArrayList<>();
    private final List<String> cuts = new ArrayList<>();
    private boolean byteLevel;
    private boolean plainGpt2;

    private PreTokenization() {}

    /**
     * Reads a cut.
     *
     * @param node of the file; null for none
     */
    static PreTokenization parse(TokenizerNode node) throws FormatException {
        PreTokenization parsed = new PreTokenization();
        if (node != null) {
            for (TokenizerNode step : node.steps("pretokenizers")) {
                if (parsed.byteLevel) {
                    throw node.error("pretokenizers", "nothing may follow ByteLevel");
                }
                parsed.add(step);
            }
            parsed.plainGpt2 = node.type().equals("ByteLevel")
                    && !node.flag("add_prefix_space", true)
                    && node.flag("use_regex", true);
        }
        return parsed;
    }

    private void add(TokenizerNode node) throws FormatException {
        switch (node.type()) {
            case "Split" -> {
                TokenizerNode pattern = node.child("pattern");
                cuts.add(pattern.string(pattern.has("Regex") ? "Regex" : "String"));
                steps.add(split(Normalization.pattern(node), Behavior.parse(node), node.flag("invert", false)));
            }
            case "Digits" -> {
                boolean single = node.flag("individual_digits", false);
                cuts.add(single ? DIGITS_CUT : "numbers");
                steps.add(split(Pattern.compile(single ? "\\p{N}" : "\\p{N}+"), Behavior.ISOLATED, false));
            }
            case "Metaspace" -> metaspace(node);
            case "ByteLevel" -> {
                byteLevel = true;
                if (node.flag("add_prefix_space", true)) {
                    cuts.add("prefix space");
                    steps.add((piece, first, parts) -> parts.add(piece.startsWith(" ") ? piece : " " + piece));
                }
                if (node.flag("use_regex", true)) {
                    cuts.add(GPT2_CUT);
                    steps.add(split(GPT2, Behavior.ISOLATED, false));
                }
            }
            default -> throw node.unknown("type");
        }
    }

    private void metaspace(TokenizerNode node) throws FormatException {
        String mark = node.string("replacement");
        String scheme = node.has("prepend_scheme")
                ? node.string("prepend_scheme")
                : node.flag("add_prefix_space", true) ? "always" : "never";
        if (!List.of("always", "first", "never").contains(scheme)) {
            throw node.unknown("prepend_scheme");
        }
        cuts.add("metaspace " + scheme);
        steps.add((piece, first, parts) -> {
            String marked = piece.replace(" ", mark);
            boolean prefix = scheme.equals("always") || scheme.equals("first") && first;
            parts.add(prefix && !marked.startsWith(mark) ? mark + marked : marked);
        });
        if (node.flag("split", true)) {
            steps.add(split(Pattern.compile(Pattern.quote(mark)), Behavior.MERGED_WITH_NEXT, false));
        }
    }

    private static Step split(Pattern pattern, Behavior behavior, boolean invert) {
        return (piece, first, parts) -> {
            List<int[]> places = new ArrayList<>();
            int end = 0;
            Matcher matcher = pattern.matcher(piece);
            while (matcher.find()) {
                if (end < matcher.start()) {
                    places.add(new int[] {end, matcher.start(), invert ? 1 : 0});
                }
                places.add(new int[] {matcher.start(), matcher.end(), invert ? 0 : 1});
                end = matcher.end();
            }
            if (end < piece.length()) {
                places.add(new int[] {end, piece.length(), invert ? 1 : 0});
            }
            for (int[] place : joined(places, behavior)) {
                if (place[0] < place[1]) {
                    parts.add(piece.substring(place[0], place[1]));
                }
            }
        };
    }

    /** Puts together what belongs together; a place is begin, end, and 1 where the pattern matched. */
    private static List<int[]> joined(List<int[]> places, Behavior behavior) {
        if (behavior == Behavior.ISOLATED) {
            return places;
        }
        List<int[]> joined = new ArrayList<>();
        int[] before = null;
        for (int[] place : places) {
            boolean matched = place[2] == 1;
            boolean beforeMatched = before != null && before[2] == 1;
            boolean joins = before != null
                    && switch (behavior) {
                        case MERGED_WITH_PREVIOUS -> matched && !beforeMatched;
                        case MERGED_WITH_NEXT -> beforeMatched && !matched;
                        case CONTIGUOUS -> matched == beforeMatched;
                        default -> false;
                    };
            if (joins) {
                joined.getLast()[1] = place[1];
            } else if (behavior != Behavior.REMOVED || !matched) {
                joined.add(place.clone());
            }
            before = place;
        }
        return joined;
    }

    /** The pieces of a text in the file's alphabet, none of them empty. */
    List<String> pieces(String text, boolean first) {
        List<String> pieces = text.isEmpty() ? List.of() : List.of(text);
        for (Step step : steps) {
            List<String> parts = new ArrayList<>();
            for (String piece : pieces) {
                step.cut(piece, first && parts.isEmpty(), parts);
            }
            pieces = parts;
        }
        return byteLevel ? pieces.stream().map(PreTokenization::inByteAlphabet).toList() : pieces;
    }

    private static String inByteAlphabet(String piece) {
        byte[] bytes = piece.getBytes(StandardCharsets.UTF_8);
        char[] letters = new char[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            letters[i] = ByteAlphabet.toChar(bytes[i] & 0xff);
        }
        return new String(letters);
    }

    /** Whether pieces are written in the {@link ByteAlphabet}. */
    boolean byteLevel() {
        return byteLevel;
    }

    /** Whether it is GPT-2's pattern and nothing else, so that text may be encoded in {@link Chunks}. */
    boolean plainGpt2() {
        return plainGpt2;
    }

    /** The cuts in their order: patterns as the file writes them, and names for those that have no pattern there. */
    List<String> cuts() {
        return List.copyOf(cuts);
    }
}
