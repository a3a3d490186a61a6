package io.bantam.trainer.data;

import java.util.Arrays;
import java.util.List;

/**
 * Finds files that say little new: a file repeats another, wholly or nearly, if more than half of its longer lines were
 * seen in the files accepted before it. A longer line has at least {@value #LINE_TOKENS} tokens; repeated lines of one
 * file count once. A file with fewer than {@value #FEWEST_LINES} longer lines is never called a repetition (exact
 * copies are found by their hash).
 *
 * <p>The answer depends on the order of the files. Offered from the longest to the shortest, no accepted file is mostly
 * contained in the accepted files before it, so that splitting the accepted files puts no near-duplicates into two
 * splits.
 */
final class NearDuplicates {

    /** Shorter lines ({@code return self . x}) are common to files that have nothing to do with each other. */
    static final int LINE_TOKENS = 8;

    static final int FEWEST_LINES = 4;

    private final LongSet seen = new LongSet();

    /**
     * Judges a file; an accepted one is remembered.
     *
     * @return whether it is new
     */
    boolean accept(Document document) {
        long[] lines = longerLines(document.lines());
        int known = 0;
        for (long line : lines) {
            if (seen.contains(line)) {
                known++;
            }
        }
        if (lines.length >= FEWEST_LINES && 2 * known > lines.length) {
            return false;
        }
        for (long line : lines) {
            seen.add(line);
        }
        return true;
    }

    /** The hashes of the different longer lines, each its tokens joined by single spaces. */
    static long[] longerLines(List<String> lines) {
        long[] hashes = new long[16];
        int count = 0;
        for (String line : lines) {
            int tokens = 1;
            long hash = 0xCBF29CE484222325L;
            for (int i = 0; i < line.length(); i++) {
                char c = line.charAt(i);
                if (c == ' ') {
                    tokens++;
                }
                hash = (hash ^ c) * 0x100000001B3L;
            }
            if (tokens >= LINE_TOKENS) {
                if (count == hashes.length) {
                    hashes = Arrays.copyOf(hashes, 2 * count);
                }
                hashes[count++] = LongSet.mix(hash);
            }
        }
        return Arrays.stream(hashes, 0, count).sorted().distinct().toArray();
    }
}
