package io.bantam.trainer.bench;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.trainer.distill.DistillationLoss;
import io.bantam.trainer.distill.DistillationStep;
import io.bantam.trainer.engine.DataParallel;
import io.bantam.trainer.engine.Operations;
import io.bantam.trainer.engine.Precision;
import io.bantam.trainer.model.Decoder;
import io.bantam.trainer.model.DecoderParameters;
import io.bantam.trainer.model.FakeQuantization;
import io.bantam.trainer.train.AdamW;
import io.bantam.trainer.train.ProgressListener;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * Looks whether a device computes what the CPU computes: the gradients of one distillation step with 1-bit weights, in
 * float32 against the CPU and in bfloat16 against float32, and the loss curve of a short training in bfloat16 against
 * that in float32. Weights and tokens are random and small; it takes seconds.
 */
public final class DeviceParity {
    /** float32 on two devices; TF32, where it is on, has ten bits of mantissa. */
    private static final double LARGEST_FLOAT32 = 5e-3;

    private static final double LARGEST_BFLOAT16 = 5e-2;
    private static final double LARGEST_CURVE = 0.02;
    private static final int STEPS = 60;
    private static final int BATCH = 4;
    private static final int TOKENS = 64;
    private static final int VOCABULARY = 512;
    private static final DecoderConfig TEACHER = config(4);
    private static final DecoderConfig STUDENT = config(2);
    private static final DistillationLoss LOSS = new DistillationLoss(1, 0, 0.5, 1, 0, 0, Map.of(), Map.of());

    private DeviceParity() {}

    /**
     * One comparison.
     *
     * @param difference relative: of root mean squares for gradients, of the loss for the curve
     * @param allowed the largest difference that passes
     */
    public record Row(String what, double difference, double allowed) {
        /** Whether the difference is small enough; NaN is not. */
        public boolean passes() {
            return difference <= allowed;
        }
    }

    private static DecoderConfig config(int layers) {
        return new DecoderConfig(VOCABULARY, TOKENS, 64, 256, layers, 4, 1e-5f, -1, -1, -1);
    }

    /** Runs all comparisons. */
    public static List<Row> run(Device device, ProgressListener progress) {
        List<Row> rows = new ArrayList<>();
        progress.message("gradients in float32 on the CPU");
        float[] expected = gradients(Device.cpu(), Precision.FLOAT32);
        progress.message("gradients in float32 and bfloat16 on " + device);
        float[] found = gradients(device, Precision.FLOAT32);
        rows.add(new Row("gradients, float32 against the CPU", difference(expected, found), LARGEST_FLOAT32));
        float[] half = gradients(device, Precision.BFLOAT16);
        rows.add(new Row("gradients, bfloat16 against float32", difference(found, half), LARGEST_BFLOAT16));
        progress.message("two trainings of " + STEPS + " steps on " + device);
        rows.add(new Row(
                "loss curve, bfloat16 against float32",
                largestDifference(curve(device, Precision.FLOAT32), curve(device, Precision.BFLOAT16)),
                LARGEST_CURVE));
        return rows;
    }

    private static float[] gradients(Device device, Precision precision) {
        return onDevice(device, precision, (step, student, scope) -> {
            DistillationStep.Result result = step.run(scope, List.of(ids(0)), BATCH, quantization());
            int size = result.gradients().stream()
                    .mapToInt(array -> (int) array.size())
                    .sum();
            float[] all = new float[size];
            int at = 0;
            for (var array : result.gradients()) {
                float[] values = array.toFloatArray();
                System.arraycopy(values, 0, all, at, values.length);
                at += values.length;
            }
            return all;
        });
    }

    private static float[] curve(Device device, Precision precision) {
        return onDevice(device, precision, (step, student, scope) -> {
            float[] losses = new float[STEPS];
            try (AdamW optimizer = new AdamW(student.operations(), student.parameters(), 0.01, 1)) {
                for (int i = 0; i < STEPS; i++) {
                    try (NDManager inner = scope.newSubManager()) {
                        // Four batches again and again, so that there is something to learn.
                        DistillationStep.Result result = step.run(inner, List.of(ids(i % 4)), BATCH, quantization());
                        losses[i] = (float) result.losses().total();
                        optimizer.update(inner, result.gradients(), 1e-3);
                    }
                }
            }
            return losses;
        });
    }

    /** Something done with a student and its teacher. */
    @FunctionalInterface
    private interface Work {
        float[] with(DistillationStep step, Decoder student, NDManager scope);
    }

    private static float[] onDevice(Device device, Precision precision, Work work) {
        try (NDManager manager = NDManager.newBaseManager(device, "PyTorch");
                Operations operations = Operations.load(device);
                DataParallel alone = new DataParallel(1);
                Decoder teacher = random(operations, manager, TEACHER, precision, 1);
                Decoder student = random(operations, manager, STUDENT, precision, 2);
                NDManager scope = manager.newSubManager()) {
            return work.with(new DistillationStep(student, Optional.of(teacher), LOSS, false, alone), student, scope);
        }
    }

    /** Other than initial weights: with biases and gains of all sizes, so that each of them counts. */
    private static Decoder random(
            Operations operations, NDManager manager, DecoderConfig config, Precision precision, long seed) {
        Map<String, float[]> weights = new LinkedHashMap<>();
        Random random = new Random(seed);
        config.shapes().forEach((name, shape) -> {
            float[] values = new float[shape.stream().reduce(1, (a, b) -> a * b)];
            boolean gain = name.endsWith("ln_1.weight") || name.endsWith("ln_2.weight") || name.equals("ln_f.weight");
            for (int i = 0; i < values.length; i++) {
                values[i] = (gain ? 1 : 0) + 0.1f * (float) random.nextGaussian();
            }
            weights.put(name, values);
        });
        return new Decoder(operations, DecoderParameters.of(manager, config, weights), precision);
    }

    private static int[] ids(long seed) {
        return new Random(seed).ints((long) BATCH * (TOKENS + 1), 0, VOCABULARY).toArray();
    }

    /** Inputs stay in floating point: on a grid of 8 bits the smallest difference may move one by a whole step. */
    private static FakeQuantization quantization() {
        return new FakeQuantization(TrainingBenchmark.quantization(STUDENT).weights(), ActivationQuantization.NONE);
    }

    private static double difference(float[] expected, float[] found) {
        double squares = 0;
        double size = 0;
        for (int i = 0; i < expected.length; i++) {
            squares += Math.pow(expected[i] - found[i], 2);
            size += Math.pow(expected[i], 2);
        }
        return Math.sqrt(squares / size);
    }

    private static double largestDifference(float[] expected, float[] found) {
        double largest = 0;
        for (int i = 0; i < expected.length; i++) {
            double difference = Math.abs(expected[i] - found[i]) / Math.abs(expected[i]);
            largest = Double.isNaN(difference) ? Double.NaN : Math.max(largest, difference);
        }
        return largest;
    }
}
