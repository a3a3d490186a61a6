package io.bantam.trainer.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class NearestWordTest {
    private static final List<String> WORDS = List.of("run", "score", "inspect", "doctor");

    @Test
    void findsTheWordWithFewestEdits() {
        assertEquals(Optional.of("score"), NearestWord.of("scroe", WORDS));
        assertEquals(Optional.of("run"), NearestWord.of("rum", WORDS));
        assertEquals(Optional.of("doctor"), NearestWord.of("docter", WORDS));
    }

    @Test
    void givesUpWhenTooMuchIsWrong() {
        assertEquals(Optional.empty(), NearestWord.of("frobnicate", WORDS));
        assertEquals(Optional.empty(), NearestWord.of("ax", WORDS));
    }
}
