package io.bantam.trainer.distill;

/**
 * The terms of one step's loss, unweighted, and their weighted sum.
 *
 * @param total the weighted sum that is minimised
 * @param kl T^2 KL(teacher || student) a token; 0 without teacher
 * @param softCrossEntropy XTC's soft cross-entropy; 0 without teacher
 * @param labels cross-entropy with the text a token; 0 where a taught step does not use it
 * @param hidden sum of the hidden states' mean squared errors
 * @param attention sum of the attention scores' mean squared errors
 */
public record StepLosses(
        double total, double kl, double softCrossEntropy, double labels, double hidden, double attention) {

    static StepLosses of(DistillationLoss loss, float[] terms) {
        double total = loss.kl() * terms[0]
                + loss.softCrossEntropy() * terms[1]
                + loss.labels() * terms[2]
                + loss.hidden() * terms[3]
                + loss.attention() * terms[4];
        return new StepLosses(total, terms[0], terms[1], terms[2], terms[3], terms[4]);
    }

    /** The mean over micro-batches: adds a share of another one. */
    StepLosses plus(StepLosses other, double share) {
        return new StepLosses(
                total + share * other.total,
                kl + share * other.kl,
                softCrossEntropy + share * other.softCrossEntropy,
                labels + share * other.labels,
                hidden + share * other.hidden,
                attention + share * other.attention);
    }

    static StepLosses zero() {
        return new StepLosses(0, 0, 0, 0, 0, 0);
    }
}
