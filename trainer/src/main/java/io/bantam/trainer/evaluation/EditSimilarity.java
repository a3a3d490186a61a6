package io.bantam.trainer.evaluation;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Edit similarity (ES) of one completed line, a whole number from 0 to 100: {@code fuzz.ratio} of fuzzywuzzy on
 * python-Levenshtein, the measure of CodeXGLUE's line completion (arXiv:2102.04664).
 *
 * <p>With L the length of the longest common subsequence and T the sum of both lengths, in Unicode code points, it is
 * {@code 100 * 2L / T} rounded to the nearest whole number, halves to the even one; 100 for equal texts and 0 if
 * exactly one is empty. The quotient is computed in double precision before it is multiplied by 100, as the reference
 * does, so that the few halves that binary fractions miss (23 of 80, say) come out as there.
 */
public final class EditSimilarity {
    private EditSimilarity() {}

    /** Returns the similarity of a raw prediction and the raw truth, after the rules of {@link LineText}. */
    public static int of(String prediction, String truth) {
        return ratio(LineText.ofPrediction(prediction), LineText.ofTruth(truth));
    }

    /** Returns the similarity of two texts as they are. */
    public static int ratio(String first, String second) {
        if (first.equals(second)) {
            return 100;
        }
        if (first.isEmpty() || second.isEmpty()) {
            return 0;
        }
        int[] a = first.codePoints().toArray();
        int[] b = second.codePoints().toArray();
        double ratio = 2.0 * longestCommonSubsequence(a, b) / ((double) a.length + b.length);
        return (int) Math.rint(100.0 * ratio);
    }

    /**
     * Returns the length of the longest common subsequence.
     *
     * <p>Bit parallel: one bit for each element of {@code a}, a whole column of the dynamic programme in a few word
     * operations (H. Hyyrö, Bit-Parallel LCS-length Computation Revisited, 2004): with M the positions at which the
     * current element of {@code b} occurs in {@code a}, {@code V = (V + (V & M)) | (V & ~M)}; the answer is the number
     * of zero bits in the end.
     */
    static int longestCommonSubsequence(int[] a, int[] b) {
        int words = (a.length + 63) >>> 6;
        Map<Integer, long[]> positions = new HashMap<>();
        for (int i = 0; i < a.length; i++) {
            positions.computeIfAbsent(a[i], element -> new long[words])[i >>> 6] |= 1L << (i & 63);
        }
        long[] column = new long[words];
        Arrays.fill(column, -1L);
        for (int element : b) {
            long[] matches = positions.get(element);
            if (matches == null) {
                continue;
            }
            long carry = 0;
            for (int w = 0; w < words; w++) {
                long v = column[w];
                long overlap = v & matches[w];
                long partial = v + carry;
                long sum = partial + overlap;
                carry = Long.compareUnsigned(partial, v) < 0 || Long.compareUnsigned(sum, partial) < 0 ? 1 : 0;
                column[w] = sum | (v & ~matches[w]);
            }
        }
        int ones = 0;
        for (int w = 0; w < words; w++) {
            boolean last = w == words - 1 && (a.length & 63) != 0;
            ones += Long.bitCount(last ? column[w] & ((1L << (a.length & 63)) - 1) : column[w]);
        }
        return a.length - ones;
    }
}
