package io.bantam.trainer.train;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.bantam.compression.quantizer.BinaryQuantizer;
import io.bantam.compression.quantizer.Granularity;
import io.bantam.compression.quantizer.SymmetricQuantizer;
import io.bantam.compression.quantizer.WeightQuantization;
import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.trainer.distill.DistillationLoss;
import io.bantam.trainer.distill.DistillationStep;
import io.bantam.trainer.distill.Tally;
import io.bantam.trainer.engine.DataParallel;
import io.bantam.trainer.engine.Operations;
import io.bantam.trainer.engine.Precision;
import io.bantam.trainer.model.Decoder;
import io.bantam.trainer.model.DecoderParameters;
import io.bantam.trainer.model.FakeQuantization;
import io.bantam.trainer.model.TinyGpt2;
import io.bantam.trainer.model.TrainableModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;

/**
 * A training of a few thousand weights in which all that a checkpoint must hold plays a part: a teacher, binary weights
 * from the fifth step on, inputs on a running range, two micro-batches a step, momentum, validation.
 */
final class TinyTraining implements AutoCloseable {
    private static final DecoderConfig STUDENT = TinyGpt2.config(13, 8, 8, 1, 2);
    private static final DecoderConfig TEACHER = TinyGpt2.config(13, 8, 8, 3, 2);
    private static final int ROW = 9;

    private final NDManager manager;
    private final Operations operations;
    private final Decoder teacher;
    final Decoder student;

    /** The texts that it was taught, in order. */
    final List<String> seen = new ArrayList<>();

    // What a test may change before it runs.
    int batch = 3;
    int accumulation = 2;
    int steps = 12;
    int evaluateEvery = 4;
    int checkpointEvery = 4;
    double rate = 0.01;
    OptionalInt patience = OptionalInt.empty();
    String fingerprint = "settings";
    ProgressListener progress = ProgressListener.NONE;
    TrainingLoop.Validation validation = TinyTraining::validate;
    Tally tally = Tally.of(List.of());

    TinyTraining() {
        manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
        operations = Operations.load(Device.cpu());
        teacher = new Decoder(
                operations, DecoderParameters.of(manager, TEACHER, TinyGpt2.weights(TEACHER, 1)), Precision.FLOAT32);
        student = new Decoder(
                operations, DecoderParameters.of(manager, STUDENT, TinyGpt2.weights(STUDENT, 2)), Precision.FLOAT32);
    }

    TrainingSummary run(Path folder, boolean resume) throws IOException {
        DistillationLoss loss = new DistillationLoss(1, 0, 0.1, 1, 0.1, 0.1, Map.of(0, 0, 1, 3), Map.of(0, 2));
        TrainingSettings settings = new TrainingSettings(
                batch,
                accumulation,
                new LearningRate(rate, 3, steps, LearningRate.Decay.LINEAR),
                0.01,
                1,
                evaluateEvery,
                checkpointEvery,
                patience);
        return new TrainingLoop(
                        student,
                        new DistillationStep(student, Optional.of(teacher), loss, false, new DataParallel(1)),
                        settings,
                        TinyTraining::quantization,
                        new RandomBatches(),
                        validation,
                        tally,
                        folder,
                        fingerprint,
                        progress,
                        "tiny")
                .run(resume);
    }

    /** Weights and running ranges. */
    Map<String, float[]> weights() {
        Map<String, float[]> values = new LinkedHashMap<>(student.parameters().toFloats());
        values.put("ranges", student.ranges().toFloatArray());
        return values;
    }

    /** Writes weights and running ranges to a file. */
    void save(Path file) throws IOException {
        Map<String, NDArray> arrays = new LinkedHashMap<>();
        student.parameters()
                .names()
                .forEach(name -> arrays.put(name, student.parameters().get(name)));
        arrays.put("ranges", student.ranges());
        Checkpoints.writeArrays(file, arrays);
    }

    private static FakeQuantization quantization(long step) {
        List<String> linears = WeightQuantization.select(
                List.copyOf(STUDENT.shapes().keySet()), WeightQuantization.GPT2_LINEARS, List.of());
        WeightQuantization weights = step < 4
                ? WeightQuantization.none().with(linears, new SymmetricQuantizer(8, Granularity.perRow()))
                : WeightQuantization.none().with(linears, new BinaryQuantizer(Granularity.perRow()));
        return new FakeQuantization(weights, ActivationQuantization.fixed(8, true, Map.of()));
    }

    private static double validate(TrainableModel student, FakeQuantization quantization) {
        int[] ids = new int[4 * ROW];
        Random random = new Random(99);
        for (int row = 0; row < 4; row++) {
            text(random, ids, row);
        }
        return student.evaluate(ids, 4, quantization).loss();
    }

    /** Mostly three times the token before, plus one. */
    private static void text(Random random, int[] ids, int row) {
        int token = random.nextInt(13);
        for (int i = row * ROW; i < (row + 1) * ROW; i++) {
            ids[i] = token;
            token = random.nextInt(8) == 0 ? random.nextInt(13) : (3 * token + 1) % 13;
        }
    }

    /** Every text from its place alone. */
    private final class RandomBatches implements BatchSource {
        private long position;

        @Override
        public int[] next() {
            int[] ids = new int[batch * ROW];
            for (int row = 0; row < batch; row++) {
                text(new Random(1000 + position * batch + row), ids, row);
                seen.add(Arrays.toString(Arrays.copyOfRange(ids, row * ROW, (row + 1) * ROW)));
            }
            position++;
            return ids;
        }

        @Override
        public void seek(long position) {
            this.position = position;
        }
    }

    @Override
    public void close() {
        student.close();
        teacher.close();
        operations.close();
        manager.close();
    }
}
