package io.bantam.trainer.distill;

import java.util.Map;

/**
 * The weighted sum that a student minimises (XTC, arXiv:2206.01859, one-stage distillation; Hinton et al.,
 * arXiv:1503.02531, for the temperature). A weight of 0 switches a term off.
 *
 * @param kl weight of T^2 KL(teacher || student) of next-token distributions at temperature T, mean over tokens
 * @param softCrossEntropy weight of -sum p_teacher log p_student, mean over tokens and vocabulary as XTC has it
 * @param labels weight of the cross-entropy with the text, mean over tokens
 * @param temperature divides the logits of the first two terms
 * @param hidden weight of the mean squared errors of hidden states, summed over the pairs
 * @param attention weight of the mean squared errors of attention scores before the softmax, over the cells that the
 *     causal mask leaves, summed over the pairs
 * @param hiddenPairs student's state to teacher's state; 0 is the embedding, n the output of block n - 1
 * @param attentionPairs student's block to teacher's block, from 0
 */
public record DistillationLoss(
        double kl,
        double softCrossEntropy,
        double labels,
        double temperature,
        double hidden,
        double attention,
        Map<Integer, Integer> hiddenPairs,
        Map<Integer, Integer> attentionPairs) {
    public DistillationLoss {
        hiddenPairs = Map.copyOf(hiddenPairs);
        attentionPairs = Map.copyOf(attentionPairs);
    }

    /** Cross-entropy with the text alone: plain training. */
    public static DistillationLoss labelsOnly() {
        return new DistillationLoss(0, 0, 1, 1, 0, 0, Map.of(), Map.of());
    }

    /** Whether any term needs a teacher. */
    public boolean needsTeacher() {
        return kl != 0 || softCrossEntropy != 0 || hidden != 0 || attention != 0;
    }

    /** Whether it takes no more of a teacher than next-token distributions at temperature 1 and hidden states. */
    public boolean fitsCache() {
        return temperature == 1 && attention == 0;
    }

    /** This loss with other numbers for the teacher's hidden states. */
    DistillationLoss withHiddenPairs(Map<Integer, Integer> pairs) {
        return new DistillationLoss(
                kl, softCrossEntropy, labels, temperature, hidden, attention, pairs, attentionPairs);
    }

    /** The pairs as rows of [0 hidden | 1 attention, student, teacher], in a fixed order. */
    long[] maps() {
        long[] rows = new long[3 * (hiddenPairs.size() + attentionPairs.size())];
        int at = fill(rows, 0, 0, hiddenPairs);
        fill(rows, at, 1, attentionPairs);
        return rows;
    }

    /** Writes pairs as rows of [kind, student, teacher], by the student; returns where the next one goes. */
    static int fill(long[] rows, int at, int kind, Map<Integer, Integer> pairs) {
        for (int student : pairs.keySet().stream().sorted().toList()) {
            rows[at] = kind;
            rows[at + 1] = student;
            rows[at + 2] = pairs.get(student);
            at += 3;
        }
        return at;
    }
}
