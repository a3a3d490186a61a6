package io.bantam.trainer.search;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Successive halving (Jamieson and Talwalkar 2016, arXiv:1502.07943) for several figures at once: every candidate is
 * tried with a part of the work, one in {@code keep} goes on to a trial with {@code keep} times the work, until the
 * last trial is whole. {@link ParetoFront#order} says who goes on.
 *
 * @param rungs trials of those that come furthest, at least 1
 * @param keep at least 2
 */
public record SuccessiveHalving(int rungs, int keep) {

    public SuccessiveHalving {
        if (rungs < 1 || keep < 2) {
            throw new IllegalArgumentException(
                    "successive halving needs at least 1 rung and keeps one in at least 2, not " + rungs + " and "
                            + keep);
        }
    }

    /** Tries a candidate. */
    @FunctionalInterface
    public interface Trial<C> {
        /**
         * The figures, the smaller the better; nothing for a candidate that has broken a bound and is tried no more.
         *
         * @param rung from 0
         * @param part of the work, at most 1
         */
        Optional<double[]> run(C candidate, int rung, double part) throws IOException;
    }

    /** Part of the work of a rung, from 0. */
    public double part(int rung) {
        return Math.pow(keep, rung - rungs + 1.0);
    }

    /**
     *
     * @return the figures of those that passed the last one, in the order of the candidates
     */
    public <C> Map<C, double[]> run(List<C> candidates, Trial<C> trial) throws IOException {
        List<C> left = candidates;
        Map<C, double[]> figures = Map.of();
        for (int rung = 0; rung < rungs; rung++) {
            figures = new LinkedHashMap<>();
            for (C candidate : left) {
                Optional<double[]> found = trial.run(candidate, rung, part(rung));
                if (found.isPresent()) {
                    figures.put(candidate, found.get());
                }
            }
            left = rung == rungs - 1 ? left : best(figures);
        }
        return figures;
    }

    private <C> List<C> best(Map<C, double[]> figures) {
        List<C> candidates = new ArrayList<>(figures.keySet());
        List<Integer> order = ParetoFront.order(new ArrayList<>(figures.values()));
        List<Integer> kept = order.subList(0, Math.ceilDiv(order.size(), keep));
        return kept.stream().sorted().map(candidates::get).toList();
    }
}
