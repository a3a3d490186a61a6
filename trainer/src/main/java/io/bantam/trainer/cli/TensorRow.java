package io.bantam.trainer.cli;

import io.bantam.runtime.format.TensorInfo;
import java.util.List;

/**
 * One line of {@code inspect}.
 *
 * @param name   the tensor's name
 * @param shape  dimensions of the weights that it stands for, outermost first
 * @param type   how they are kept, e.g. {@code F32} or {@code binary}
 * @param weights how many there are; 0 for what is no weight, such as a tokenizer
 * @param bytes  all bytes on disk that belong to it: codes, scales, zeros
 */
record TensorRow(String name, List<Long> shape, String type, long weights, long bytes) {
    /** A tensor that is kept as it is. */
    static TensorRow plain(TensorInfo tensor) {
        return new TensorRow(
                tensor.name(), tensor.shape(), tensor.dtype().name(), tensor.elementCount(), tensor.byteSize());
    }

    /** Bits on disk per weight, scales included; NaN where there is no weight. */
    double bitsPerWeight() {
        return weights == 0 ? Double.NaN : 8.0 * bytes / weights;
    }
}
