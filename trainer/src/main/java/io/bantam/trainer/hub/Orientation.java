package io.bantam.trainer.hub;

/** Turns matrices between the forms that files and Bantam have. */
final class Orientation {

    private static final int BLOCK = 32;

    private Orientation() {}

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

    /** Returns rows in another order: row r is row {@code order[r]} of the values. */
    static float[] inOrder(float[] values, int[] order) {
        int columns = values.length / order.length;
        var result = new float[values.length];
        for (int row = 0; row < order.length; row++) {
            System.arraycopy(values, order[row] * columns, result, row * columns, columns);
        }
        return result;
    }

    /** Returns the order that undoes another. */
    static int[] inverse(int[] order) {
        var inverse = new int[order.length];
        for (int row = 0; row < order.length; row++) {
            inverse[order[row]] = row;
        }
        return inverse;
    }
}
