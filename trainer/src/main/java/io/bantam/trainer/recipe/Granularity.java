package io.bantam.trainer.recipe;

/** Which weights of a matrix share a scale: {@code per-row}, {@code per-tensor} or {@code {group: 64}}. */
public sealed interface Granularity {

    /** One scale for the whole matrix. */
    record PerTensor() implements Granularity {}

    /** One scale an output row. */
    record PerRow() implements Granularity {}

    /**
     * One scale for every so many neighbours in a row.
     *
     * @param size weights a group; divides the columns
     */
    record PerGroup(int size) implements Granularity {
        public PerGroup {
            if (size < 1) {
                throw new IllegalArgumentException("group: " + size + " is too small; at least 1");
            }
        }
    }
}
