package io.bantam.compression.export;

import io.bantam.runtime.format.CodebookTensor;
import io.bantam.runtime.format.FloatTensor;
import io.bantam.runtime.format.GgmlType;
import io.bantam.runtime.format.ModelTensor;
import io.bantam.runtime.format.PackedTensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;

/**
 * One tensor in a type of ggml: its codes as they are, if the blocks of the type fit the groups that share a scale.
 *
 * @param tensor the tensor
 * @param type its type in the file
 */
record GgufEncoding(ModelTensor tensor, GgmlType type) {

    /** The encoding of a matrix. */
    static GgufEncoding of(ModelTensor tensor, GgufOptions options) {
        return new GgufEncoding(
                tensor,
                switch (tensor) {
                    case FloatTensor floats ->
                        fits(options.floats(), floats.shape().getLast(), 0) ? options.floats() : GgmlType.F16;
                    case PackedTensor packed -> type(packed, options);
                    case CodebookTensor codebooks -> GgmlType.F16;
                });
    }

    private static GgmlType type(PackedTensor tensor, GgufOptions options) {
        return candidates(tensor, options).stream()
                .filter(type -> fits(type, tensor.columns(), tensor.group()))
                .findFirst()
                .orElse(GgmlType.F16);
    }

    /** The types that hold the codes, the best first. */
    private static List<GgmlType> candidates(PackedTensor tensor, GgufOptions options) {
        return switch (tensor.scheme()) {
            case BINARY -> List.of(GgmlType.Q1_0, GgmlType.Q2_0, GgmlType.Q4_0);
            case TERNARY -> List.of(options.ternary(), GgmlType.Q2_0, GgmlType.Q4_0);
            case SYMMETRIC -> List.of(tensor.bits() <= 4 ? GgmlType.Q4_0 : GgmlType.Q8_0);
            // No type here has a zero point of its own.
            case ASYMMETRIC -> List.of();
        };
    }

    /** Whether rows are whole blocks and no block holds two scales; group 0 is the whole tensor. */
    private static boolean fits(GgmlType type, int columns, int group) {
        return columns % type.blockWeights() == 0 && group % type.blockWeights() == 0;
    }

    /** Why the type is not the one that this tensor would want, in one line. */
    Optional<String> fallback(String name, GgufOptions options) {
        if (tensor instanceof CodebookTensor) {
            return Optional.of(name + ": no GGUF type has codebooks; written as " + type);
        }
        if (!(tensor instanceof PackedTensor packed)) {
            boolean wanted = type == options.floats();
            return wanted
                    ? Optional.empty()
                    : Optional.of(
                            name + ": its rows are no whole blocks of " + options.floats() + "; written as " + type);
        }
        List<GgmlType> candidates = candidates(packed, options);
        if (candidates.isEmpty()) {
            return Optional.of(name + ": no GGUF type has zero points; written as " + type);
        }
        if (type == candidates.getFirst()) {
            return Optional.empty();
        }
        return Optional.of(name + ": rows of " + packed.columns() + " with "
                + (packed.group() == 0 ? "one scale" : "a scale for " + packed.group() + " columns")
                + " do not fit the " + candidates.getFirst().blockWeights() + "-weight blocks of "
                + candidates.getFirst() + "; written as " + type);
    }

    long byteSize() {
        return type.bytes(tensor.elementCount());
    }

    /** Hands out the data in pieces, in order. */
    void write(PieceWriter out) throws IOException {
        switch (type) {
            case F32, F16 -> writeFloats(out);
            default -> {
                if (tensor instanceof PackedTensor packed) {
                    writeCodes(packed, out);
                } else {
                    writeBlocks(tensor.toFloats(), out);
                }
            }
        }
    }

    /** Takes a piece of data. */
    interface PieceWriter {
        void write(byte[] piece) throws IOException;
    }

    private void writeFloats(PieceWriter out) throws IOException {
        float[] values = tensor.toFloats();
        int step = 1 << 14;
        for (int start = 0; start < values.length; start += step) {
            int end = Math.min(values.length, start + step);
            ByteBuffer piece =
                    ByteBuffer.allocate((end - start) * type.blockBytes()).order(ByteOrder.LITTLE_ENDIAN);
            for (int i = start; i < end; i++) {
                if (type == GgmlType.F16) {
                    piece.putShort(Float.floatToFloat16(values[i]));
                } else {
                    piece.putFloat(values[i]);
                }
            }
            out.write(piece.array());
        }
    }

    private void writeBlocks(float[] values, PieceWriter out) throws IOException {
        float[] block = new float[type.blockWeights()];
        for (int start = 0; start < values.length; start += block.length) {
            System.arraycopy(values, start, block, 0, block.length);
            out.write(type == GgmlType.Q8_0 ? GgmlBlocks.q8_0(block) : GgmlBlocks.q4_0(block));
        }
    }

    private void writeCodes(PackedTensor packed, PieceWriter out) throws IOException {
        int rowBytes = packed.layout().rowBytes(packed.columns());
        int groupColumns = packed.columns() / packed.groupsPerRow();
        // Once: it may be a copy.
        byte[] codes = packed.codes();
        int[] row = new int[packed.columns()];
        byte[] block = new byte[type.blockWeights()];
        for (int r = 0; r < packed.rows(); r++) {
            packed.layout().unpackRow(codes, r * rowBytes, packed.columns(), row, 0);
            for (int start = 0; start < row.length; start += block.length) {
                for (int i = 0; i < block.length; i++) {
                    block[i] = (byte) row[start + i];
                }
                float scale = packed.scales()[packed.scaleIndex(r, start / groupColumns)];
                out.write(
                        switch (type) {
                            case Q1_0 -> GgmlBlocks.q1_0(block, scale);
                            case Q2_0 -> GgmlBlocks.q2_0(block, scale);
                            case TQ1_0 -> GgmlBlocks.tq1_0(block, scale);
                            case TQ2_0 -> GgmlBlocks.tq2_0(block, scale);
                            case Q4_0 -> GgmlBlocks.q4_0(block, scale);
                            case Q8_0 -> GgmlBlocks.q8_0(block, scale);
                            case F32, F16 -> throw new IllegalStateException("float types have no codes");
                        });
            }
        }
    }
}
