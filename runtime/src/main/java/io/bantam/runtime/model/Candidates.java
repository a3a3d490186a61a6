package io.bantam.runtime.model;

/** The best continuations of a step of beam search, best first; equal scores keep the order in which they came. */
final class Candidates {
    private final int[] beams;
    private final int[] tokens;
    private final double[] scores;
    private int size;

    Candidates(int capacity) {
        beams = new int[capacity];
        tokens = new int[capacity];
        scores = new double[capacity];
    }

    void clear() {
        size = 0;
    }

    /** Considers every continuation of one text, with the log-probabilities that {@code logits} give. */
    void add(int beam, double score, float[] logits) {
        float max = Float.NEGATIVE_INFINITY;
        for (float logit : logits) {
            max = Math.max(max, logit);
        }
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit - max);
        }
        double base = score - max - Math.log(sum);
        for (int token = 0; token < logits.length; token++) {
            insert(beam, token, base + logits[token]);
        }
    }

    private void insert(int beam, int token, double score) {
        if (size == scores.length && !(score > scores[size - 1])) {
            return;
        }
        int at = size == scores.length ? size - 1 : size++;
        while (at > 0 && score > scores[at - 1]) {
            beams[at] = beams[at - 1];
            tokens[at] = tokens[at - 1];
            scores[at] = scores[at - 1];
            at--;
        }
        beams[at] = beam;
        tokens[at] = token;
        scores[at] = score;
    }

    int size() {
        return size;
    }

    int beam(int i) {
        return beams[i];
    }

    int token(int i) {
        return tokens[i];
    }

    double score(int i) {
        return scores[i];
    }
}
