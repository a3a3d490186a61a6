package io.bantam.trainer.bench;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;
import io.bantam.compression.quantizer.BinaryQuantizer;
import io.bantam.compression.quantizer.Granularity;
import io.bantam.compression.quantizer.SymmetricQuantizer;
import io.bantam.compression.quantizer.WeightQuantization;
import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.trainer.distill.DistillationLoss;
import io.bantam.trainer.distill.DistillationStep;
import io.bantam.trainer.engine.DataParallel;
import io.bantam.trainer.engine.Operations;
import io.bantam.trainer.engine.Precision;
import io.bantam.trainer.evaluation.MemoryProbe;
import io.bantam.trainer.model.Decoder;
import io.bantam.trainer.model.DecoderParameters;
import io.bantam.trainer.model.FakeQuantization;
import io.bantam.trainer.train.AdamW;
import io.bantam.trainer.train.ProgressListener;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * Times whole quantization-aware distillation steps: a GPT-2 teacher without gradient; a student of every second layer
 * with 1-bit weights a row, 8-bit inputs a token and an 8-bit tied embedding; KL of the logits and the mean squared
 * error of every hidden state; gradient clipping and AdamW. Weights and tokens are random: only speed is measured.
 *
 * <p>Between the steps plain 2048 x 2048 matrix products of DJL are timed, for a fifth of a step's time, so that what
 * slows a shared machine down for a while slows both.
 */
public final class TrainingBenchmark {
    private static final int PRODUCT = 2048;
    private static final double PRODUCT_FLOPS = 2.0 * PRODUCT * PRODUCT * PRODUCT;
    private static final int FEWEST_PRODUCTS = 3;

    /** Part of a step's time that is spent on products behind it. */
    private static final double PRODUCT_SHARE = 0.2;

    private TrainingBenchmark() {}

    /**
     * The work.
     *
     * @param layers teacher's blocks, even
     * @param batch sequences a step
     * @param tokens tokens a sequence
     * @param steps measured steps
     * @param warmup steps before them
     * @param threads CPU threads, 0 for all cores
     * @param checkpointing whether blocks are run again for the backward pass
     * @param chunk tokens whose logits are held at once; 0 as in a training
     */
    public record Settings(
            int layers,
            int width,
            int heads,
            int vocabulary,
            int batch,
            int tokens,
            int steps,
            int warmup,
            int threads,
            Precision precision,
            boolean checkpointing,
            int chunk) {
        /** CodeGPT's shape at 4 x 256 tokens. */
        public static final Settings CODEGPT =
                new Settings(12, 768, 12, 50_257, 4, 256, 10, 2, 0, Precision.FLOAT32, false, 0);

        public Settings {
            if (layers < 2 || layers % 2 != 0 || width % heads != 0 || batch < 1 || tokens < 1 || steps < 1) {
                throw new IllegalArgumentException("layers must be even, heads must divide width, and batch, tokens and"
                        + " steps must be at least 1");
            }
        }

        /**
         * Floating-point operations of the matrix products of a step: the teacher's forward pass, the student's forward
         * and backward passes; attention as causal, so half of all pairs.
         */
        public double flops() {
            double block = 12.0 * width * width + (double) tokens * width;
            double head = (double) vocabulary * width;
            double teacher = layers * block + head;
            double student = 3 * (layers / 2 * block + head);
            return 2.0 * batch * tokens * (teacher + student);
        }
    }

    /**
     * The outcome; medians over the measured steps.
     *
     * @param flopsPerSecond of the matrix products alone
     * @param productFlopsPerSecond of the plain matrix product
     * @param ratio of the two, each step's to the products right before and behind it
     * @param peakResidentBytes of the process, -1 where it cannot be told
     */
    public record Result(
            Settings work,
            String device,
            double secondsPerStep,
            double tokensPerSecond,
            double flopsPerSecond,
            double productFlopsPerSecond,
            double ratio,
            long peakResidentBytes) {
        /** The figures by name, for JSON. */
        public Map<String, Object> figures() {
            Map<String, Object> figures = new LinkedHashMap<>();
            figures.put("device", device);
            figures.put("precision", work.precision().name().toLowerCase(java.util.Locale.ROOT));
            figures.put("checkpointing", work.checkpointing());
            figures.put("chunk", work.chunk());
            figures.put("layers", work.layers());
            figures.put("width", work.width());
            figures.put("heads", work.heads());
            figures.put("vocabulary", work.vocabulary());
            figures.put("batch", work.batch());
            figures.put("tokens", work.tokens());
            figures.put("secondsPerStep", secondsPerStep);
            figures.put("tokensPerSecond", tokensPerSecond);
            figures.put("gigaflopsPerSecond", flopsPerSecond / 1e9);
            figures.put("matrixProductGigaflopsPerSecond", productFlopsPerSecond / 1e9);
            figures.put("ratio", ratio);
            figures.put("peakResidentBytes", peakResidentBytes);
            return figures;
        }
    }

    /** Runs the steps on a device. */
    public static Result run(Settings settings, Device device, ProgressListener progress) {
        try (NDManager manager = NDManager.newBaseManager(device, "PyTorch");
                Operations operations = Operations.load(device)) {
            int threads = settings.threads() > 0
                    ? settings.threads()
                    : Runtime.getRuntime().availableProcessors();
            JniUtils.setNumThreads(threads);
            try (DataParallel parallel = new DataParallel(device.isGpu() ? 1 : threads);
                    Decoder teacher = random(operations, manager, settings, settings.layers(), 1);
                    Decoder student = random(operations, manager, settings, settings.layers() / 2, 2);
                    AdamW optimizer = new AdamW(operations, student.parameters(), 0.01, 1.0)) {
                DistillationStep step = new DistillationStep(
                        student,
                        Optional.of(teacher),
                        Optional.empty(),
                        loss(settings),
                        new DistillationStep.Gradients(false, settings.checkpointing(), settings.chunk()),
                        parallel);
                return time(settings, device, manager, student, step, optimizer, progress);
            }
        }
    }

    private static Result time(
            Settings settings,
            Device device,
            NDManager manager,
            Decoder student,
            DistillationStep step,
            AdamW optimizer,
            ProgressListener progress) {
        FakeQuantization quantization = quantization(student.config());
        Random random = new Random(0);
        List<Double> seconds = new ArrayList<>();
        List<Double> products = new ArrayList<>();
        List<Double> ratios = new ArrayList<>();
        int all = settings.warmup() + settings.steps();
        try (NDManager scope = manager.newSubManager()) {
            NDArray square = scope.randomUniform(-1, 1, new Shape(PRODUCT, PRODUCT));
            double before = product(square, 0);
            for (int i = 0; i < all; i++) {
                int[] ids = random.ints((long) settings.batch() * (settings.tokens() + 1), 0, settings.vocabulary())
                        .toArray();
                long start = System.nanoTime();
                try (NDManager stepScope = manager.newSubManager()) {
                    DistillationStep.Result result = step.run(stepScope, List.of(ids), settings.batch(), quantization);
                    // Reads the norm, and so waits for the device.
                    optimizer.update(stepScope, result.gradients(), 5e-4);
                }
                double taken = (System.nanoTime() - start) / 1e9;
                double after = product(square, PRODUCT_SHARE * taken);
                if (i >= settings.warmup()) {
                    double product = (before + after) / 2;
                    seconds.add(taken);
                    products.add(product);
                    ratios.add(settings.flops() / taken / (PRODUCT_FLOPS / product));
                }
                before = after;
                progress.measured(
                        i + 1L,
                        all,
                        ProgressListener.Figures.ofSpeed(settings.batch() * settings.tokens() / taken),
                        "bench: distillation steps");
            }
        }
        double median = median(seconds);
        return new Result(
                settings,
                device.toString(),
                median,
                settings.batch() * settings.tokens() / median,
                settings.flops() / median,
                PRODUCT_FLOPS / median(products),
                median(ratios),
                MemoryProbe.peakResidentBytes().orElse(-1));
    }

    /**
     * Mean seconds of a plain product, over at least {@code enough} seconds and {@value #FEWEST_PRODUCTS} products; a
     * value of each is read so that the device has finished.
     */
    private static double product(NDArray square, double enough) {
        int products = 0;
        double seconds = 0;
        long start = System.nanoTime();
        while (products < FEWEST_PRODUCTS || seconds < enough) {
            try (NDArray product = square.matMul(square)) {
                product.getFloat(0, 0);
            }
            products++;
            seconds = (System.nanoTime() - start) / 1e9;
        }
        return seconds / products;
    }

    private static Decoder random(Operations operations, NDManager manager, Settings settings, int layers, long seed) {
        DecoderConfig config = new DecoderConfig(
                settings.vocabulary(),
                settings.tokens(),
                settings.width(),
                4 * settings.width(),
                layers,
                settings.heads(),
                1e-5f,
                -1,
                -1,
                -1);
        return new Decoder(operations, DecoderParameters.random(manager, config, seed), settings.precision());
    }

    private static DistillationLoss loss(Settings settings) {
        Map<Integer, Integer> states = new LinkedHashMap<>();
        for (int i = 0; i <= settings.layers() / 2; i++) {
            states.put(i, 2 * i);
        }
        return new DistillationLoss(1, 0, 0, 1, 1, 0, states, Map.of());
    }

    /** 1-bit weights a row, an 8-bit embedding, 8-bit inputs a token. */
    static FakeQuantization quantization(DecoderConfig config) {
        List<String> linears = new ArrayList<>();
        for (int layer = 0; layer < config.layers(); layer++) {
            DecoderConfig.linears(layer).forEach(linear -> linears.add(linear + ".weight"));
        }
        return new FakeQuantization(
                WeightQuantization.none()
                        .with(linears, new BinaryQuantizer(Granularity.perRow()))
                        .with(List.of("wte.weight"), new SymmetricQuantizer(8, Granularity.perRow())),
                ActivationQuantization.dynamic(8, true));
    }

    private static double median(List<Double> values) {
        double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
