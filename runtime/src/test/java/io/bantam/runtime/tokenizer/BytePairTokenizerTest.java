package io.bantam.runtime.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.runtime.format.FormatException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.regex.Matcher;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Agreement with the Hugging Face library is tested where that library is: in the trainer. */
final class BytePairTokenizerTest {
    private static final byte[] JSON = TinyTokenizer.json("a b", "ab c", "Ġ ab", "b c");

    private static BytePairTokenizer tokenizer() throws FormatException {
        return BytePairTokenizer.of(JSON, "test");
    }

    @Test
    void mergesInTheOrderOfLearning() throws FormatException {
        BytePairTokenizer tokenizer = tokenizer();
        int[] ids = {
            tokenizer.find("Ġab").orElseThrow(), tokenizer.find("<EOL>").orElseThrow(),
            tokenizer.find("Ġ").orElseThrow(), tokenizer.find("abc").orElseThrow()
        };
        assertArrayEquals(ids, tokenizer.encode(" ab <EOL> abc"));
        assertEquals(" ab <EOL> abc", tokenizer.decode(ids));
        assertArrayEquals(new int[] {tokenizer.find("abc").orElseThrow()}, tokenizer.encode("abc"));
        assertEquals("�", tokenizer.decode(tokenizer.find("Ã").orElseThrow()));
    }

    @Test
    void textComesBackAsItWas() throws FormatException {
        String text = "<s> x = <NUM_LIT:1> <EOL>\n\t'<STR_LIT>' é数\uD83D\uDE00 a<EOL>  </s>";
        assertEquals(text, tokenizer().decode(tokenizer().encode(text)));
    }

    @Test
    void idsAboveTheVocabularyAreNoText() throws FormatException {
        BytePairTokenizer tokenizer = tokenizer();
        int known = tokenizer.find("abc").orElseThrow();
        int padding = tokenizer.vocabularySize() + 7;
        assertEquals("abcabc", tokenizer.decode(known, padding, known));
        assertEquals(0, tokenizer.bytes(padding).length);
    }

    @Test
    void oneLongWordIsNotSlow() throws FormatException {
        String word = "abc".repeat(300_000);
        int[] ids = assertTimeoutPreemptively(
                Duration.ofSeconds(60), () -> tokenizer().encode(word));
        assertEquals(300_000, ids.length);
    }

    @Test
    void knowsControlTokens() throws FormatException {
        assertTrue(tokenizer().isControl(0));
        assertTrue(!tokenizer().isControl(4));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"type\":\"BPE\"|\"type\":\"Unigram\"|model.type is \"Unigram\", which is not known here",
                "\"normalizer\":null|\"normalizer\":{}|normalizer.type: is missing",
                "\"normalizer\":null|\"normalizer\":{\"type\":\"Precompiled\"}|normalizer.type is \"Precompiled\"",
                "\"normalizer\":null|\"normalizer\":{\"type\":\"Replace\",\"pattern\":{\"Regex\":\"(\"}}|"
                        + "pattern.Regex: ",
                "\"use_regex\":true|\"use_regex\":1|use_regex: expected true or false",
                "\"lstrip\":true|\"lstrip\":true,\"x\":0,\"content\":1|duplicate key",
                "\"a b\"|\"a zz\"|model.merges[0]: a zz does not join",
                "\"type\":\"Replace\"|\"type\":\"CTC\"|decoder.decoders[0].type is \"CTC\"",
                "\"<EOL>\":4|\"<EOL>\":-4|expected a token id",
                "\"!\":|\"\u2603\":|no token for the byte 33"
            })
    void refusesOtherKinds(String from, String to, String problem) {
        String text = new String(JSON, StandardCharsets.UTF_8);
        assertTrue(text.contains(from), from);
        byte[] changed = text.replace(from, to).getBytes(StandardCharsets.UTF_8);
        String message = assertThrows(FormatException.class, () -> BytePairTokenizer.of(changed, "file"))
                .getMessage();
        assertTrue(message.startsWith("file: ") && message.contains(problem), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"(?x)a", "a\\h", "[[:alpha:]]", "\\p{Alpha}", "a{1,2}+", "(?<n>a)", "a\\", "[a"})
    void refusesPatternsThatMayMeanSomethingElse(String regex) {
        assertThrows(IllegalArgumentException.class, () -> OnigurumaPattern.compile(regex));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "\\s+$;  \\n;0,3",
                "^b;a\\nb;2,3",
                "a.b;a\\rb;0,3",
                "(?i:'s);'\u017F;0,2",
                "[\\s\\d]+;x\u0085\u0663;1,3",
                "\\p{Han}+;a\u4e00;1,2",
                "\\p{^L}+;ab1;2,3",
                "\\W\\w;a-\u00e9;1,3"
            })
    void translatesPatterns(String regex, String text, String place) {
        Matcher matcher = OnigurumaPattern.compile(regex).matcher(text.translateEscapes());
        assertTrue(matcher.find(), regex);
        assertEquals(place, matcher.start() + "," + matcher.end());
    }

    @Test
    void refusesDamagedFiles() {
        for (int length = 0; length < JSON.length; length += 97) {
            byte[] cut = Arrays.copyOf(JSON, length);
            assertThrows(FormatException.class, () -> BytePairTokenizer.of(cut, "file"));
        }
    }
}
