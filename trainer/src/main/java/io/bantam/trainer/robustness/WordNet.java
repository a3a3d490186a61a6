package io.bantam.trainer.robustness;

import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import net.sf.extjwnl.JWNLException;
import net.sf.extjwnl.data.IndexWord;
import net.sf.extjwnl.data.POS;
import net.sf.extjwnl.data.Word;
import net.sf.extjwnl.dictionary.Dictionary;

/**
 * Synonyms of WordNet 3.1 (Princeton University), read by extJWNL from its own archive. Safe for use by several
 * threads.
 */
final class WordNet {
    private static final int SHORTEST = 3;

    /** Words whose first meaning in WordNet is not the one that sentences use them in, and the grammar's own. */
    private static final Set<String> KEPT = Set.of(
            "the", "and", "for", "are", "was", "has", "have", "had", "not", "but", "can", "may", "will", "all", "any",
            "its", "than", "then", "that", "this", "with", "from", "into", "one", "two", "out", "who", "more", "most",
            "such", "each", "does", "did", "been", "being", "true", "false", "none");

    private final Dictionary dictionary;

    private WordNet(Dictionary dictionary) {
        this.dictionary = dictionary;
    }

    /** Loaded once, when it is first needed. */
    static WordNet shared() {
        return Holder.WORD_NET;
    }

    private static final class Holder {
        static final WordNet WORD_NET = open();
    }

    private static WordNet open() {
        try {
            return new WordNet(Dictionary.getDefaultResourceInstance());
        } catch (JWNLException e) {
            throw new IllegalStateException("WordNet is part of the program", e);
        }
    }

    /**
     * Returns another word of the word's usual meaning, or the word itself. Only base forms are replaced, since the new
     * word would stand in the wrong form otherwise.
     */
    synchronized String synonym(String word, SplittableRandom random) {
        boolean capital = Character.isUpperCase(word.charAt(0));
        String lower = Character.toLowerCase(word.charAt(0)) + word.substring(1);
        if (word.length() < SHORTEST || KEPT.contains(lower) || !lower.chars().allMatch(Character::isLowerCase)) {
            return word;
        }
        List<String> others = others(lower);
        if (!others.isEmpty()) {
            String chosen = others.get(random.nextInt(others.size()));
            return capital ? Character.toUpperCase(chosen.charAt(0)) + chosen.substring(1) : chosen;
        }
        return word;
    }

    /** The other words of the meaning that the word was used in most often, in the texts that WordNet counted. */
    private List<String> others(String word) {
        List<String> chosen = List.of();
        int mostUses = -1;
        try {
            for (POS part : List.of(POS.NOUN, POS.VERB, POS.ADJECTIVE, POS.ADVERB)) {
                IndexWord entry = dictionary.getIndexWord(part, word);
                if (entry == null || entry.getSenses().isEmpty()) {
                    continue;
                }
                // This list fills itself in get alone, not in getFirst.
                List<Word> words = entry.getSenses().get(0).getWords();
                int uses = words.stream()
                        .filter(each -> each.getLemma().equals(word))
                        .mapToInt(Word::getUseCount)
                        .sum();
                if (uses > mostUses) {
                    mostUses = uses;
                    chosen = words.stream()
                            .map(Word::getLemma)
                            .filter(lemma -> lemma.chars().allMatch(c -> c >= 'a' && c <= 'z') && !lemma.equals(word))
                            .toList();
                }
            }
            return chosen;
        } catch (JWNLException e) {
            throw new IllegalStateException("WordNet is part of the program", e);
        }
    }
}
