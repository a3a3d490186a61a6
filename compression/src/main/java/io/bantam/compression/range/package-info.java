/**
 * Chooses the range of values that a quantization grid covers, and the grid that follows from it.
 *
 * <p>Entry classes: {@link io.bantam.compression.range.GridFamily} (range to grid) and
 * {@link io.bantam.compression.range.RangeEstimator} (batches to range). A
 * {@link io.bantam.compression.range.RangeSearch} chooses the range of a group whose values are all at hand, such as a
 * weight's row.
 *
 * <p>All arithmetic is float32 in the order that the Javadoc gives, so that a grid worked out here, one worked out on
 * an
 * {@code NDArray} and one read back from a packed file agree to the last bit. Depends on DJL's API only to read
 * batches; knows nothing of the quantizers.
 */
package io.bantam.compression.range;
