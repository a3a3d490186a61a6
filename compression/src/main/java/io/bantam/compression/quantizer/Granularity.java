package io.bantam.compression.quantizer;

/**
 * Which weights share one scale.
 *
 * <p>A matrix is
 * {@code [rows, columns]} in row-major order, a row being one output of a linear layer ({@code [out, in]}) or one token
 * of an embedding. Weights in Hugging Face's Conv1D form {@code [in, out]} must be transposed first: there, a row would
 * mix all outputs.
 */
public sealed interface Granularity {

    /** One scale for the whole tensor. */
    record PerTensor() implements Granularity {}

    /** One scale a row. */
    record PerRow() implements Granularity {}

    /**
     * One scale for each run of {@code size} neighbouring columns of a row.
     *
     * @param size columns in a group; must divide the number of columns
     */
    record PerGroup(int size) implements Granularity {
        public PerGroup {
            if (size < 1) {
                throw new IllegalArgumentException("a group needs at least 1 column, not " + size);
            }
        }
    }

    /**
     * One scale for each of some runs of equal length, row after row: DeepSpeed's {@code quantize_groups}.
     *
     * @param count runs in a matrix; the rows must be a multiple of it, or it a multiple of the rows that divides all
     *     weights
     */
    record EqualGroups(int count) implements Granularity {
        public EqualGroups {
            if (count < 1) {
                throw new IllegalArgumentException("a matrix has at least 1 group, not " + count);
            }
        }

        private long size(long rows, long columns) {
            if (rows % count == 0) {
                return rows / count * columns;
            }
            if (count % rows == 0 && columns % (count / rows) == 0) {
                return columns / (count / rows);
            }
            throw new IllegalArgumentException(
                    count + " equal groups do not divide the rows of a " + rows + " x " + columns + " matrix");
        }
    }

    /** One scale for the whole tensor. */
    static Granularity perTensor() {
        return new PerTensor();
    }

    /** One scale a row. */
    static Granularity perRow() {
        return new PerRow();
    }

    /** One scale for each {@code size} columns. */
    static Granularity perGroup(int size) {
        return new PerGroup(size);
    }

    /** One scale for each of {@code count} runs of equal length. */
    static Granularity equalGroups(int count) {
        return new EqualGroups(count);
    }

    /**
     * How many weights, contiguous in row-major order, share a scale.
     *
     * @throws IllegalArgumentException if the matrix is empty or a group's size does not divide the columns
     */
    default int groupSize(long rows, long columns) {
        if (rows < 1 || columns < 1) {
            throw new IllegalArgumentException("cannot quantize an empty matrix of " + rows + " x " + columns);
        }
        long size = switch (this) {
            case PerTensor tensor -> Math.multiplyExact(rows, columns);
            case PerRow row -> columns;
            case PerGroup group -> {
                if (columns % group.size() != 0) {
                    throw new IllegalArgumentException("group size " + group.size() + " does not divide the " + columns
                            + " columns of a " + rows + " x " + columns + " matrix");
                }
                yield group.size();
            }
            case EqualGroups groups -> groups.size(rows, columns);
        };
        return Math.toIntExact(size);
    }
}
