package io.bantam.trainer.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class NearDuplicatesTest {

    @Test
    void onlyLongerLinesCountAndEachOnce() {
        String longer = "a b c d e f g h";
        assertEquals(1, NearDuplicates.longerLines(List.of(longer, "a b c d e f g", longer)).length);
        assertEquals(0, NearDuplicates.longerLines(List.of("")).length);
        assertArrayEquals(
                NearDuplicates.longerLines(List.of(longer, "x")), NearDuplicates.longerLines(List.of("y", longer)));
    }

    @Test
    void filesWithFewLongerLinesAreNeverRepetitions() {
        NearDuplicates near = new NearDuplicates();
        List<String> three = Documents.randomLines(1, 3);
        assertTrue(near.accept(Documents.of("a", three)));
        assertTrue(near.accept(Documents.of("b", three)));
        List<String> four = Documents.randomLines(2, 4);
        assertTrue(near.accept(Documents.of("c", four)));
        assertFalse(near.accept(Documents.of("d", four)));
    }

    @Test
    void longSetHoldsWhatWasAdded() {
        LongSet set = new LongSet();
        Set<Long> expected = new HashSet<>();
        Random random = new Random(3);
        for (int i = 0; i < 20_000; i++) {
            long value = random.nextInt(15_000) - 7_000;
            if (value != 0) {
                set.add(value);
                expected.add(value);
            }
        }
        assertEquals(expected.size(), set.size());
        for (long value = -8_000; value < 9_000; value++) {
            if (value != 0) {
                assertEquals(expected.contains(value), set.contains(value), "value " + value);
            }
        }
    }
}
