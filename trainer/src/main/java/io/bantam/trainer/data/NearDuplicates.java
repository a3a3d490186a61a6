package io.bantam.trainer.data;

import io.bantam.runtime.python.PythonNormalizer;
import java.util.Arrays;

/**
 * Finds files that say little new: a file repeats another, wholly or nearly, if more than half of its longer lines were
 * seen in the files accepted before it. A longer line has at least {@value #LINE_TOKENS} tokens; repeated lines of one
 * file count once. A file with fewer than {@value #FEWEST_LINES} longer lines is never called a repetition (exact copies
 * are found by their hash).
 *
 * <p>The answer depends on the order of the files. Offered from the longest to the shortest, no accepted file is mostly
 * contained in the accepted files before it, so that splitting the accepted files puts no near-duplicates into two
 * splits.
 */
final class NearDuplicates {

    /** Shorter lines ({@code return self . x}) are common to files that have nothing to do with each other. */
    static final int LINE_TOKENS = 8;

    static final int FEWEST_LINES = 4;

    private static final String SEPARATOR = " " + PythonNormalizer.END_OF_LINE + " ";

    private final LongSet seen = new LongSet();

    /**
     * Judges a file; an accepted one is remembered.
     *
     * @return whether it is new
     */
    boolean accept(Document document) {
        long[] lines = longerLines(document.body());
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

    /** The hashes of the different longer lines of a text in normal form. */
    static long[] longerLines(String body) {
        long[] hashes = new long[16];
        int count = 0;
        int start = 0;
        while (start <= body.length()) {
            int end = body.indexOf(SEPARATOR, start);
            if (end < 0) {
                end = body.length();
            }
            int tokens = 1;
            long hash = 0xCBF29CE484222325L;
            for (int i = start; i < end; i++) {
                char c = body.charAt(i);
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
            start = end + SEPARATOR.length();
        }
        return Arrays.stream(hashes, 0, count).sorted().distinct().toArray();
    }
}
