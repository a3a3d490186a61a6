package io.bantam.trainer.evaluation;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Smoothed BLEU-4 of one generated text against one reference, 0 to 100: the measure of CodeXGLUE's code summarisation
 * (arXiv:2102.04664), after Lin and Och (ORANGE, COLING 2004).
 *
 * <p>Both texts are put in lower case and split into words and single punctuation marks. The precision of single words
 * is plain, that of two, three and four in a row is {@code (matches + 1) / (all + 1)}, matches clipped by the
 * reference; BLEU is their geometric mean, times {@code exp(min(0, 1 - (r + 1) / (c + 1)))} for r words in the
 * reference and c in the generated text.
 */
public final class SmoothedBleu {
    private static final int LONGEST = 4;
    private static final Pattern TOKEN = Pattern.compile("\\w+|[^\\s\\w]", Pattern.UNICODE_CHARACTER_CLASS);

    private SmoothedBleu() {}

    /** Returns the score of one text; 0 where it has no word of the reference. */
    public static double of(String prediction, String reference) {
        List<String> candidate = tokens(prediction);
        List<String> truth = tokens(reference);
        double logs = 0;
        for (int length = 1; length <= LONGEST; length++) {
            Map<List<String>, Integer> found = counts(candidate, length);
            Map<List<String>, Integer> wanted = counts(truth, length);
            int matches = 0;
            for (Map.Entry<List<String>, Integer> entry : found.entrySet()) {
                matches += Math.min(entry.getValue(), wanted.getOrDefault(entry.getKey(), 0));
            }
            int smoothing = length == 1 ? 0 : 1;
            int all = Math.max(0, candidate.size() - length + 1);
            if (matches + smoothing == 0) {
                return 0;
            }
            logs += Math.log((double) (matches + smoothing) / (all + smoothing));
        }
        double brevity = Math.min(0, 1 - (truth.size() + 1.0) / (candidate.size() + 1.0));
        return 100 * Math.exp(logs / LONGEST + brevity);
    }

    private static List<String> tokens(String text) {
        return TOKEN.matcher(text.toLowerCase(Locale.ROOT))
                .results()
                .map(MatchResult::group)
                .toList();
    }

    private static Map<List<String>, Integer> counts(List<String> tokens, int length) {
        Map<List<String>, Integer> counts = new HashMap<>();
        for (int i = 0; i + length <= tokens.size(); i++) {
            counts.merge(tokens.subList(i, i + length), 1, Integer::sum);
        }
        return counts;
    }
}
