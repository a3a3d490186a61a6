package io.bantam.trainer.robustness;

import java.util.Locale;
import java.util.SplittableRandom;

/** A way to put a description in other words without changing what it asks for. */
public enum Perturbation {
    /** Letters in upper case, each by chance: 35 in 100. */
    LETTERS("letters in upper case") {
        @Override
        String change(Words words, SplittableRandom random) {
            return words.map(word -> {
                StringBuilder changed = new StringBuilder(word);
                for (int i = 0; i < word.length(); i++) {
                    if (random.nextDouble() < SHARE) {
                        changed.setCharAt(i, Character.toUpperCase(word.charAt(i)));
                    }
                }
                return changed.toString();
            });
        }
    },

    /** Words replaced by others of their usual meaning in WordNet 3.1, each by chance: 35 in 100. */
    SYNONYMS("synonyms of WordNet 3.1") {
        @Override
        String change(Words words, SplittableRandom random) {
            WordNet wordNet = WordNet.shared();
            return words.map(word -> random.nextDouble() < SHARE ? wordNet.synonym(word, random) : word);
        }
    },

    /** Sentences turned by rules, in the place of a translation there and back, which needs two more models. */
    PARAPHRASE("paraphrased by rules, not by back-translation") {
        @Override
        String change(Words words, SplittableRandom random) {
            return Paraphrase.of(words.text());
        }
    };

    private static final double SHARE = 0.35;

    private final String about;

    Perturbation(String about) {
        this.about = about;
    }

    /** Returns a few words on what is done. */
    public String about() {
        return about;
    }

    /** Returns the name that options use. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Changes the description in a prompt and nothing else: neither code nor examples, names, quotations or numbers.
     *
     * @param prompt source code whose docstring describes a task
     * @param seed the same seed changes the same prompt in the same way
     */
    public final String apply(String prompt, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return Description.in(prompt).map(words -> change(words, random));
    }

    abstract String change(Words words, SplittableRandom random);
}
