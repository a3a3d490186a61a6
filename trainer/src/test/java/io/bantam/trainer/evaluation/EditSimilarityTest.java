package io.bantam.trainer.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EditSimilarityTest {
    @Test
    void halvesGoToTheEvenNumber() {
        assertEquals(12, EditSimilarity.ratio("a", "abbbbbbbbbbbbbb")); // 12.5
        assertEquals(38, EditSimilarity.ratio("abc", "abcddddddddddddd".substring(0, 13))); // 37.5
    }

    @Test
    void aHalfThatBinaryFractionsMissIsRoundedAsByTheReference() {
        String first = "x".repeat(23);
        String second = "x".repeat(23) + "y".repeat(34);
        assertEquals(57, EditSimilarity.ratio(first, second)); // 100 * 0.575 is 57.49999999999999
    }

    @Test
    void lengthsAreCodePoints() {
        assertEquals(50, EditSimilarity.ratio("\uD835\uDCB3a", "\uD835\uDCB4a"));
    }

    @Test
    void emptyTexts() {
        assertEquals(100, EditSimilarity.ratio("", ""));
        assertEquals(0, EditSimilarity.ratio("", "a"));
        assertEquals(0, EditSimilarity.ratio("a", ""));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 31, 63, 64, 65, 127, 128, 129, 200, 300})
    void bitParallelSubsequenceEqualsTheDynamicProgramme(int length) {
        long seed = 7_000 + length;
        Random random = new Random(seed);
        for (int round = 0; round < 40; round++) {
            int alphabet = 1 + random.nextInt(round % 2 == 0 ? 3 : 30);
            int[] a = random.ints(length, 0, alphabet).toArray();
            int[] b = random.ints(random.nextInt(2 * length + 2), 0, alphabet).toArray();
            assertEquals(slowSubsequence(a, b), EditSimilarity.longestCommonSubsequence(a, b), "seed " + seed);
        }
    }

    private static int slowSubsequence(int[] a, int[] b) {
        int[][] best = new int[a.length + 1][b.length + 1];
        for (int i = 1; i <= a.length; i++) {
            for (int j = 1; j <= b.length; j++) {
                best[i][j] = a[i - 1] == b[j - 1] ? best[i - 1][j - 1] + 1 : Math.max(best[i - 1][j], best[i][j - 1]);
            }
        }
        return best[a.length][b.length];
    }
}
