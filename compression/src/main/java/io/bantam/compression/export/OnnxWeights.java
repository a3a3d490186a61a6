package io.bantam.compression.export;

import io.bantam.compression.export.OnnxGraph.Type;
import io.bantam.runtime.format.CodebookTensor;
import io.bantam.runtime.format.ModelTensor;
import io.bantam.runtime.format.PackedTensor;
import io.bantam.runtime.format.Scheme;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Puts weights into an ONNX graph. Quantized ones keep their codes, as whole numbers of 4 bits (codes of 1 to 4 bits)
 * or 8, and a {@code DequantizeLinear} makes floats of them while the model runs: with one scale, one a row, or one a
 * block of columns.
 *
 * <p>The operator's zeros are whole numbers, ours any: what does not fit becomes float32, and so do sums of codewords.
 */
final class OnnxWeights {
    private final OnnxGraph graph;
    private final boolean dequantize;
    private final List<String> fallbacks = new ArrayList<>();
    private final Map<String, Lookup> lookups = new HashMap<>();

    /** A matrix in its own order of rows, for look-up and for products with its transpose. */
    private record Lookup(
            /** The codes, or the floats of a matrix that is not quantized. */
            String values,
            /** Null for floats. */
            PackedTensor tensor,
            /** Whole numbers, or null. */
            int[] zeros) {}

    OnnxWeights(OnnxGraph graph, boolean dequantize) {
        this.graph = graph;
        this.dequantize = dequantize;
    }

    /** What had to become float32, a line each. */
    List<String> fallbacks() {
        return fallbacks;
    }

    /** A vector or another tensor as it is. */
    String plain(String name, ModelTensor tensor, long... shape) {
        return graph.floats(name, tensor.toFloats(), shape);
    }

    /**
     * The transpose of a linear's weight: {@code [columns, rows]}.
     *
     * @param tensor {@code [rows, columns]}
     */
    String transposed(String name, ModelTensor tensor, int rows, int columns) {
        PackedTensor packed = quantized(name, tensor);
        int[] zeros = packed == null ? null : zeros(name, packed);
        if (packed == null || (packed.scheme() == Scheme.ASYMMETRIC && zeros == null)) {
            return graph.floats(name, () -> turned(tensor.toFloats(), rows, columns), columns, rows);
        }
        Type type = type(packed, zeros, true);
        int groups = packed.groupsPerRow();
        int scales = packed.scales().length;
        int[] order = new int[scales];
        for (int i = 0; i < scales; i++) {
            order[i] = scales == 1 ? 0 : packed.scaleIndex(i % rows, i / rows);
        }
        Supplier<OnnxGraph.Codes> turned = () -> {
            int[] codes = packed.unpack();
            return i -> codes[i % rows * columns + i / rows];
        };
        String values = graph.codes(name + ".codes", type, turned, rows * columns, columns, rows);
        long[] shape = packed.group() == 0 ? new long[0] : groups == 1 ? new long[] {rows} : new long[] {groups, rows};
        return dequantized(name, values, packed, zeros, type, order, shape, groups == 1 ? 1 : 0);
    }

    private static float[] turned(float[] values, int rows, int columns) {
        float[] turned = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            turned[i % columns * rows + i / columns] = values[i];
        }
        return turned;
    }

    /** Adds a matrix for {@link #rows} and {@link #matrix}, if it is not there yet. */
    private Lookup lookup(String name, ModelTensor tensor, int rows, int columns) {
        return lookups.computeIfAbsent(name, key -> {
            PackedTensor packed = quantized(name, tensor);
            int[] zeros = packed == null ? null : zeros(name, packed);
            if (packed == null || (packed.scheme() == Scheme.ASYMMETRIC && zeros == null)) {
                return new Lookup(graph.floats(name, tensor::toFloats, rows, columns), null, null);
            }
            // Gather takes no halves of bytes.
            Type type = type(packed, zeros, false);
            Supplier<OnnxGraph.Codes> codes = () -> {
                int[] unpacked = packed.unpack();
                return i -> unpacked[i];
            };
            return new Lookup(graph.codes(name + ".codes", type, codes, rows * columns, rows, columns), packed, zeros);
        });
    }

    /**
     * Some rows of a matrix.
     *
     * @param ids {@code [a, b]} whole numbers
     * @return {@code [a, b, columns]}
     */
    String rows(String name, ModelTensor tensor, int rows, int columns, String ids) {
        Lookup lookup = lookup(name, tensor, rows, columns);
        String taken = graph.node(name, "Gather", lookup.values, ids);
        PackedTensor packed = lookup.tensor;
        if (packed == null) {
            return taken;
        }
        String floats = graph.node(name, "Cast", List.of(taken), Map.of("to", (long) Type.FLOAT.number()));
        int groups = packed.groupsPerRow();
        if (groups > 1) {
            floats = graph.node(name, "Reshape", floats, graph.longs(0, 0, groups, columns / groups));
        }
        floats = graph.node(name, "Mul", floats, factors(name + ".scales", packed.scales(), rows, groups, ids));
        if (packed.zeros().length > 0) {
            floats = graph.node(name, "Add", floats, factors(name + ".zeros", packed.zeros(), rows, groups, ids));
        }
        return groups > 1 ? graph.node(name, "Reshape", floats, graph.longs(0, 0, columns)) : floats;
    }

    /** Scales or zeros of the rows that are looked up, shaped so that they meet their columns. */
    private String factors(String name, float[] values, int rows, int groups, String ids) {
        if (values.length == 1) {
            return graph.floats(name + ".rows", values);
        }
        long[] shape = groups == 1 ? new long[] {rows, 1} : new long[] {rows, groups, 1};
        return graph.node(name, "Gather", graph.floats(name + ".rows", values, shape), ids);
    }

    /** A whole matrix as floats: {@code [rows, columns]}. */
    String matrix(String name, ModelTensor tensor, int rows, int columns) {
        Lookup lookup = lookup(name, tensor, rows, columns);
        PackedTensor packed = lookup.tensor;
        if (packed == null) {
            return lookup.values;
        }
        int groups = packed.groupsPerRow();
        int[] order = new int[packed.scales().length];
        for (int i = 0; i < order.length; i++) {
            order[i] = i;
        }
        long[] shape = packed.group() == 0 ? new long[0] : groups == 1 ? new long[] {rows} : new long[] {rows, groups};
        Type type = type(packed, lookup.zeros, false);
        return dequantized(name, lookup.values, packed, lookup.zeros, type, order, shape, groups == 1 ? 0 : 1);
    }

    private String dequantized(
            String name,
            String codes,
            PackedTensor packed,
            int[] zeros,
            Type type,
            int[] order,
            long[] shape,
            long axis) {
        float[] scales = new float[order.length];
        for (int i = 0; i < order.length; i++) {
            scales[i] = packed.scales()[order[i]];
        }
        List<String> inputs = new ArrayList<>(List.of(codes, graph.floats(name + ".scales", scales, shape)));
        if (zeros != null) {
            inputs.add(graph.codes(name + ".zeros", type, () -> i -> zeros[order[i]], order.length, shape));
        }
        Map<String, Object> attributes = new HashMap<>();
        if (shape.length > 0) {
            attributes.put("axis", axis);
        }
        if (shape.length > 1) {
            attributes.put("block_size", (long) packed.group());
        }
        return graph.node(name, "DequantizeLinear", inputs, attributes);
    }

    /** The tensor if its codes are to be written, else null. */
    private PackedTensor quantized(String name, ModelTensor tensor) {
        if (dequantize) {
            return null;
        }
        if (tensor instanceof CodebookTensor) {
            fallbacks.add(name + ": ONNX has no sums of codewords; written as float32");
        }
        return tensor instanceof PackedTensor packed ? packed : null;
    }

    /**
     * Zeros as whole numbers of 8 bits, {@code weight = scale (code - zero)}; null if there are none or they do not
     * fit.
     */
    private int[] zeros(String name, PackedTensor packed) {
        float[] zeros = packed.zeros();
        if (zeros.length == 0) {
            return null;
        }
        int[] whole = new int[zeros.length];
        for (int i = 0; i < zeros.length; i++) {
            float scale = packed.scales()[i];
            double exact = scale == 0 ? 0 : -(double) zeros[i] / scale;
            whole[i] = (int) Math.rint(exact);
            boolean lost = scale == 0 ? zeros[i] != 0 : Math.abs(exact - whole[i]) > 1e-3;
            if (lost || whole[i] < 0 || whole[i] > 255) {
                fallbacks.add(name + ": its zeros are no whole numbers of 8 bits; written as float32");
                return null;
            }
        }
        return whole;
    }

    private static Type type(PackedTensor packed, int[] zeros, boolean halves) {
        boolean small = halves && packed.bits() <= 4;
        if (zeros != null) {
            for (int zero : zeros) {
                small &= zero < 16;
            }
            return small ? Type.UINT4 : Type.UINT8;
        }
        return small ? Type.INT4 : Type.INT8;
    }
}
