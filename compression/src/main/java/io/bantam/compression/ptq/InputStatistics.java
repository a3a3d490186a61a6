package io.bantam.compression.ptq;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.bantam.compression.quantizer.FloatMatrix;

/**
 * What calibration keeps of a linear layer's inputs X, batch after batch: {@code X^T X} and, where it is asked for, for
 * each feature the sums of x and |x| and the largest |x|. The inputs themselves are not kept.
 *
 * <p>A batch's products and sums are computed in float32 and added up in float64. Of the products, which are symmetric,
 * little more than half is computed. Owns its native memory, {@code 8 n^2} bytes for n features: close it. Not
 * thread-safe.
 */
public final class InputStatistics implements AutoCloseable {
    /** Features whose products with those from them on are computed at once, and all with one another. */
    public static final int PANEL = 128;

    private final NDManager manager;
    private final int features;
    private final Products products;
    private final boolean eachFeature;
    /**
     * Sums of {@code X^T X}, [features, features]. Until {@link #mirrored}, a product of features of two panels is
     * there only once, with the later panel as rows.
     */
    private final NDArray moments;

    private boolean mirrored = true;
    private final NDArray sums;
    private final NDArray magnitudes;
    private final NDArray largest;
    private long tokens;

    /** Computes products of features. */
    @FunctionalInterface
    public interface Products {
        /**
         * Adds {@code X^T X}, at least of every panel of {@link #PANEL} features as columns with the features from its
         * first on as rows.
         *
         * @param x float32 {@code [rows, features]}
         * @param moments float64 {@code [features, features]}
         */
        void add(NDArray x, NDArray moments);
    }

    /**
     * All statistics, by the engine's own products.
     *
     * @param parent the new sub-manager's parent; must be of an engine
     * @param features inputs of the layer
     */
    public InputStatistics(NDManager parent, int features) {
        this(parent, features, InputStatistics::addProducts, true);
    }

    /**
     * @param parent the new sub-manager's parent; must be of an engine
     * @param features inputs of the layer
     * @param products computes {@code X^T X}
     * @param eachFeature whether means, magnitudes and largest values of each feature are wanted
     */
    public InputStatistics(NDManager parent, int features, Products products, boolean eachFeature) {
        this.manager = parent.newSubManager();
        this.features = features;
        this.products = products;
        this.eachFeature = eachFeature;
        this.moments = manager.zeros(new Shape(features, features), DataType.FLOAT64);
        this.sums = manager.zeros(new Shape(features), DataType.FLOAT64);
        this.magnitudes = manager.zeros(new Shape(features), DataType.FLOAT64);
        this.largest = manager.zeros(new Shape(features), DataType.FLOAT32);
    }

    /**
     * Takes in a batch.
     *
     * @param input float32 {@code [..., features]}; not closed
     * @throws IllegalArgumentException if the last dimension differs, or a value is NaN or infinite
     */
    public void observe(NDArray input) {
        Shape shape = input.getShape();
        if (shape.get(shape.dimension() - 1) != features) {
            throw new IllegalArgumentException("expected inputs of " + features + " features, got shape " + shape);
        }
        try (NDManager scope = manager.newSubManager()) {
            scope.tempAttachAll(input);
            NDArray x = input.reshape(new Shape(shape.size() / features, features));
            mirrored = features <= PANEL;
            products.add(x, moments);
            if (!Double.isFinite(power(scope))) {
                throw new IllegalArgumentException(
                        "an input is NaN or infinite; the model or the layers quantized before this one are broken");
            }
            if (eachFeature) {
                observeEach(scope, x);
            }
            tokens += x.getShape().get(0);
        }
    }

    /** The sum of all inputs' squares, which an input that is no number spoils. */
    private double power(NDManager scope) {
        return moments.get(scope, new NDIndex(":, :"))
                .reshape(-1)
                .get(new NDIndex("::{}", features + 1))
                .sum()
                .getDouble();
    }

    private void observeEach(NDManager scope, NDArray x) {
        NDArray size = x.abs();
        sums.addi(x.sum(new int[] {0}).toType(DataType.FLOAT64, false));
        magnitudes.addi(size.sum(new int[] {0}).toType(DataType.FLOAT64, false));
        scope.tempAttachAll(largest);
        NDArray larger = largest.maximum(largest(size));
        largest.set(larger.toFloatArray());
    }

    /**
     * The largest value of each feature, {@code [features]}: halves are compared, which is far faster than {@code max}
     * over rows.
     */
    private static NDArray largest(NDArray x) {
        NDArray most = x;
        for (long rows = x.getShape().get(0); rows > 1; rows = most.getShape().get(0)) {
            long half = rows / 2;
            NDArray pairs = most.get(new NDIndex("0:{}", half)).maximum(most.get(new NDIndex("{}:{}", half, 2 * half)));
            most = rows % 2 == 0 ? pairs : pairs.maximum(most.get(new NDIndex("{}:", rows - 1)));
        }
        return most.reshape(x.getShape().get(1));
    }

    private static void addProducts(NDArray x, NDArray moments) {
        long features = x.getShape().get(1);
        for (long from = 0; from < features; from += PANEL) {
            long to = Math.min(features, from + PANEL);
            try (NDManager scope = x.getManager().newSubManager()) {
                NDArray panel = x.get(scope, new NDIndex(":, {}:{}", from, to));
                NDArray rest = x.get(scope, new NDIndex(":, {}:", from));
                moments.get(scope, new NDIndex("{}:, {}:{}", from, from, to))
                        .addi(rest.transpose().matMul(panel).toType(DataType.FLOAT64, false));
            }
        }
    }

    /** Copies what is left of the diagonal to the right. */
    private void mirror() {
        for (int from = 0; from < features && !mirrored; from += PANEL) {
            int to = Math.min(features, from + PANEL);
            if (to < features) {
                try (NDManager scope = manager.newSubManager()) {
                    NDArray left = moments.get(scope, new NDIndex("{}:, {}:{}", to, from, to));
                    moments.set(new NDIndex("{}:{}, {}:", from, to, to), left.transpose());
                }
            }
        }
        mirrored = true;
    }

    /** Inputs seen. */
    public long tokens() {
        return tokens;
    }

    /** Features of an input. */
    public int features() {
        return features;
    }

    /** {@code X^T X}, float64 {@code [features, features]}; owned by this, not to be changed. */
    public NDArray products() {
        requireTokens();
        mirror();
        return moments;
    }

    /** {@code X^T X / tokens}, row-major, {@code features * features}. */
    public double[] moments() {
        double[] values = products().toDoubleArray();
        for (int i = 0; i < values.length; i++) {
            values[i] /= tokens;
        }
        return values;
    }

    /** Mean of each feature. */
    public double[] means() {
        return perToken(sums);
    }

    /** Mean magnitude of each feature. */
    public double[] meanMagnitudes() {
        return perToken(magnitudes);
    }

    /** Largest magnitude of each feature. */
    public float[] largestMagnitudes() {
        requireEachFeature();
        return largest.toFloatArray();
    }

    private double[] perToken(NDArray sum) {
        requireEachFeature();
        double[] values = sum.toDoubleArray();
        for (int i = 0; i < values.length; i++) {
            values[i] /= tokens;
        }
        return values;
    }

    private void requireEachFeature() {
        requireTokens();
        if (!eachFeature) {
            throw new IllegalStateException("only products were collected; ask for the statistics of each feature");
        }
    }

    private void requireTokens() {
        if (tokens == 0) {
            throw new IllegalStateException("no inputs were observed; calibrate with at least one sequence first");
        }
    }

    /**
     * Mean squared error that a layer's output takes from quantization: {@code tr(D M D^T)} with {@code D = W - Q} and
     * M the second moments; the sum over outputs, the mean over tokens. Computed in float64 by DJL's default engine, on
     * the processor.
     *
     * @param moments as {@link #moments()} gives them
     */
    public static double outputError(FloatMatrix weight, float[] quantized, double[] moments) {
        try (NDManager scope = NDManager.newBaseManager(Device.cpu())) {
            return error(weight, quantized, square(scope, moments, weight.columns()));
        }
    }

    /**
     * The part of a layer's output's power that is error: {@link #outputError} over that of a weight of zeros; 0 where
     * there is no error.
     */
    public double relativeOutputError(FloatMatrix weight, float[] quantized) {
        return relative(weight, quantized, products());
    }

    /**
     * Part of a layer's output power that is error, where that error is known.
     *
     * @param error {@code tr(D M D^T)} with {@link #products()} as M
     */
    public double relativeOutputError(FloatMatrix weight, double error) {
        return error == 0 ? 0 : error / error(weight, new float[weight.values().length], products());
    }

    /**
     * Relative error of a layer's output under moments that were copied out before, {@code [features, features]}.
     *
     * @param moments as {@link #moments()} gives them
     */
    public static double relativeOutputError(FloatMatrix weight, float[] quantized, double[] moments) {
        try (NDManager scope = NDManager.newBaseManager(Device.cpu())) {
            return relative(weight, quantized, square(scope, moments, weight.columns()));
        }
    }

    private static double relative(FloatMatrix weight, float[] quantized, NDArray moments) {
        double error = error(weight, quantized, moments);
        return error == 0 ? 0 : error / error(weight, new float[quantized.length], moments);
    }

    private static NDArray square(NDManager scope, double[] moments, long n) {
        return scope.create(moments, new Shape(n, n));
    }

    private static double error(FloatMatrix weight, float[] quantized, NDArray moments) {
        double[] differences = new double[weight.values().length];
        for (int i = 0; i < differences.length; i++) {
            differences[i] = (double) weight.values()[i] - quantized[i];
        }
        try (NDManager scope = moments.getManager().newSubManager()) {
            NDArray d = scope.create(differences, new Shape(weight.rows(), weight.columns()));
            scope.tempAttachAll(moments);
            return d.matMul(moments).muli(d).sum().getDouble();
        }
    }

    @Override
    public void close() {
        manager.close();
    }
}
