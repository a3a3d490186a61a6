package io.bantam.runtime.kernel;

import io.bantam.runtime.format.CodeLayout;
import io.bantam.runtime.format.CodebookTensor;
import io.bantam.runtime.format.FloatTensor;
import io.bantam.runtime.format.ModelTensor;
import io.bantam.runtime.format.PackedTensor;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * The weights of a linear, {@code [rows, columns]} = [outputs, inputs], or of an embedding, [words, features], as the
 * kernels read them; immutable. There is one class for each way to keep them:
 *
 * <ul>
 *   <li>{@link FloatWeights}: float32
 *   <li>{@link ByteWeights}: codes of 8 bits, a signed byte each
 *   <li>{@link TiledWeights}: codes of 1 to 4 bits in tiles of 64 rows, in one of the bit formats of {@link CodeForm}
 *   <li>{@link StreamedWeights}: codes of 5 to 7 bits, and of fewer in groups that begin within a byte, as a stream of
 *       bits
 * </ul>
 *
 * <p>Codes are in native memory: in the file that they were read from where its layout is the one that the kernels
 * read, else in a copy.
 */
public sealed interface WeightMatrix permits RowWeights, TiledWeights {
    /** Outputs, or words of an embedding. */
    int rows();

    /** Inputs, or features of an embedding. */
    int columns();

    /**
     * Writes one row of weights as float32.
     *
     * @param scratch of {@link #scratch}
     */
    void row(int row, MemorySegment scratch, float[] out, int outOffset);

    /** What codes stand for; plain floats are their own codes. */
    GroupScales scales();

    /** Bytes that the weights take in memory, scales included. */
    long memoryBytes();

    /**
     * Takes a tensor of a model; the arrays of float tensors are shared, not copied.
     *
     * @param integerProducts whether it will be multiplied with asymmetric integer activations, which needs sums of
     *     codes
     * @throws IllegalArgumentException if it is not a matrix
     */
    static WeightMatrix of(Kernels kernels, ModelTensor tensor, boolean integerProducts) {
        return switch (tensor) {
            case PackedTensor packed -> coded(kernels, packed, integerProducts);
            // Read as plain floats: small on disk only.
            case CodebookTensor codebooks ->
                new FloatWeights(kernels, codebooks.toFloats(), codebooks.rows(), codebooks.columns());
            case FloatTensor plain
            when plain.shape().size() == 2 ->
                new FloatWeights(
                        kernels,
                        plain.values(),
                        plain.shape().get(0),
                        plain.shape().get(1));
            case FloatTensor plain -> throw new IllegalArgumentException("no matrix: shape " + plain.shape());
        };
    }

    private static WeightMatrix coded(Kernels kernels, PackedTensor tensor, boolean codeSums) {
        Optional<CodeForm> form = form(kernels, tensor);
        if (form.isPresent()) {
            return new TiledWeights(kernels, form.get(), tensor, codeSums);
        }
        return switch (tensor.scheme()) {
            case BINARY, TERNARY -> new ByteWeights(kernels, tensor, codeSums);
            case SYMMETRIC, ASYMMETRIC ->
                tensor.bits() == 8
                        ? new ByteWeights(kernels, tensor, codeSums)
                        : new StreamedWeights(kernels, tensor, codeSums);
        };
    }

    /** How a tensor's codes fill tiles; empty if they do not, or if groups begin within a unit. */
    private static Optional<CodeForm> form(Kernels kernels, PackedTensor tensor) {
        Optional<CodeForm> form = switch (tensor.scheme()) {
            case BINARY -> Optional.of(CodeForm.BINARY);
            case TERNARY ->
                Optional.of(
                        tensor.fileLayout() == CodeLayout.TERNARY_5IN3 ? kernels.ternaryForm() : CodeForm.TERNARY_2BIT);
            case SYMMETRIC, ASYMMETRIC -> CodeForm.ofBits(tensor.bits());
        };
        int groupColumns = tensor.columns() / tensor.groupsPerRow();
        return form.filter(its -> tensor.groupsPerRow() == 1 || groupColumns % its.unitColumns() == 0);
    }

    /** Room for one row of codes as bytes. */
    static MemorySegment scratch(int columns) {
        return NativeCodes.allocate(columns + Long.BYTES);
    }
}
