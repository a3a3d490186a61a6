package io.bantam.runtime.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.DType;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.FloatTensor;
import io.bantam.runtime.format.ModelTensor;
import io.bantam.runtime.format.PackedFile;
import io.bantam.runtime.format.PackedTensor;
import io.bantam.runtime.format.Scheme;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WeightMatrixTest {
    @TempDir
    Path folder;

    /** Tiles that are not full, and rows that end within a byte, or within three that belong together. */
    @ParameterizedTest
    @CsvSource({
        "BINARY, 1",
        "TERNARY, 2",
        "SYMMETRIC, 2",
        "SYMMETRIC, 3",
        "SYMMETRIC, 4",
        "SYMMETRIC, 5",
        "SYMMETRIC, 8"
    })
    void rowsAreTheTensors(Scheme scheme, int bits) {
        Random random = new Random(bits);
        for (int rows : new int[] {1, 64, 70}) {
            for (int columns : new int[] {1, 2, 3, 5, 6, 7, 8, 11, 14, 16, 67}) {
                PackedTensor tensor = tensor(random, scheme, bits, rows, columns);
                WeightMatrix weights = WeightMatrix.of(new ScalarKernels(), tensor, false);
                float[] expected = tensor.toFloats();
                float[] row = new float[columns];
                for (int r = 0; r < rows; r++) {
                    weights.row(r, WeightMatrix.scratch(columns), row, 0);
                    assertArrayEquals(
                            Arrays.copyOfRange(expected, r * columns, (r + 1) * columns),
                            row,
                            "row " + r + " of " + rows + " x " + columns);
                }
            }
        }
    }

    /** Processors that have no tables of five bits take two bits a code, from files of every layout. */
    @Test
    void ternaryCodesTakeTwoBitsWhereRegistersAreShort() throws IOException {
        Kernels narrow = (Kernels) Proxy.newProxyInstance(
                Kernels.class.getClassLoader(),
                new Class<?>[] {Kernels.class},
                (proxy, method, arguments) -> method.getName().equals("ternaryForm")
                        ? CodeForm.TERNARY_2BIT
                        : method.invoke(new ScalarKernels(), arguments));
        for (int columns : new int[] {1, 5, 24, 25, 67, 96}) {
            PackedTensor tensor = tensor(new Random(columns), Scheme.TERNARY, 2, 70, columns);
            for (ModelTensor stored : List.of(tensor, readBack(tensor))) {
                WeightMatrix weights = WeightMatrix.of(narrow, stored, false);
                assertEquals(CodeForm.TERNARY_2BIT, form(weights));
                assertEquals(CodeForm.TERNARY_5IN3, form(WeightMatrix.of(new ScalarKernels(), stored, false)));
                float[] expected = tensor.toFloats();
                float[] row = new float[columns];
                for (int r = 0; r < 70; r++) {
                    weights.row(r, MemorySegment.NULL, row, 0);
                    assertArrayEquals(Arrays.copyOfRange(expected, r * columns, (r + 1) * columns), row, "row " + r);
                }
            }
        }
    }

    private static CodeForm form(WeightMatrix weights) {
        return ((TiledWeights) weights).form();
    }

    private ModelTensor readBack(PackedTensor tensor) throws IOException {
        DecoderConfig config = new DecoderConfig(tensor.rows(), 1, tensor.columns(), 1, 1, 1, 1e-5f, 0, 1, -1);
        Map<String, ModelTensor> tensors = new LinkedHashMap<>();
        config.shapes().forEach((name, shape) -> {
            int size = shape.stream().reduce(1, Math::multiplyExact);
            tensors.put(name, new FloatTensor(DType.F32, shape, new float[size]));
        });
        tensors.put("wte.weight", tensor);
        Path path = folder.resolve("ternary.bantam");
        PackedFile.write(path, config, ActivationQuantization.NONE, tensors, null);
        return PackedFile.read(path).tensors().get("wte.weight");
    }

    private static PackedTensor tensor(Random random, Scheme scheme, int bits, int rows, int columns) {
        int[] codes = new int[rows * columns];
        for (int i = 0; i < codes.length; i++) {
            codes[i] = switch (scheme) {
                case BINARY -> 2 * random.nextInt(2) - 1;
                case TERNARY -> random.nextInt(-1, 2);
                default -> random.nextInt(-(1 << bits - 1), 1 << bits - 1);
            };
        }
        float[] scales = new float[rows];
        for (int row = 0; row < rows; row++) {
            scales[row] = 0.5f + random.nextFloat();
        }
        return PackedTensor.pack(scheme, bits, rows, columns, columns, codes, scales, new float[0]);
    }
}
