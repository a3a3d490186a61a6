package io.bantam.trainer.distill;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Sums that grow while work goes on and that a figure of its record is made of. They are part of the work's
 * checkpoints, so that a figure counts the whole work and not only what the last sitting did.
 */
public interface Tally {
    /** Returns the sums so far by name; finite. */
    Map<String, Double> sums();

    /**
     * Goes on from the sums of a checkpoint. Sums of work that was done since it was written are dropped with that
     * work.
     *
     * @param sums as {@link #sums} gave them; those of other tallies are passed over, missing ones count as 0
     */
    void restore(Map<String, Double> sums);

    /** Returns a tally of several, whose names differ. */
    static Tally of(List<Tally> tallies) {
        List<Tally> all = List.copyOf(tallies);
        return new Tally() {
            @Override
            public Map<String, Double> sums() {
                Map<String, Double> sums = new LinkedHashMap<>();
                all.forEach(tally -> sums.putAll(tally.sums()));
                return sums;
            }

            @Override
            public void restore(Map<String, Double> sums) {
                all.forEach(tally -> tally.restore(sums));
            }
        };
    }
}
