package io.bantam.compression.export;

import io.bantam.runtime.format.CodebookTensor;
import io.bantam.runtime.format.FloatTensor;
import io.bantam.runtime.format.ModelTensor;
import io.bantam.runtime.format.PackedTensor;
import java.util.List;

/** Rows of a tensor as a tensor of their own; codes and scales stay as they are. */
final class TensorRows {
    private TensorRows() {}

    /**
     * Takes rows, or elements of a vector.
     *
     * @param rows which, in the new order
     */
    static ModelTensor of(ModelTensor tensor, int[] rows) {
        return switch (tensor) {
            case FloatTensor floats -> {
                int columns = floats.values().length / floats.shape().getFirst();
                List<Integer> shape = floats.shape().size() == 1 ? List.of(rows.length) : List.of(rows.length, columns);
                yield new FloatTensor(floats.dtype(), shape, floats(floats.values(), rows, columns));
            }
            case PackedTensor packed -> {
                int groups = packed.group() == 0 ? 0 : packed.groupsPerRow();
                yield new PackedTensor(
                        packed.scheme(),
                        packed.bits(),
                        rows.length,
                        packed.columns(),
                        packed.group(),
                        bytes(packed.codes(), rows, packed.layout().rowBytes(packed.columns())),
                        groups == 0 ? packed.scales() : floats(packed.scales(), rows, groups),
                        groups == 0 || packed.zeros().length == 0
                                ? packed.zeros()
                                : floats(packed.zeros(), rows, groups));
            }
            case CodebookTensor codebooks ->
                new CodebookTensor(
                        codebooks.bits(),
                        codebooks.count(),
                        codebooks.vector(),
                        rows.length,
                        codebooks.columns(),
                        bytes(codebooks.codes(), rows, codebooks.layout().rowBytes(codebooks.codesPerRow())),
                        codebooks.codebooks(),
                        floats(codebooks.scales(), rows, 1));
        };
    }

    private static float[] floats(float[] values, int[] rows, int columns) {
        float[] taken = new float[Math.multiplyExact(rows.length, columns)];
        for (int r = 0; r < rows.length; r++) {
            System.arraycopy(values, rows[r] * columns, taken, r * columns, columns);
        }
        return taken;
    }

    private static byte[] bytes(byte[] values, int[] rows, int columns) {
        byte[] taken = new byte[Math.multiplyExact(rows.length, columns)];
        for (int r = 0; r < rows.length; r++) {
            System.arraycopy(values, rows[r] * columns, taken, r * columns, columns);
        }
        return taken;
    }
}
