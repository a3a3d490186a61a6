package io.bantam.trainer.recipe;

import io.bantam.trainer.recipe.key.Key;
import io.bantam.trainer.recipe.key.Limits;
import java.util.List;
import java.util.Optional;

/**
 * The terms of a distillation loss: their weighted sum is minimised. A weight of 0 switches a term off. The defaults
 * are XTC's (arXiv:2206.01859, one-stage distillation): logits, hidden states and attention scores at weight 1, no
 * hard labels.
 *
 * @param logits next-token distribution against the teacher's
 * @param hidden mean squared error of hidden states
 * @param attention mean squared error of attention scores before the softmax, masked cells left out
 * @param labels cross-entropy with the text itself
 */
public record Loss(
        @Key(value = "Difference of the next-token distribution from the teacher's.", standard = "{}")
        Logits logits,

        @Key(value = "Mean squared error of hidden states against the teacher's.", standard = "{}")
        Hidden hidden,

        @Key(
                value = "Mean squared error of attention scores, before the softmax, against the teacher's.",
                standard = "{}")
        Attention attention,

        @Key(value = "Cross-entropy with the text itself (hard labels).", standard = "{}")
        Labels labels) {

    public Loss {
        Limits.check(Loss.class, logits, hidden, attention, labels);
    }

    /** How two next-token distributions are compared. */
    public enum LogitsKind {
        /** Kullback-Leibler divergence of the student from the teacher. */
        KL,
        /** Cross-entropy of the student with the teacher's probabilities. */
        SOFT_CROSS_ENTROPY
    }

    /**
     * The logits term.
     *
     * @param weight its factor
     * @param kind how the distributions are compared; both kinds have the same gradient
     * @param temperature divides both logits before the softmax; the term is multiplied by its square
     */
    public record Logits(
            @Key(
                    value = "Factor of the term in the loss; 0 switches it off.",
                    standard = "1.0",
                    atLeast = 0,
                    atMost = 1e6)
            double weight,

            @Key(
                    value = "kl: Kullback-Leibler divergence of the student from the teacher; soft-cross-entropy:"
                            + " cross-entropy with the teacher's probabilities. Both have the same gradient.",
                    standard = "kl")
            LogitsKind kind,

            @Key(
                    value = "Temperature: divides both logits before the softmax; the term is multiplied by its"
                            + " square.",
                    standard = "1.0",
                    above = 0,
                    atMost = 1000)
            double temperature) {

        public Logits {
            Limits.check(Logits.class, weight, kind, temperature);
        }
    }

    /**
     * The hidden-state term.
     *
     * @param weight its factor
     * @param layers the teacher's state for each of the student's, where state 0 is the embedding and state n the
     *     output of block n - 1, so one more than the student has blocks; empty follows the layer reduction
     */
    public record Hidden(
            @Key(
                    value = "Factor of the term in the loss; 0 switches it off.",
                    standard = "1.0",
                    atLeast = 0,
                    atMost = 1e6)
            double weight,

            @Key(
                    value = "For each of the student's states, the teacher's state that it imitates (0 is the"
                            + " embedding, n the"
                            + " output of block n - 1); null follows the layer reduction.",
                    atLeast = 0,
                    standard = "null",
                    notEmpty = true)
            Optional<List<Integer>> layers) {

        public Hidden {
            Limits.check(Hidden.class, weight, layers);
            layers = layers.map(List::copyOf);
        }
    }

    /**
     * The attention term.
     *
     * @param weight its factor
     * @param layers the teacher's block for each of the student's, 0-based; empty follows the layer reduction
     */
    public record Attention(
            @Key(
                    value = "Factor of the term in the loss; 0 switches it off.",
                    standard = "1.0",
                    atLeast = 0,
                    atMost = 1e6)
            double weight,

            @Key(
                    value = "For each of the student's blocks, the teacher's block that it imitates, from 0; null"
                            + " follows the layer reduction.",
                    atLeast = 0,
                    standard = "null",
                    notEmpty = true)
            Optional<List<Integer>> layers) {

        public Attention {
            Limits.check(Attention.class, weight, layers);
            layers = layers.map(List::copyOf);
        }
    }

    /**
     * The hard-label term.
     *
     * @param weight its factor
     */
    public record Labels(
            @Key(
                    value = "Factor of the term in the loss; 0 switches it off.",
                    standard = "0.0",
                    atLeast = 0,
                    atMost = 1e6)
            double weight) {

        public Labels {
            Limits.check(Labels.class, weight);
        }
    }
}
