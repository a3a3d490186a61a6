package io.bantam.compression.export;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * An ONNX graph under construction. Values are referred to by name; a node is named after its output. Numbers of
 * fields and types are those of {@code onnx.proto}.
 */
final class OnnxGraph {
    /** Element types of tensors. */
    enum Type {
        FLOAT(1, 32),
        UINT8(2, 8),
        INT8(3, 8),
        INT64(7, 64),
        /** Two a byte, the first in the lower half. */
        UINT4(21, 4),
        /** Two a byte, the first in the lower half. */
        INT4(22, 4);

        private final int number;
        private final int bits;

        Type(int number, int bits) {
            this.number = number;
            this.bits = bits;
        }

        int number() {
            return number;
        }

        long bytes(long elements) {
            return Math.ceilDiv(Math.multiplyExact(elements, (long) bits), 8L);
        }
    }

    /** Codes of a tensor, by their place. */
    @FunctionalInterface
    interface Codes {
        int at(int index);
    }

    private static final int CHUNK = 1 << 16;

    private final ProtoMessage graph = new ProtoMessage();
    private final Set<String> names = new HashSet<>();
    private final Map<String, String> constants = new HashMap<>();

    OnnxGraph(String name) {
        graph.text(2, name);
    }

    ProtoMessage message() {
        return graph;
    }

    /**
     * Adds a node with one output.
     *
     * @param scope what the output's name begins with
     * @param inputs an empty name is an input that is left out
     * @param attributes by name: Long, Float, String or long[]
     * @return the name of the output
     */
    String node(String scope, String operator, List<String> inputs, Map<String, ?> attributes) {
        return node(scope, operator, inputs, attributes, 1)[0];
    }

    String node(String scope, String operator, String... inputs) {
        return node(scope, operator, List.of(inputs), Map.of());
    }

    /** Adds a node with some outputs. */
    String[] node(String scope, String operator, List<String> inputs, Map<String, ?> attributes, int outputs) {
        String name = unique(scope + "/" + operator);
        String[] values = new String[outputs];
        for (int i = 0; i < outputs; i++) {
            values[i] = outputs == 1 ? name : name + "." + i;
        }
        add(name, operator, inputs, attributes, values);
        return values;
    }

    /** Gives a value the name of an output of the graph. */
    void rename(String value, String output) {
        add(output, "Identity", List.of(value), Map.of(), output);
    }

    private void add(String name, String operator, List<String> inputs, Map<String, ?> attributes, String... outputs) {
        ProtoMessage node = new ProtoMessage();
        inputs.forEach(input -> node.text(1, input));
        for (String output : outputs) {
            node.text(2, output);
        }
        node.text(3, name).text(4, operator);
        new TreeMap<>(attributes).forEach((key, value) -> node.message(5, attribute(key, value)));
        graph.message(1, node);
    }

    private static ProtoMessage attribute(String name, Object value) {
        ProtoMessage attribute = new ProtoMessage().text(1, name);
        return switch (value) {
            case Float real -> attribute.real(2, real).number(20, 1);
            case Long number -> attribute.number(3, number).number(20, 2);
            case String text -> attribute.text(4, text).number(20, 3);
            case long[] numbers -> {
                for (long number : numbers) {
                    attribute.number(8, number);
                }
                yield attribute.number(20, 7);
            }
            default -> throw new IllegalArgumentException("no attribute of " + value.getClass());
        };
    }

    private String unique(String name) {
        String free = name;
        for (int i = 2; !names.add(free); i++) {
            free = name + "_" + i;
        }
        return free;
    }

    /**
     * Names an input.
     *
     * @param shape a Long for a fixed dimension, a String for one that has only a name
     */
    void input(String name, Type type, List<?> shape) {
        graph.message(11, value(name, type, shape));
    }

    /** Names an output; see {@link #input}. */
    void output(String name, Type type, List<?> shape) {
        graph.message(12, value(name, type, shape));
    }

    private static ProtoMessage value(String name, Type type, List<?> shape) {
        ProtoMessage dimensions = new ProtoMessage();
        for (Object size : shape) {
            ProtoMessage dimension = new ProtoMessage();
            if (size instanceof Long fixed) {
                dimension.number(1, fixed);
            } else {
                dimension.text(2, (String) size);
            }
            dimensions.message(1, dimension);
        }
        ProtoMessage tensor = new ProtoMessage().number(1, type.number()).message(2, dimensions);
        return new ProtoMessage().text(1, name).message(2, new ProtoMessage().message(1, tensor));
    }

    /** A vector of whole numbers, once for all who ask for the same. */
    String longs(long... values) {
        return constants.computeIfAbsent(
                "int64" + Arrays.toString(values), name -> longs(name, values, (long) values.length));
    }

    /** A whole number without dimensions. */
    String scalar(long value) {
        return constants.computeIfAbsent("int64 " + value, name -> longs(name, new long[] {value}));
    }

    /** A float without dimensions. */
    String scalar(float value) {
        return constants.computeIfAbsent("float " + value, name -> floats(name, new float[] {value}));
    }

    private String longs(String name, long[] values, long... shape) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asLongBuffer().put(values);
        return tensor(name, Type.INT64, shape, out -> out.write(bytes.array()));
    }

    /** Adds a tensor of floats. */
    String floats(String name, float[] values, long... shape) {
        return floats(name, () -> values, shape);
    }

    /** Adds a tensor of floats that are asked for when it is written. */
    String floats(String name, Supplier<float[]> supplier, long... shape) {
        return tensor(name, Type.FLOAT, shape, out -> {
            float[] values = supplier.get();
            ByteBuffer bytes = ByteBuffer.allocate(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
            for (int from = 0; from < values.length; from += CHUNK / Float.BYTES) {
                int count = Math.min(CHUNK / Float.BYTES, values.length - from);
                bytes.asFloatBuffer().put(values, from, count);
                out.write(bytes.array(), 0, count * Float.BYTES);
            }
        });
    }

    /** Adds a tensor of whole numbers of 4 or 8 bits that are asked for when it is written. */
    String codes(String name, Type type, Supplier<Codes> supplier, int count, long... shape) {
        return tensor(name, type, shape, out -> {
            Codes codes = supplier.get();
            if (type.bits == 4) {
                writeHalves(out, codes, count);
            } else {
                for (int i = 0; i < count; i++) {
                    out.write(codes.at(i));
                }
            }
        });
    }

    private static void writeHalves(OutputStream out, Codes codes, int count) throws IOException {
        for (int i = 0; i < count; i += 2) {
            int high = i + 1 < count ? codes.at(i + 1) : 0;
            out.write(codes.at(i) & 0xf | high << 4);
        }
    }

    private String tensor(String name, Type type, long[] shape, ProtoMessage.Payload payload) {
        String given = unique(name);
        ProtoMessage tensor = new ProtoMessage();
        long elements = 1;
        for (long size : shape) {
            tensor.number(1, size);
            elements = Math.multiplyExact(elements, size);
        }
        tensor.number(2, type.number()).text(8, given).bytes(9, type.bytes(elements), payload);
        graph.message(5, tensor);
        return given;
    }
}
