package io.bantam.trainer.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.trainer.BantamException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LegacyVocabularyTest {

    @TempDir
    Path folder;

    @Test
    void readsVocabularyMergesAndAddedTokens() throws Exception {
        Files.writeString(
                folder.resolve("vocab.json"), "{\"<s>\":0,\"a\":1,\"b\":2,\"Ġ\":3,\"ab\":4,\"Ġab\":5,\"<\":6,\">\":7}");
        Files.writeString(folder.resolve("merges.txt"), "#version: 0.2\na b\nĠ ab\n");
        Files.writeString(folder.resolve("added_tokens.json"), "{\"<EOL>\":8}");
        Files.writeString(
                folder.resolve("special_tokens_map.json"),
                "{\"bos_token\":{\"content\":\"<s>\",\"lstrip\":false},\"additional_special_tokens\":[\"<x>\"]}");

        try (var tokenizer = CodeTokenizer.open(folder)) {
            assertEquals(9, tokenizer.vocabularySize());
            assertArrayEquals(new int[] {0, 5, 3, 8, 5, 1}, tokenizer.encode("<s> ab <EOL> aba"));
            assertEquals("<s> ab <EOL> aba", tokenizer.decode(0, 5, 3, 8, 5, 1));
            assertEquals("ab<EOL>ab", tokenizer.decode(tokenizer.encode("ab<EOL>ab")));
        }
    }

    @Test
    void namesTheDamagedFile() throws Exception {
        Files.writeString(folder.resolve("merges.txt"), "");
        Files.writeString(folder.resolve("vocab.json"), "{\"a\":\"b\"}");
        refused("vocab.json: expected a token id for 'a'");
        Files.writeString(folder.resolve("vocab.json"), "{");
        refused("vocab.json: damaged");
    }

    private void refused(String message) {
        var problem = assertThrows(BantamException.class, () -> CodeTokenizer.open(folder));
        assertTrue(problem.getMessage().contains(message), problem.getMessage());
    }
}
