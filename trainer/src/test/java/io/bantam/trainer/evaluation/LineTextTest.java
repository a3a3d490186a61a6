package io.bantam.trainer.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class LineTextTest {
    @Test
    void onlyThePredictionIsStripped() {
        assertEquals("pass", LineText.ofPrediction(" \t\u00a0\u3000pass\u2028\u001f\n"));
        assertEquals("  pass ", LineText.ofTruth("  pass "));
    }

    @Test
    void placeholdersWithoutLiteral() {
        assertEquals("x = 0 + '' + ''", LineText.ofTruth("x = <NUM_LIT> + '<STR_LIT>' + '<CHAR_LIT>'"));
    }

    @Test
    void placeholdersWithLiteralTakeTheShortestMatchAndKeepEscapes() {
        assertEquals("'>' 1 'a' U+0020", LineText.ofTruth("'<STR_LIT:>>' <NUM_LIT:1> '<CHAR_LIT:a>' <STR_LIT:U+0020>"));
        assertEquals("a\nb", LineText.ofTruth("<STR_LIT:a\nb>"));
        assertEquals("<FOO_LIT:a>", LineText.ofTruth("<FOO_LIT:a>"));
    }

    @Test
    void literalsWithRegexOrReplacementCharactersAreTakenAsTheyAre() {
        assertEquals("$1\\ .*", LineText.ofTruth("<STR_LIT:$1\\> <STR_LIT:.*>"));
    }

    @Test
    void foundPlaceholdersAreReplacedEverywhereLikeTheReference() {
        assertEquals("1 1", LineText.ofTruth("<STR_LIT:<NUM_LIT:1>> <NUM_LIT:1>"));
    }

    @Test
    void wordsSplitAtUnicodeSpaceAndAreNeverEmpty() {
        assertEquals(List.of("a", "b", "c"), LineText.words("  a \u2003b\u0085c\t"));
        assertEquals(List.of(), LineText.words(" \n"));
        assertEquals(List.of("a\u200bb"), LineText.words("a\u200bb"), "a zero width space is no white space");
    }

    @Test
    void exactMatchComparesWords() {
        assertTrue(ExactMatch.matches("return  self . x", "return self . x "));
        assertFalse(ExactMatch.matches("return self.x", "return self . x"));
        assertTrue(ExactMatch.matches("<STR_LIT>", ""));
    }
}
