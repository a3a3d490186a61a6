package io.bantam.trainer.recipe;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.commons.text.similarity.LevenshteinDistance;

/** Finds the word that a mistyped one was meant to be. */
final class Nearest {
    private Nearest() {}

    /**
     * Returns advice on a wrong word.
     *
     * @param what what the words are, such as "key"
     */
    static String advice(String what, String wrong, Collection<String> valid) {
        if (valid.isEmpty()) {
            return "there is no " + what + " here";
        }
        String all = valid.size() == 1 ? "valid " + what + ": " : "valid " + what + "s: ";
        return find(wrong, valid)
                .map(word -> "nearest valid " + what + ": '" + word + "'")
                .orElseGet(() -> all + valid.stream().map(Object::toString).collect(Collectors.joining(", ")));
    }

    /** Returns the nearest word by edit distance (upper case, '-' and '_' not counted), if one is near at all. */
    static Optional<String> find(String wrong, Collection<String> valid) {
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
