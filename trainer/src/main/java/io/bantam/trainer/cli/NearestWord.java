package io.bantam.trainer.cli;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import org.apache.commons.text.similarity.LevenshteinDistance;

/** Guesses what a mistyped word was meant to be. */
final class NearestWord {
    private NearestWord() {}

    /**
     * The candidate with the fewest edits from {@code word}; empty if even that one has more than a third of the
     * letters wrong, since a far-fetched guess confuses more than it helps.
     */
    static Optional<String> of(String word, Collection<String> candidates) {
        int limit = Math.max(1, (word.length() + 1) / 3);
        LevenshteinDistance distance = new LevenshteinDistance(limit);
        record Scored(String candidate, int edits) {}
        return candidates.stream()
                .map(candidate -> new Scored(candidate, distance.apply(word, candidate)))
                .filter(scored -> scored.edits() >= 0)
                .min(Comparator.comparingInt(Scored::edits))
                .map(Scored::candidate);
    }

    /** {@code " Did you mean 'x'?"}, or nothing. */
    static String hint(String word, Collection<String> candidates) {
        return of(word, candidates).map(nearest -> " Did you mean '" + nearest + "'?").orElse("");
    }
}
