package io.bantam.trainer.hub;

import io.bantam.runtime.format.DecoderConfig;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Which tensors a Hugging Face folder holds transposed, and the transposition. */
final class Orientation {

    private static final int BLOCK = 32;

    private Orientation() {}

    /** Returns the names of the weights that a folder holds as {@code [inputs, outputs]}. */
    static Set<String> transposed(DecoderConfig config) {
        var names = new HashSet<String>();
        for (int layer = 0; layer < config.layers(); layer++) {
            DecoderConfig.linears(layer).forEach(linear -> names.add(linear + ".weight"));
        }
        return names;
    }

    static List<Integer> reversed(List<Integer> shape) {
        return shape.reversed();
    }

    /** Returns the values of a {@code [rows, columns]} matrix as {@code [columns, rows]}. */
    static float[] transpose(float[] values, int rows, int columns) {
        var result = new float[values.length];
        // By blocks that stay in the first cache: whole rows would touch a new line for every value.
        for (int row = 0; row < rows; row += BLOCK) {
            int rowEnd = Math.min(rows, row + BLOCK);
            for (int column = 0; column < columns; column += BLOCK) {
                int columnEnd = Math.min(columns, column + BLOCK);
                for (int r = row; r < rowEnd; r++) {
                    for (int c = column; c < columnEnd; c++) {
                        result[c * rows + r] = values[r * columns + c];
                    }
                }
            }
        }
        return result;
    }
}
