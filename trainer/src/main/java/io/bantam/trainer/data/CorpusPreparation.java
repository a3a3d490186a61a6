package io.bantam.trainer.data;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Makes training, validation and test files of a corpus: drops files that are too short or are tables of numbers, cuts
 * very long ones, drops exact and near duplicates, limits the size, splits.
 *
 * <p>Everything depends on the texts alone, not on names, order or a seed: the split of a file is decided by its hash,
 * so a file stays in its split when other files come or go, and a limited corpus is a part of the whole one.
 *
 * @param validation share of the files for validation, 0 to less than 1
 * @param test share of the files for testing, 0 to less than 1; together less than 1
 * @param limitBytes most UTF-8 bytes of text to keep over all splits
 */
public record CorpusPreparation(double validation, double test, long limitBytes) {

    /** A file with fewer tokens is hardly more than imports. */
    static final int FEWEST_TOKENS = 20;

    /** Longer files are generated, or repeat themselves; a few of them would outweigh hundreds of others. */
    static final int MOST_TOKENS = 20_000;

    /** Half literals and commas: character maps, coefficients. A model learns nothing from their placeholders. */
    static final double LARGEST_LITERAL_SHARE = 0.4;

    private static final Comparator<Document.Hashes> ORDER =
            Comparator.comparingLong(Document.Hashes::order).thenComparingLong(Document.Hashes::split);

    private static final double TWO_TO_63 = 0x1p63;

    /** Checks the shares and the limit. */
    public CorpusPreparation {
        if (!(validation >= 0 && test >= 0 && validation + test < 1)) {
            throw new IllegalArgumentException("shares " + validation + " and " + test + " are not below 1 together");
        }
        if (limitBytes < 1) {
            throw new IllegalArgumentException("limit " + limitBytes + " is below 1 byte");
        }
    }

    /**
     * Prepares a corpus.
     *
     * @throws DataException if the corpus cannot be read or no file for training is left
     */
    public PreparedCorpus prepare(Corpus corpus) {
        Counts counts = new Counts();
        List<Candidate> candidates = read(corpus, counts);
        List<Candidate> kept = limit(withoutNearDuplicates(candidates, counts), counts);
        List<Document> training = new ArrayList<>();
        List<Document> validating = new ArrayList<>();
        List<Document> testing = new ArrayList<>();
        for (Candidate candidate : kept) {
            // A number in [0, 1) from the upper 63 bits of the hash.
            double place = (candidate.hashes().split() >>> 1) / TWO_TO_63;
            List<Document> split = place < test ? testing : place < test + validation ? validating : training;
            split.add(candidate.document());
        }
        if (training.isEmpty()) {
            throw new DataException(
                    "no file is left for training: of " + counts.read + " files read, " + counts.unusable
                            + " are empty, too short or do not tokenise, " + counts.tables + " are tables of literals, "
                            + counts.duplicates + " are duplicates, " + counts.overLimit + " are over the limit");
        }
        return new PreparedCorpus(
                training,
                validating,
                testing,
                new CorpusStatistics(
                        counts.read,
                        counts.shortened,
                        counts.unusable,
                        counts.tables,
                        counts.copies,
                        counts.duplicates,
                        counts.overLimit,
                        counts.keptBytes));
    }

    private static List<Candidate> read(Corpus corpus, Counts counts) {
        List<Candidate> candidates = new ArrayList<>();
        Set<Document.Hashes> seen = new HashSet<>();
        corpus.read(whole -> {
            counts.read++;
            Document document = whole.shortened(MOST_TOKENS);
            counts.shortened += document == whole ? 0 : 1;
            int tokens = document.tokenCount();
            if (tokens < FEWEST_TOKENS) {
                counts.unusable++;
            } else if (document.literalCount() > LARGEST_LITERAL_SHARE * tokens) {
                counts.tables++;
            } else {
                Document.Hashes hashes = document.hashes();
                if (seen.add(hashes)) {
                    candidates.add(new Candidate(document, hashes));
                } else {
                    counts.copies++;
                }
            }
        });
        return candidates;
    }

    private static List<Candidate> withoutNearDuplicates(List<Candidate> candidates, Counts counts) {
        candidates.sort(Comparator.comparingInt(
                        (Candidate candidate) -> -candidate.document.text().length())
                .thenComparing(Candidate::hashes, ORDER));
        NearDuplicates near = new NearDuplicates();
        List<Candidate> kept = new ArrayList<>();
        for (Candidate candidate : candidates) {
            if (near.accept(candidate.document())) {
                kept.add(candidate);
            } else {
                counts.duplicates++;
            }
        }
        kept.sort(Comparator.comparing(Candidate::hashes, ORDER));
        return kept;
    }

    private List<Candidate> limit(List<Candidate> candidates, Counts counts) {
        List<Candidate> kept = new ArrayList<>();
        for (Candidate candidate : candidates) {
            long bytes = candidate.document().text().getBytes(StandardCharsets.UTF_8).length;
            if (counts.keptBytes + bytes > limitBytes) {
                counts.overLimit++;
            } else {
                counts.keptBytes += bytes;
                kept.add(candidate);
            }
        }
        return kept;
    }

    private record Candidate(Document document, Document.Hashes hashes) {}

    private static final class Counts {
        private int read;
        private int shortened;
        private int unusable;
        private int tables;
        private int copies;
        private int duplicates;
        private int overLimit;
        private long keptBytes;
    }
}
