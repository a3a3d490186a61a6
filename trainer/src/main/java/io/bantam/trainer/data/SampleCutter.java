package io.bantam.trainer.data;

import io.bantam.trainer.evaluation.LineSample;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Makes line completion tasks of files that no model was trained on: one a file, and where that gives too few, random
 * cuts at up to {@value #MOST_CUTS} places of each.
 *
 * <p>Files of {@value #FEWEST_TOKENS} to {@value #MOST_TOKENS} tokens are used. Which files are drawn and where each is
 * cut depends on the seed and on the texts, not on their order; a file is cut at the same places however many samples
 * are asked for. Cuts of one file are no independent samples: intervals over them are narrower than they should be.
 *
 * @param rule where files are cut
 * @param seed picks files and places
 */
public record SampleCutter(CutRule rule, long seed) {

    static final int FEWEST_TOKENS = 50;
    static final int MOST_TOKENS = 4000;

    static final int MOST_CUTS = 10;

    /** The shortest context of a random cut, in tokens. */
    static final int CONTEXT = 10;

    /**
     * Cuts files.
     *
     * @param files the files, usually the test split
     * @param limit most samples to make, at least 1
     * @return the samples, fewer than asked for if the files do not give more
     * @throws DataException if no file can be cut
     */
    public List<LineSample> cut(List<Document> files, int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("the number of samples must be at least 1, not " + limit);
        }
        record Drawn(Document file, long order, long task, Set<Integer> places) {}
        List<Drawn> drawn = new ArrayList<>();
        for (Document file : files) {
            int tokens = file.tokenCount();
            if (tokens >= FEWEST_TOKENS && tokens <= MOST_TOKENS) {
                long task = file.hashes().order();
                drawn.add(new Drawn(file, LongSet.mix(LongSet.mix(seed) ^ task), task, new HashSet<>()));
            }
        }
        drawn.sort(Comparator.comparingLong(Drawn::order));
        List<LineSample> samples = new ArrayList<>();
        int rounds = rule == CutRule.RANDOM_CUT ? MOST_CUTS : 1;
        for (int round = 0; round < rounds; round++) {
            for (Drawn next : drawn) {
                if (samples.size() == limit) {
                    return samples;
                }
                CuttableText text = CuttableText.of(next.file());
                long task = round == 0 ? next.task() : LongSet.mix(next.task() + round);
                int place = place(text, new SeededRandom(seed, task));
                if (place >= 0 && next.places().add(place)) {
                    samples.add(
                            text.cut((samples.size() + 1) + ":" + next.file().name(), place));
                }
            }
        }
        if (samples.isEmpty()) {
            throw new DataException(
                    "no evaluation sample can be cut: of " + files.size() + " files, " + drawn.size() + " have "
                            + FEWEST_TOKENS + " to " + MOST_TOKENS + " tokens; raise data.split.test or use more data");
        }
        return samples;
    }

    /** Where to cut; negative if nowhere. */
    private int place(CuttableText text, SeededRandom random) {
        return switch (rule) {
            case RANDOM_CUT -> randomPlace(text, random);
            case LAST_LINE -> lastLine(text);
        };
    }

    private static int randomPlace(CuttableText text, SeededRandom random) {
        int[] places = new int[text.tokens()];
        int count = 0;
        for (int i = CONTEXT; i < text.tokens(); i++) {
            if (!text.isLineEnd(i)) {
                places[count++] = i;
            }
        }
        return count == 0 ? -1 : places[random.below(count)];
    }

    private static int lastLine(CuttableText text) {
        int end = text.tokens();
        while (end > 0 && text.isLineEnd(end - 1)) {
            end--;
        }
        for (int i = end - 1; i > 0; i--) {
            if (text.isLineEnd(i - 1)) {
                return i;
            }
        }
        return -1;
    }
}
