package io.bantam.compression.quantizer;

/**
 * A float32 matrix in row-major order. The array is not copied.
 *
 * @param rows number of rows; a vector has 1
 * @param columns number of columns
 * @param values {@code rows * columns} values
 */
public record FloatMatrix(int rows, int columns, float[] values) {

    public FloatMatrix {
        checkSize(values, rows, columns);
    }

    static void checkSize(float[] values, int rows, int columns) {
        if (rows < 1 || columns < 1 || values.length != Math.multiplyExact(rows, columns)) {
            throw new IllegalArgumentException(values.length + " values are not a matrix of " + rows + " x " + columns);
        }
    }
}
