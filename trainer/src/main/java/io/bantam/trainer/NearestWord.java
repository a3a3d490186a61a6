package io.bantam.trainer;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import org.apache.commons.text.similarity.LevenshteinDistance;

/** Guesses what a mistyped word was meant to be. */
public final class NearestWord {
    private NearestWord() {}

    /**
     * Returns the nearest word by edit distance (upper case, '-' and '_' not counted), if one is near at all: a
     * far-fetched guess confuses more than it helps.
     */
    public static Optional<String> find(String wrong, Collection<String> valid) {
        String bare = bare(wrong);
        int limit = Math.max(1, Math.min(bare.length() / 2, 4));
        LevenshteinDistance distance = new LevenshteinDistance(limit);
        record Candidate(String word, int edits) {}
        return valid.stream()
                .map(word -> new Candidate(word, distance.apply(bare, bare(word))))
                .filter(candidate -> candidate.edits() >= 0)
                .min(Comparator.comparingInt(Candidate::edits))
                .map(Candidate::word);
    }

    private static String bare(String word) {
        return word.toLowerCase(Locale.ROOT).replace("-", "").replace("_", "").replace(" ", "");
    }
}
