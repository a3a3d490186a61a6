package io.bantam.runtime.format;

import java.util.List;

/**
 * What a packed file's header says of a tensor: all of it but the values, so that a file can be begun before its
 * tensors are made.
 */
public sealed interface TensorForm {
    /** The shape, {@code [rows, columns]} for a matrix. */
    List<Integer> shape();

    /**
     * A tensor that is not quantized.
     *
     * @param dtype {@link DType#F32} or {@link DType#F16}
     * @param shape dimensions, outermost first
     */
    record Floats(DType dtype, List<Integer> shape) implements TensorForm {
        public Floats {
            shape = List.copyOf(shape);
        }
    }

    /**
     * Codes with scales, as in {@link PackedTensor}.
     *
     * @param layout scheme and width of the codes
     * @param rows outputs, or words
     * @param columns inputs
     * @param group columns that share a scale, or 0 for one scale in all
     * @param scales how scales are stored: {@link DType#F32} or {@link DType#F16}
     * @param zeros the same of zeros; of no meaning unless the scheme is {@link Scheme#ASYMMETRIC}
     */
    record Packed(PackLayout layout, int rows, int columns, int group, DType scales, DType zeros)
            implements TensorForm {
        @Override
        public List<Integer> shape() {
            return List.of(rows, columns);
        }

        /** Scales of the matrix. */
        int groups() {
            return group == 0 ? 1 : Math.multiplyExact(rows, columns / group);
        }

        boolean hasZeros() {
            return layout.scheme() == Scheme.ASYMMETRIC;
        }

        CodeLayout fileLayout() {
            return CodeLayout.of(layout, columns, group == 0 ? columns : group);
        }
    }

    /**
     * Sums of codewords, as in {@link CodebookTensor}.
     *
     * @param bits width of a code
     * @param count codebooks
     * @param vector columns that a codeword stands for
     * @param rows outputs
     * @param columns inputs
     * @param scales how scales are stored: {@link DType#F32} or {@link DType#F16}
     */
    record Codebooks(int bits, int count, int vector, int rows, int columns, DType scales) implements TensorForm {
        @Override
        public List<Integer> shape() {
            return List.of(rows, columns);
        }

        int rowBytes() {
            return new PackLayout(Scheme.ASYMMETRIC, bits).rowBytes(Math.multiplyExact(columns / vector, count));
        }
    }

    /** The form of a tensor; numbers that are all of float16 take two bytes. */
    static TensorForm of(ModelTensor tensor) {
        return switch (tensor) {
            case FloatTensor floats -> new Floats(floats.dtype(), floats.shape());
            case PackedTensor packed ->
                new Packed(
                        packed.layout(),
                        packed.rows(),
                        packed.columns(),
                        packed.group(),
                        DType.exactly(packed.scales()),
                        DType.exactly(packed.zeros()));
            case CodebookTensor codebooks ->
                new Codebooks(
                        codebooks.bits(),
                        codebooks.count(),
                        codebooks.vector(),
                        codebooks.rows(),
                        codebooks.columns(),
                        DType.exactly(codebooks.scales()));
        };
    }

    /** Whether a tensor can be written in this form without loss: float16 numbers may be stored as float32 too. */
    default boolean holds(ModelTensor tensor) {
        return switch (this) {
            case Floats floats ->
                tensor instanceof FloatTensor found && found.shape().equals(floats.shape());
            case Packed packed ->
                TensorForm.of(tensor) instanceof Packed found
                        && new Packed(
                                        found.layout(),
                                        found.rows(),
                                        found.columns(),
                                        found.group(),
                                        wider(found.scales(), packed.scales()),
                                        wider(found.zeros(), packed.zeros()))
                                .equals(packed);
            case Codebooks codebooks ->
                TensorForm.of(tensor) instanceof Codebooks found
                        && new Codebooks(
                                        found.bits(),
                                        found.count(),
                                        found.vector(),
                                        found.rows(),
                                        found.columns(),
                                        wider(found.scales(), codebooks.scales()))
                                .equals(codebooks);
        };
    }

    private static DType wider(DType one, DType other) {
        return one == DType.F32 || other == DType.F32 ? DType.F32 : DType.F16;
    }
}
