package io.bantam.compression.ptq;

import io.bantam.compression.quantizer.AdditiveCodebooks;
import java.util.Arrays;

/**
 * Fits codebooks and scales, codes being fixed, to a loss that the caller computes, such as the error of a whole
 * block's output (AQLM, arXiv:2401.06118, section 3.4). Codebooks are rounded to float16 in every step and the gradient
 * passes through the rounding. Not thread-safe.
 */
public final class CodebookTuning implements Tuning {
    private final AdditiveCodebooks start;
    private final float[] codebooks;
    /** Learned factors of the starting scales, one a row. */
    private final float[] factors;

    private final Adam codebooksAdam;
    private final Adam factorsAdam;
    private AdditiveCodebooks now;
    private AdditiveCodebooks best;

    /** @param start codes, codebooks and scales to begin with */
    public CodebookTuning(AdditiveCodebooks start) {
        this.start = start;
        this.codebooks = start.codebooks().clone();
        this.factors = new float[start.rows()];
        Arrays.fill(factors, 1);
        this.codebooksAdam = new Adam(codebooks);
        this.factorsAdam = new Adam(factors);
        this.now = start;
        this.best = start;
    }

    @Override
    public float[] values() {
        return now.dequantize();
    }

    @Override
    public void step(float[] gradient, double rate) {
        double[] ofCodebooks = CodebookFit.perCodeword(now, gradient);
        double[] ofFactors = new double[factors.length];
        float[] weight = now.dequantize();
        for (int i = 0; i < weight.length; i++) {
            // The weight is proportional to its row's factor.
            int row = i / start.columns();
            ofFactors[row] += factors[row] == 0 ? 0 : (double) gradient[i] * weight[i] / factors[row];
        }
        codebooksAdam.step(ofCodebooks, rate);
        factorsAdam.step(ofFactors, rate);
        float[] scales = start.scales().clone();
        for (int row = 0; row < scales.length; row++) {
            scales[row] *= factors[row];
        }
        now = start.with(codebooks, scales);
    }

    @Override
    public void keepAsBest() {
        best = now;
    }

    /** The best state that was kept, at first that of the start. */
    public AdditiveCodebooks best() {
        return best;
    }
}
