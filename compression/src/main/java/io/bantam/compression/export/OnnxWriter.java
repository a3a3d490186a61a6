package io.bantam.compression.export;

import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.ModelTensor;
import io.bantam.runtime.format.PackedFile;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Writes a model as an ONNX file, of standard operators alone (operator set 21), in any of the forms of {@link
 * io.bantam.runtime.format.Architecture}.
 *
 * <ul>
 *   <li>inputs: {@code input_ids}, int64 [batch, tokens], texts of equal length without padding;
 *       {@code past_key_values.N.key} and {@code .value} of every block, float32 [batch, key-value heads, past, head
 *       width], with past = 0 at the beginning
 *   <li>outputs: {@code logits}, float32 [batch, tokens, vocabulary]; {@code present.N.key} and {@code .value}, the
 *       past of the next call
 * </ul>
 *
 * <p>Quantized weights keep their codes and scales: 4 bits a code for linears of at most 4 bits, otherwise 8, with a
 * {@code DequantizeLinear} behind them (per tensor, row or block); a quantized embedding has 8. Activations are put on
 * their grid by elementary operators, so that the logits are those of {@link io.bantam.runtime.model.ExactDecoder}, as
 * far as float32 goes.
 */
public final class OnnxWriter {
    /** The name of the token ids. */
    public static final String IDS = "input_ids";

    /** The name of the logits. */
    public static final String LOGITS = "logits";

    private static final long INTERMEDIATE_REPRESENTATION = 10;
    private static final long OPERATOR_SET = 21;

    private OnnxWriter() {}

    /** What a file was given: its size, and a line for each weight that could not keep its codes. */
    public record Written(long bytes, List<String> fallbacks) {
        /** Copies. */
        public Written {
            fallbacks = List.copyOf(fallbacks);
        }
    }

    /**
     * Writes a file; it appears only when it is complete.
     *
     * @param tensors those of {@link DecoderConfig#shapes}
     * @param dequantize whether quantized weights become float32
     * @throws IllegalArgumentException if tensors are missing or of another shape, or the model is larger than an ONNX
     *     file can be
     * @throws IOException if the file cannot be written
     */
    public static Written write(
            Path path,
            DecoderConfig config,
            ActivationQuantization activations,
            Map<String, ? extends ModelTensor> tensors,
            boolean dequantize)
            throws IOException {
        String problem = PackedFile.problem(config, activations, tensors);
        if (problem != null) {
            throw new IllegalArgumentException(problem);
        }
        OnnxGraph graph = new OnnxGraph(config.architecture().name());
        OnnxWeights weights = new OnnxWeights(graph, dequantize);
        new OnnxDecoder(graph, weights, config, activations, tensors).write();
        ProtoMessage model = new ProtoMessage()
                .number(1, INTERMEDIATE_REPRESENTATION)
                .message(8, new ProtoMessage().text(1, "").number(2, OPERATOR_SET))
                .text(2, "bantam")
                .message(7, graph.message());
        if (model.size() > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("the model would take " + model.size()
                    + " bytes as ONNX, and a file of that format holds 2 GiB; quantize it first");
        }
        Path target = path.toAbsolutePath();
        Path temporary = target.resolveSibling(target.getFileName() + "." + UUID.randomUUID() + ".tmp");
        try {
            try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(temporary), 1 << 18)) {
                model.writeTo(out);
            }
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(temporary);
        }
        return new Written(model.size(), weights.fallbacks());
    }
}
