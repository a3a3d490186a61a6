package io.bantam.runtime.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Turns one piece of a text into tokens: first every character by itself, then by merging. A character that the
 * vocabulary does not have is spelt in tokens of its UTF-8 bytes, such as {@code <0xE2>}, if there are such; else it is
 * the unknown token, or lost if there is none.
 *
 * <p>SentencePiece cuts nothing beforehand. Where no merge joins what lies before a {@code ▁} with what begins with it,
 * pieces are cut there, which changes nothing and makes long texts fast.
 */
final class PieceEncoder {
    private static final char MARK = '▁';
    private static final int MOST_CACHED = 1 << 18;
    private static final int LONGEST_CACHED = 100;

    private final TokenizerFile file;
    private final BytePairMerger merger;
    private final boolean cutsAtMarks;
    private final int[] byteTokens;
    private final Map<String, int[]> cache = new ConcurrentHashMap<>();

    PieceEncoder(TokenizerFile file) {
        this.file = file;
        merger = new BytePairMerger(file.merges());
        String[] tokens = file.tokens();
        cutsAtMarks = !file.preTokenization().byteLevel()
                && file.merges().stream().noneMatch(merge -> joinsMark(tokens[merge[0]], tokens[merge[1]]));
        byteTokens = new int[256];
        for (int value = 0; value < byteTokens.length; value++) {
            byteTokens[value] = file.byteFallback() ? id("<0x%02X>".formatted(value)) : -1;
        }
    }

    private static boolean joinsMark(String left, String right) {
        return left.charAt(left.length() - 1) != MARK && right.charAt(0) == MARK;
    }

    private int id(String token) {
        return file.ids().getOrDefault(token, -1);
    }

    /** Adds the tokens of a non-empty piece. */
    void encode(String piece, IntList ids) {
        if (file.ignoreMerges() && id(piece) >= 0) {
            ids.add(id(piece));
            return;
        }
        int start = 0;
        for (int i = 1; cutsAtMarks && i < piece.length(); i++) {
            if (piece.charAt(i) == MARK && piece.charAt(i - 1) != MARK) {
                ids.add(cached(piece.substring(start, i)));
                start = i;
            }
        }
        ids.add(cached(piece.substring(start)));
    }

    private int[] cached(String piece) {
        int[] known = cache.get(piece);
        if (known != null) {
            return known;
        }
        int[] ids = merger.merge(characters(piece));
        if (piece.length() <= LONGEST_CACHED && cache.size() < MOST_CACHED) {
            cache.put(piece, ids);
        }
        return ids;
    }

    private int[] characters(String piece) {
        IntList ids = new IntList(piece.length());
        boolean unknown = false;
        for (int i = 0; i < piece.length(); ) {
            String character = Character.toString(piece.codePointAt(i));
            i += character.length();
            int id = id(character);
            int[] bytes = id >= 0 ? null : bytes(character);
            if (bytes != null) {
                ids.add(bytes);
                continue;
            }
            if (unknown && (id >= 0 || !file.fusesUnknown())) {
                ids.add(file.unknownId());
                unknown = false;
            }
            if (id >= 0) {
                ids.add(id);
            } else {
                unknown = file.unknownId() >= 0;
            }
        }
        if (unknown) {
            ids.add(file.unknownId());
        }
        return ids.toArray();
    }

    /** The tokens of a character's bytes; null unless all are there. */
    private int[] bytes(String character) {
        byte[] bytes = character.getBytes(StandardCharsets.UTF_8);
        int[] ids = new int[bytes.length];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = byteTokens[bytes[i] & 0xff];
            if (ids[i] < 0) {
                return null;
            }
        }
        return ids;
    }
}
