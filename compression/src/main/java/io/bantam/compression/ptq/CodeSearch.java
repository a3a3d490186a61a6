package io.bantam.compression.ptq;

import io.bantam.compression.quantizer.AdditiveCodebooks;
import io.bantam.compression.quantizer.FloatMatrix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Beam search for the codes of additive quantization (AQLM, arXiv:2401.06118, section 3.2, phase 1).
 *
 * <p>A row w is stood for by q with the error {@code (q - w) M (q - w)^T}, M being the second moments of the inputs. The search
 * walks over the runs of the row and, within a run, over the codebooks; each of the best hypotheses so far tries every codeword
 * there, and the best of all results stay. With {@code u} the scaled codeword that is taken out and
 * {@code g = ((q - w) M)_run - M_run u}, the scaled codeword v adds {@code 2 v g + v M_run v} to the error.
 */
final class CodeSearch {
    private static final double SAME = 1e-9;

    private final AdditiveCodebooks start;
    private final double[] moments;
    private final int beam;
    private final int words;
    private final int runs;
    /** {@code c M_run c} for each run and codeword c of each codebook. */
    private final double[] powers;

    /**
     * @param start codes to begin with, codebooks and scales
     * @param moments {@code columns * columns}
     * @param beam hypotheses that are kept
     */
    CodeSearch(AdditiveCodebooks start, double[] moments, int beam) {
        this.start = start;
        this.moments = moments;
        this.beam = beam;
        this.words = 1 << start.codeBits();
        this.runs = start.columns() / start.vector();
        this.powers = new double[runs * start.count() * words];
        IntStream.range(0, runs).parallel().forEach(this::fillPowers);
    }

    private void fillPowers(int run) {
        int vector = start.vector();
        for (int entry = 0; entry < start.count() * words; entry++) {
            double power = 0;
            for (int i = 0; i < vector; i++) {
                double sum = 0;
                int at = (run * vector + i) * start.columns() + run * vector;
                for (int k = 0; k < vector; k++) {
                    sum += moments[at + k] * start.codebooks()[entry * vector + k];
                }
                power += sum * start.codebooks()[entry * vector + i];
            }
            powers[run * start.count() * words + entry] = power;
        }
    }

    /** Codes of a row with what they make of it. */
    private record Hypothesis(int[] codes, double[] gradient, double error) {}

    private record Candidate(int from, int word, double error) {}

    /**
     * Better codes for every row.
     *
     * @param weight what they are to stand for
     */
    AdditiveCodebooks search(FloatMatrix weight) {
        float[] values = start.dequantize();
        byte[] codes = new byte[start.codes().length];
        int codesPerRow = runs * start.count();
        IntStream.range(0, start.rows()).parallel().forEach(row -> {
            int[] best = row(weight, values, row);
            for (int i = 0; i < codesPerRow; i++) {
                codes[row * codesPerRow + i] = (byte) best[i];
            }
        });
        return new AdditiveCodebooks(
                start.rows(),
                start.columns(),
                start.vector(),
                start.codeBits(),
                start.count(),
                codes,
                start.codebooks(),
                start.scales());
    }

    private int[] row(FloatMatrix weight, float[] values, int row) {
        int columns = start.columns();
        int codesPerRow = runs * start.count();
        int[] codes = new int[codesPerRow];
        for (int i = 0; i < codesPerRow; i++) {
            codes[i] = start.code(row * codesPerRow + i);
        }
        double[] gradient = new double[columns];
        double[] difference = new double[columns];
        for (int i = 0; i < columns; i++) {
            difference[i] = (double) values[row * columns + i] - weight.values()[row * columns + i];
            Rows.addScaled(difference[i], moments, i * columns, gradient, 0, columns);
        }
        double error = 0;
        for (int i = 0; i < columns; i++) {
            error += difference[i] * gradient[i];
        }
        List<Hypothesis> hypotheses = List.of(new Hypothesis(codes, gradient, error));
        for (int at = 0; at < codesPerRow; at++) {
            hypotheses = advance(hypotheses, at, start.scales()[row]);
        }
        return hypotheses.getFirst().codes();
    }

    /** The best hypotheses with any codeword at one place, the best first. */
    private List<Hypothesis> advance(List<Hypothesis> hypotheses, int at, double scale) {
        Candidate[] best = new Candidate[beam];
        for (int from = 0; from < hypotheses.size(); from++) {
            candidates(hypotheses, from, at, scale, best);
        }
        List<Hypothesis> next = new ArrayList<>(beam);
        for (Candidate candidate : best) {
            if (candidate != null) {
                // Where only one hypothesis is kept, it is changed in place.
                next.add(replaced(hypotheses.get(candidate.from()), candidate, at, scale, beam == 1));
            }
        }
        return next;
    }

    private void candidates(List<Hypothesis> hypotheses, int from, int at, double scale, Candidate[] best) {
        Hypothesis hypothesis = hypotheses.get(from);
        int vector = start.vector();
        int run = at / start.count();
        int book = at % start.count() * words;
        double[] without = new double[vector];
        double powerOfOld = 0;
        double productOfOld = 0;
        int old = (book + hypothesis.codes()[at]) * vector;
        for (int i = 0; i < vector; i++) {
            double sum = 0;
            int row = (run * vector + i) * start.columns() + run * vector;
            for (int k = 0; k < vector; k++) {
                sum += moments[row + k] * scale * start.codebooks()[old + k];
            }
            double u = scale * start.codebooks()[old + i];
            powerOfOld += u * sum;
            productOfOld += u * hypothesis.gradient()[run * vector + i];
            without[i] = hypothesis.gradient()[run * vector + i] - sum;
        }
        double rest = hypothesis.error() - 2 * productOfOld + powerOfOld;
        int powersAt = run * start.count() * words + book;
        for (int word = 0; word < words; word++) {
            double product = 0;
            for (int i = 0; i < vector; i++) {
                product += start.codebooks()[(book + word) * vector + i] * without[i];
            }
            double error = rest + scale * (2 * product + scale * powers[powersAt + word]);
            if (best[beam - 1] == null || error < best[beam - 1].error()) {
                insert(hypotheses, new Candidate(from, word, error), at, best);
            }
        }
    }

    /** Keeps a candidate in its order, unless it is there already. */
    private void insert(List<Hypothesis> hypotheses, Candidate candidate, int at, Candidate[] best) {
        int place = 0;
        for (Candidate kept : best) {
            if (kept != null
                    && kept.word() == candidate.word()
                    && Math.abs(kept.error() - candidate.error()) <= SAME * Math.abs(kept.error())
                    && sameElsewhere(
                            hypotheses.get(kept.from()).codes(),
                            hypotheses.get(candidate.from()).codes(),
                            at)) {
                return;
            }
            place += kept != null && kept.error() <= candidate.error() ? 1 : 0;
        }
        System.arraycopy(best, place, best, place + 1, best.length - place - 1);
        best[place] = candidate;
    }

    private static boolean sameElsewhere(int[] a, int[] b, int at) {
        return Arrays.equals(a, 0, at, b, 0, at) && Arrays.equals(a, at + 1, a.length, b, at + 1, b.length);
    }

    private Hypothesis replaced(Hypothesis from, Candidate candidate, int at, double scale, boolean inPlace) {
        if (from.codes()[at] == candidate.word()) {
            return new Hypothesis(from.codes(), from.gradient(), candidate.error());
        }
        int[] codes = inPlace ? from.codes() : from.codes().clone();
        double[] gradient = inPlace ? from.gradient() : from.gradient().clone();
        int vector = start.vector();
        int run = at / start.count();
        int book = at % start.count() * words;
        for (int i = 0; i < vector; i++) {
            double change = scale
                    * (start.codebooks()[(book + candidate.word()) * vector + i]
                            - (double) start.codebooks()[(book + codes[at]) * vector + i]);
            Rows.addScaled(change, moments, (run * vector + i) * start.columns(), gradient, 0, start.columns());
        }
        codes[at] = candidate.word();
        return new Hypothesis(codes, gradient, candidate.error());
    }
}
