package io.bantam.trainer.distill;

import io.bantam.trainer.model.ReferenceGpt2;
import java.util.List;
import java.util.Map;

/** The losses of {@link DistillationLoss}, from its definitions, in plain loops and float64. */
final class ReferenceLosses {
    private ReferenceLosses() {}

    /**
     * The losses of a batch.
     *
     * @param student passes over the rows
     * @param teacher passes over the same rows
     * @param labels the rows' next tokens
     */
    static StepLosses of(
            DistillationLoss loss,
            List<ReferenceGpt2.Pass> student,
            List<ReferenceGpt2.Pass> teacher,
            List<int[]> labels) {
        double kl = 0;
        double soft = 0;
        double hard = 0;
        int tokens = 0;
        int vocabulary = student.getFirst().logits()[0].length;
        for (int row = 0; row < labels.size(); row++) {
            for (int t = 0; t < labels.get(row).length; t++) {
                double[] s = ReferenceGpt2.logSoftmax(student.get(row).logits()[t], loss.temperature());
                double[] y = ReferenceGpt2.logSoftmax(teacher.get(row).logits()[t], loss.temperature());
                for (int c = 0; c < vocabulary; c++) {
                    kl += Math.exp(y[c]) * (y[c] - s[c]);
                    soft -= Math.exp(y[c]) * s[c];
                }
                hard -= ReferenceGpt2.logSoftmax(student.get(row).logits()[t], 1)[labels.get(row)[t]];
                tokens++;
            }
        }
        kl *= loss.temperature() * loss.temperature() / tokens;
        soft /= (double) tokens * vocabulary;
        hard /= tokens;
        double hidden = 0;
        for (Map.Entry<Integer, Integer> pair : loss.hiddenPairs().entrySet()) {
            Mean mean = new Mean();
            for (int row = 0; row < labels.size(); row++) {
                mean.add(
                        student.get(row).hidden().get(pair.getKey()),
                        teacher.get(row).hidden().get(pair.getValue()));
            }
            hidden += mean.value();
        }
        double attention = 0;
        for (Map.Entry<Integer, Integer> pair : loss.attentionPairs().entrySet()) {
            Mean mean = new Mean();
            for (int row = 0; row < labels.size(); row++) {
                double[][][] s = student.get(row).scores().get(pair.getKey());
                double[][][] t = teacher.get(row).scores().get(pair.getValue());
                for (int head = 0; head < s.length; head++) {
                    mean.add(s[head], t[head]);
                }
            }
            attention += mean.value();
        }
        double total = loss.kl() * kl
                + loss.softCrossEntropy() * soft
                + loss.labels() * hard
                + loss.hidden() * hidden
                + loss.attention() * attention;
        return new StepLosses(total, kl, soft, hard, hidden, attention);
    }

    /** Mean of squared differences over the cells there are; scores have none after the token. */
    private static final class Mean {
        private double sum;
        private long count;

        void add(double[][] a, double[][] b) {
            for (int i = 0; i < a.length; i++) {
                for (int j = 0; j < a[i].length; j++) {
                    sum += (a[i][j] - b[i][j]) * (a[i][j] - b[i][j]);
                    count++;
                }
            }
        }

        double value() {
            return sum / count;
        }
    }
}
