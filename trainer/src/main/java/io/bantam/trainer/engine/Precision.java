package io.bantam.trainer.engine;

/** The number format of matrix products; weights, losses and the optimizer are always float32. */
public enum Precision {
    /** IEEE single precision. */
    FLOAT32(6),
    /** Double precision, in a forward pass everywhere between weights and logits: slow, to check others against. */
    FLOAT64(7),
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
