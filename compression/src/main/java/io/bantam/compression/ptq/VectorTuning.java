package io.bantam.compression.ptq;

/** Fits a bias or the weights of a norm to a loss that the caller computes. Not thread-safe. */
public final class VectorTuning implements Tuning {
    private final float[] values;
    private final Adam adam;
    private final double size;
    private float[] best;

    /** @param start not changed */
    public VectorTuning(float[] start) {
        this.values = start.clone();
        this.best = start.clone();
        this.adam = new Adam(values);
        double power = 0;
        for (float value : start) {
            power += (double) value * value;
        }
        this.size = Math.sqrt(power / Math.max(1, start.length));
    }

    @Override
    public float[] values() {
        return values;
    }

    @Override
    public void step(float[] gradient, double rate) {
        double[] exact = new double[gradient.length];
        for (int i = 0; i < exact.length; i++) {
            exact[i] = gradient[i];
        }
        adam.step(exact, rate * size);
    }

    @Override
    public void keepAsBest() {
        best = values.clone();
    }

    /** The best state that was kept, at first that of the start. */
    public float[] best() {
        return best;
    }
}
