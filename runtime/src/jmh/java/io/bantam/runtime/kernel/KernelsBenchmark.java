package io.bantam.runtime.kernel;

import io.bantam.runtime.format.PackedTensor;
import io.bantam.runtime.format.Scheme;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The loops that take a token's time, at CodeGPT's shape: the product of a linear of 3072 x 768 with one token and with
 * {@link #TOKENS}, by the width of its codes, and what lies between products. How to run it is said in the package
 * documentation.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 1)
// Vectors are objects until the compiler has seen to them: it is waited for.
@Fork(value = 1, jvmArgsAppend = "-Xbatch")
public class KernelsBenchmark {
    private static final int ROWS = 3072;
    private static final int COLUMNS = 768;
    private static final int POSITIONS = 1024;
    /** Tokens of a prompt that are multiplied together. */
    private static final int TOKENS = 16;
    /** Rows of a panel product. */
    private static final int PANEL_ROWS = 32;

    /** Which kernels. */
    @Param({"vector", "scalar"})
    public String kernels;

    private Kernels used;
    private final float[] features = new float[ROWS];
    private final float[] scores = new float[POSITIONS];
    private final float[] out = new float[ROWS];
    private final float[] gains = new float[COLUMNS];
    private final float[] codes = new float[COLUMNS];
    private final float[] panel = new float[COLUMNS * 64];
    private final float[] panelSums = new float[PANEL_ROWS * 64];
    private final PanelOperands operands = new PanelOperands();

    /** A linear's weights, and a token that is ready for them. */
    @State(Scope.Thread)
    public static class Linear {
        /** How weights are coded. */
        @Param({"BINARY 1", "TERNARY 2", "SYMMETRIC 3", "SYMMETRIC 4", "SYMMETRIC 8"})
        public String weights;

        private WeightMatrix matrix;
        private float[] floats;
        private Tiles tiles;

        /** Random codes. */
        @Setup
        public void make(KernelsBenchmark benchmark) {
            String[] parts = weights.split(" ");
            Scheme scheme = Scheme.valueOf(parts[0]);
            int bits = Integer.parseInt(parts[1]);
            Random random = new Random(1);
            int[] drawn = new int[ROWS * COLUMNS];
            for (int i = 0; i < drawn.length; i++) {
                drawn[i] = switch (scheme) {
                    case BINARY -> 2 * random.nextInt(2) - 1;
                    case TERNARY -> random.nextInt(3) - 1;
                    default -> random.nextInt(1 << bits) - (1 << bits - 1);
                };
            }
            float[] scales = new float[ROWS];
            Arrays.fill(scales, 0.1f);
            PackedTensor tensor = PackedTensor.pack(scheme, bits, ROWS, COLUMNS, COLUMNS, drawn, scales, null);
            matrix = WeightMatrix.of(benchmark.used, tensor, false);
            short[] input = new short[COLUMNS + 64];
            floats = new float[COLUMNS];
            for (int i = 0; i < COLUMNS; i++) {
                input[i] = (short) (random.nextInt(256) - 128);
                floats[i] = input[i];
            }
            if (matrix instanceof TiledWeights tiled) {
                tiles = new Tiles(benchmark.used, tiled, input);
            }
        }
    }

    /** Tiles, and tokens with the same input each. */
    private static final class Tiles {
        private final TiledWeights weights;
        private final short[] input;
        private final TileProduct few;
        private final TileProduct many;
        private final byte[] prepared;
        private final TileRange range = new TileRange();
        private final PreparedTokens tokens;
        private final TileSums sums = new TileSums(TOKENS, ROWS);

        private Tiles(Kernels kernels, TiledWeights weights, short[] input) {
            this.weights = weights;
            this.input = input;
            few = kernels.tileProduct(weights.form(), weights.rowBytes(), false);
            many = kernels.tileProduct(weights.form(), weights.rowBytes(), true);
            prepared = new byte[TOKENS * Math.max(few.preparedBytes(), many.preparedBytes())];
            tokens = new PreparedTokens(prepared);
        }

        private int[] multiply(TileProduct product, int count) {
            int each = product.preparedBytes();
            for (int token = 0; token < count; token++) {
                product.prepare(input, 0, prepared, token * each);
            }
            product.multiply(weights.range(range, 0, ROWS / 64, 0, 1), tokens.set(0, each, count), sums);
            return sums.values();
        }
    }

    /** Random features. */
    @Setup
    public void make() {
        used = kernels.equals("scalar") ? new ScalarKernels() : Kernels.best();
        Random random = new Random(2);
        for (int i = 0; i < features.length; i++) {
            features[i] = (float) random.nextGaussian();
        }
        Arrays.fill(gains, 1);
    }

    /** All rows with one token, preparation included; codes that are kept as bytes are multiplied with floats. */
    @Benchmark
    public Object product(Linear linear) {
        if (linear.matrix instanceof ByteWeights bytes) {
            bytes.dots(0, ROWS, 0, COLUMNS, linear.floats, out);
            return out;
        }
        return linear.tiles.multiply(linear.tiles.few, 1);
    }

    /** All rows with many tokens, preparation included; not for codes that are kept as bytes. */
    @Benchmark
    public Object productOfMany(Linear linear) {
        return linear.matrix instanceof ByteWeights ? out : linear.tiles.multiply(linear.tiles.many, TOKENS);
    }

    /** A panel of floats: rows of a linear with as many tokens as the widest one has. */
    @Benchmark
    public float[] panelProduct() {
        int width = used.panelWidths()[0];
        used.panelProduct(
                operands.rows(features, 0, 0).panel(panel, 0, width).sums(panelSums, 0, width),
                PANEL_ROWS,
                COLUMNS,
                width,
                false);
        return panelSums;
    }

    /** GELU of the 3072 features within a block, copied there first. */
    @Benchmark
    public float[] gelu() {
        System.arraycopy(features, 0, out, 0, ROWS);
        used.gelu(out, 0, ROWS);
        return out;
    }

    /** Layer norm of a token. */
    @Benchmark
    public float[] layerNorm() {
        used.layerNorm(features, 0, COLUMNS, gains, gains, 1e-5f, codes, 0);
        return codes;
    }

    /** Codes of a token, copied there first. */
    @Benchmark
    public float[] quantize() {
        System.arraycopy(features, 0, codes, 0, COLUMNS);
        used.quantize(codes, 0, COLUMNS, 0, 0.05f, -128, 127, 0);
        return codes;
    }

    /** Probabilities of 1,024 positions, copied there first. */
    @Benchmark
    public float[] softmax() {
        System.arraycopy(features, 0, scores, 0, POSITIONS);
        used.softmax(scores, 0, POSITIONS, 0.125f);
        return scores;
    }
}
