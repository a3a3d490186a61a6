package io.bantam.compression.ptq;

import io.bantam.compression.quantizer.AdditiveCodebooks;
import io.bantam.compression.quantizer.FloatMatrix;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Beam search for the codes of additive quantization (AQLM, arXiv:2401.06118, section 3.2, phase 1).
 *
 * <p>A row w is stood for by q with the error {@code (q - w) M (q - w)^T}, M being the second moments of the inputs.
 * The search walks over the runs of the row and, within a run, over the codebooks; each of the best hypotheses so far
 * tries every codeword there, and the best of all results stay. With {@code u} the scaled codeword that is taken out
 * and {@code g = ((q - w) M)_run - M_run u}, the scaled codeword v adds {@code 2 v g + v M_run v} to the error.
 *
 * <p>Codebooks are kept dimension by dimension, so that the sum for all codewords is a few additions of whole vectors.
 * Runs that are done are not looked at again, so their part of {@code (q - w) M} is not kept up to date.
 */
final class CodeSearch {
    private static final double SAME = 1e-9;

    private final AdditiveCodebooks start;
    private final double[] moments;
    private final int beam;
    private final int codewords;
    private final int runs;
    /** {@code [codebook, dimension, codeword]}. */
    private final double[] codebooks;
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
        this.codewords = 1 << start.codeBits();
        this.runs = start.columns() / start.vector();
        this.codebooks = new double[start.codebooks().length];
        for (int entry = 0; entry < start.count() * codewords; entry++) {
            for (int i = 0; i < start.vector(); i++) {
                codebooks[(entry / codewords * start.vector() + i) * codewords + entry % codewords] =
                        start.codebooks()[entry * start.vector() + i];
            }
        }
        this.powers = new double[runs * start.count() * codewords];
        IntStream.range(0, runs).parallel().forEach(this::fillPowers);
    }

    private void fillPowers(int run) {
        int vector = start.vector();
        double[] image = new double[codewords];
        for (int book = 0; book < start.count(); book++) {
            int to = (run * start.count() + book) * codewords;
            for (int i = 0; i < vector; i++) {
                Arrays.fill(image, 0);
                for (int k = 0; k < vector; k++) {
                    double moment = moments[(run * vector + i) * start.columns() + run * vector + k];
                    addScaled(moment, (book * vector + k) * codewords, image);
                }
                int from = (book * vector + i) * codewords;
                for (int codeword = 0; codeword < codewords; codeword++) {
                    powers[to + codeword] += image[codeword] * codebooks[from + codeword];
                }
            }
        }
    }

    /** {@code sums[codeword] += factor * codebooks[from + codeword]} for all codewords. */
    private void addScaled(double factor, int from, double[] sums) {
        for (int codeword = 0; codeword < codewords; codeword++) {
            sums[codeword] += factor * codebooks[from + codeword];
        }
    }

    /** Codes of a row, {@code (q - w) M} from the run in hand on, and the error. */
    private static final class Hypothesis {
        final int[] codes;
        final double[] gradient;
        double error;

        Hypothesis(int codes, int columns) {
            this.codes = new int[codes];
            this.gradient = new double[columns];
        }

        /** Takes over another's codes, and its gradient from a column on. */
        void copy(Hypothesis other, int column) {
            System.arraycopy(other.codes, 0, codes, 0, codes.length);
            System.arraycopy(other.gradient, column, gradient, column, gradient.length - column);
        }
    }

    /** What one place gives: the best hypotheses with some codeword there, the best first. */
    private static final class Candidates {
        final int[] from;
        final int[] codeword;
        final double[] error;
        int count;

        Candidates(int beam) {
            this.from = new int[beam];
            this.codeword = new int[beam];
            this.error = new double[beam];
        }

        double worst() {
            return count < error.length ? Double.POSITIVE_INFINITY : error[count - 1];
        }

        void insert(int newFrom, int newCodeword, double newError) {
            int place = count < error.length ? count++ : count - 1;
            while (place > 0 && error[place - 1] > newError) {
                from[place] = from[place - 1];
                codeword[place] = codeword[place - 1];
                error[place] = error[place - 1];
                place--;
            }
            from[place] = newFrom;
            codeword[place] = newCodeword;
            error[place] = newError;
        }
    }

    /** The working space of one row after the other. */
    private final class Beam {
        private Hypothesis[] hypotheses = hypotheses();
        private Hypothesis[] next = hypotheses();
        private int count;
        private final Candidates best = new Candidates(beam);
        private final double[] errors = new double[codewords];
        private final double[] without = new double[start.vector()];

        private Hypothesis[] hypotheses() {
            Hypothesis[] made = new Hypothesis[beam];
            Arrays.setAll(made, i -> new Hypothesis(runs * start.count(), start.columns()));
            return made;
        }

        int[] row(FloatMatrix weight, float[] values, int row) {
            int columns = start.columns();
            Hypothesis first = hypotheses[0];
            for (int i = 0; i < first.codes.length; i++) {
                first.codes[i] = start.code(row * first.codes.length + i);
            }
            double[] difference = new double[columns];
            Arrays.fill(first.gradient, 0);
            for (int i = 0; i < columns; i++) {
                difference[i] = (double) values[row * columns + i] - weight.values()[row * columns + i];
                Rows.addScaled(difference[i], moments, i * columns, first.gradient, 0, columns);
            }
            first.error = 0;
            for (int i = 0; i < columns; i++) {
                first.error += difference[i] * first.gradient[i];
            }
            count = 1;
            for (int at = 0; at < first.codes.length; at++) {
                advance(at, start.scales()[row]);
            }
            return hypotheses[0].codes;
        }

        /** The best hypotheses with any codeword at one place, the best first. */
        private void advance(int at, double scale) {
            best.count = 0;
            for (int from = 0; from < count; from++) {
                candidates(from, at, scale);
            }
            for (int i = 0; i < best.count; i++) {
                replace(hypotheses[best.from[i]], next[i], best.codeword[i], at, scale);
                next[i].error = best.error[i];
            }
            count = best.count;
            Hypothesis[] free = hypotheses;
            hypotheses = next;
            next = free;
        }

        private void candidates(int from, int at, double scale) {
            Hypothesis hypothesis = hypotheses[from];
            int vector = start.vector();
            int run = at / start.count();
            int book = at % start.count();
            double powerOfOld = 0;
            double productOfOld = 0;
            int old = (book * codewords + hypothesis.codes[at]) * vector;
            for (int i = 0; i < vector; i++) {
                double sum = 0;
                int row = (run * vector + i) * start.columns() + run * vector;
                for (int k = 0; k < vector; k++) {
                    sum += moments[row + k] * scale * start.codebooks()[old + k];
                }
                double u = scale * start.codebooks()[old + i];
                powerOfOld += u * sum;
                productOfOld += u * hypothesis.gradient[run * vector + i];
                without[i] = hypothesis.gradient[run * vector + i] - sum;
            }
            double rest = hypothesis.error - 2 * productOfOld + powerOfOld;
            int powersAt = (run * start.count() + book) * codewords;
            for (int codeword = 0; codeword < codewords; codeword++) {
                errors[codeword] = rest + scale * scale * powers[powersAt + codeword];
            }
            for (int i = 0; i < vector; i++) {
                addScaled(2 * scale * without[i], (book * vector + i) * codewords, errors);
            }
            double worst = best.worst();
            for (int codeword = 0; codeword < codewords; codeword++) {
                if (errors[codeword] < worst && !isThere(from, codeword, at)) {
                    best.insert(from, codeword, errors[codeword]);
                    worst = best.worst();
                }
            }
        }

        /** Whether another hypothesis gives the same codes. */
        private boolean isThere(int from, int codeword, int at) {
            for (int i = 0; i < best.count; i++) {
                double kept = best.error[i];
                if (best.codeword[i] == codeword
                        && Math.abs(kept - errors[codeword]) <= SAME * Math.abs(kept)
                        && sameElsewhere(hypotheses[best.from[i]].codes, hypotheses[from].codes, at)) {
                    return true;
                }
            }
            return false;
        }

        private void replace(Hypothesis from, Hypothesis to, int codeword, int at, double scale) {
            int vector = start.vector();
            int run = at / start.count();
            int book = at % start.count() * codewords;
            int column = run * vector;
            to.copy(from, column);
            int old = from.codes[at];
            for (int i = 0; i < vector && old != codeword; i++) {
                double change = scale
                        * (start.codebooks()[(book + codeword) * vector + i]
                                - (double) start.codebooks()[(book + old) * vector + i]);
                int row = (column + i) * start.columns();
                Rows.addScaled(change, moments, row + column, to.gradient, column, start.columns() - column);
            }
            to.codes[at] = codeword;
        }
    }

    private static boolean sameElsewhere(int[] a, int[] b, int at) {
        return Arrays.equals(a, 0, at, b, 0, at) && Arrays.equals(a, at + 1, a.length, b, at + 1, b.length);
    }

    /**
     * Better codes for every row.
     *
     * @param weight what they are to stand for
     */
    AdditiveCodebooks search(FloatMatrix weight) {
        float[] values = start.dequantize();
        byte[] codes = new byte[start.codes().length];
        int codesPerRow = runs * start.count();
        ThreadLocal<Beam> beams = ThreadLocal.withInitial(Beam::new);
        IntStream.range(0, start.rows()).parallel().forEach(row -> {
            int[] best = beams.get().row(weight, values, row);
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
}
