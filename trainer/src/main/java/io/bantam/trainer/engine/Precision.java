package io.bantam.trainer.engine;

/** The number format of matrix products; weights, sums, losses and the optimizer are float32 in either. */
public enum Precision {
    /** IEEE single precision. */
    FLOAT32(6),
    /** bfloat16 factors, float32 sums. */
    BFLOAT16(15);

    private final int scalarType;

    Precision(int scalarType) {
        this.scalarType = scalarType;
    }

    /** PyTorch's number for the type. */
    public int scalarType() {
        return scalarType;
    }
}
