package io.bantam.trainer.recipe;

import java.util.List;

/** Which blocks of a model a student keeps, as a recipe names them: a rule, or an explicit list. */
public sealed interface LayerChoice {

    /** A way to choose blocks from their number alone, or from what they do. */
    enum Rule {
        /** Blocks 1, 3, 5, ... (0-based); keeps half. */
        EVERY_SECOND,
        /** The first {@code keep} blocks. */
        FIRST,
        /** The last {@code keep} blocks. */
        LAST,
        /** {@code keep} blocks at equal distances. */
        EVENLY,
        /** Drops those blocks whose removal raises the validation loss least. */
        IMPORTANCE,
        /** Drops one block after the other, each time the one whose removal raises the validation loss least. */
        GREEDY;

        /** Whether the rule needs {@link Reduce#keep}. */
        public boolean needsKeep() {
            return this != EVERY_SECOND;
        }

        /** Whether the rule measures losses. */
        public boolean measuresLoss() {
            return this == IMPORTANCE || this == GREEDY;
        }
    }

    /** Blocks chosen by a rule. */
    record ByRule(Rule rule) implements LayerChoice {}

    /**
     * Blocks named one by one.
     *
     * @param layers 0-based block numbers of the model before the stage; the student's block i is the i-th of them
     */
    record Listed(List<Integer> layers) implements LayerChoice {
        public Listed {
            layers = List.copyOf(layers);
        }
    }
}
