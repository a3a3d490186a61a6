package io.bantam.trainer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class NearestWordTest {
    private static final List<String> WORDS = List.of("run", "score", "inspect", "doctor");

    @Test
    void findsTheWordWithFewestEdits() {
        assertEquals(Optional.of("score"), NearestWord.find("scroe", WORDS));
        assertEquals(Optional.of("run"), NearestWord.find("rum", WORDS));
        assertEquals(Optional.of("doctor"), NearestWord.find("docter", WORDS));
    }

    @Test
    void doesNotCountCaseAndHyphens() {
        assertEquals(Optional.of("per-row"), NearestWord.find("PER_ROW", List.of("per-tensor", "per-row")));
    }

    @Test
    void givesUpWhenTooMuchIsWrong() {
        assertEquals(Optional.empty(), NearestWord.find("xyzzy", WORDS));
        assertEquals(Optional.empty(), NearestWord.find("ax", WORDS));
    }
}
