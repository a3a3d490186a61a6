package io.bantam.trainer.recipe;

import io.bantam.trainer.recipe.key.Key;
import io.bantam.trainer.recipe.key.Limits;

/**
 * How a byte-level BPE tokenizer is trained.
 *
 * @param vocabularySize entries in all: special tokens and literals (about 240), 256 bytes, merges
 */
public record TokenizerSettings(
        @Key(
                value = "Vocabulary entries in all: special tokens and literals (about 240), 256 bytes, and merges.",
                standard = "8192",
                atLeast = 512,
                atMost = 1_000_000)
        int vocabularySize) {

    public TokenizerSettings {
        Limits.check(TokenizerSettings.class, vocabularySize);
    }
}
