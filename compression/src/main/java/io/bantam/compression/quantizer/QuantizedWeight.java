package io.bantam.compression.quantizer;

/** A matrix as codes, and what the codes stand for. */
public sealed interface QuantizedWeight permits QuantizedMatrix, AdditiveCodebooks {
    /** Outputs of the linear layer. */
    int rows();

    /** Inputs of the linear layer. */
    int columns();

    /** Nominal bits a weight, without scales and codebooks. */
    int bits();

    /** The weights that the codes stand for, row-major. */
    float[] dequantize();
}
