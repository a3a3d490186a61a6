package io.bantam.trainer.cli.commands;

import io.bantam.runtime.format.CodebookTensor;
import io.bantam.runtime.format.FloatTensor;
import io.bantam.runtime.format.ModelTensor;
import io.bantam.runtime.format.PackedTensor;
import io.bantam.runtime.format.TensorInfo;
import java.util.List;

/**
 * One line of {@code inspect}.
 *
 * @param name   the tensor's name
 * @param shape  dimensions of the weights that it stands for, outermost first
 * @param type   how they are kept, e.g. {@code F32} or {@code binary per row}
 * @param weights how many there are; 0 for what is no weight, such as a tokenizer
 * @param bytes  all bytes on disk that belong to it: codes, scales, zeros
 */
record TensorRow(String name, List<Long> shape, String type, long weights, long bytes) {
    /** A tensor that is kept as it is. */
    static TensorRow plain(TensorInfo tensor) {
        return new TensorRow(
                tensor.name(), tensor.shape(), tensor.dtype().name(), tensor.elementCount(), tensor.byteSize());
    }

    /** A tensor of a packed model, under the name of the weights that it stands for. */
    static TensorRow packed(String name, ModelTensor tensor) {
        return switch (tensor) {
            case FloatTensor plain ->
                new TensorRow(
                        name,
                        plain.shape().stream().map(Integer::longValue).toList(),
                        plain.dtype().name(),
                        plain.elementCount(),
                        plain.packedBytes());
            case PackedTensor codes ->
                new TensorRow(
                        name,
                        List.of((long) codes.rows(), (long) codes.columns()),
                        type(codes),
                        codes.elementCount(),
                        codes.packedBytes());
            case CodebookTensor codes ->
                new TensorRow(
                        name,
                        List.of((long) codes.rows(), (long) codes.columns()),
                        "%d codebooks of %d x %d".formatted(codes.count(), 1 << codes.bits(), codes.vector()),
                        codes.elementCount(),
                        codes.packedBytes());
        };
    }

    private static String type(PackedTensor tensor) {
        String scheme = tensor.scheme().label();
        String bits = switch (tensor.scheme()) {
            case BINARY, TERNARY -> "";
            case SYMMETRIC, ASYMMETRIC -> " " + tensor.bits();
        };
        String scales = tensor.group() == 0
                ? "tensor"
                : tensor.group() == tensor.columns() ? "row" : "group of " + tensor.group();
        return scheme + bits + " per " + scales;
    }

    /** Bits on disk per weight, scales included; NaN where there is no weight. */
    double bitsPerWeight() {
        return weights == 0 ? Double.NaN : 8.0 * bytes / weights;
    }
}
