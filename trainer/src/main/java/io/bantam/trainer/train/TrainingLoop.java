package io.bantam.trainer.train;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.bantam.trainer.BantamException;
import io.bantam.trainer.WorkFailedException;
import io.bantam.trainer.distill.StepLosses;
import io.bantam.trainer.distill.Tally;
import io.bantam.trainer.distill.TrainingStep;
import io.bantam.trainer.engine.DeviceMemory;
import io.bantam.trainer.model.FakeQuantization;
import io.bantam.trainer.model.Parameters;
import io.bantam.trainer.model.TrainableModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;

/**
 * The one training loop: steps of a {@link TrainingStep}, AdamW, validation, checkpoints, metrics. Leaves the student
 * with its best validated weights.
 *
 * <p>In its folder: {@code metrics.jsonl}, the same as TensorBoard events, {@code best.safetensors} and
 * {@code checkpoints/}. A training resumed there gives bit for bit the weights of an uninterrupted one on the same
 * machine.
 */
public final class TrainingLoop {
    /** A smoothed loss this many times its lowest value, and more than 1 above it, counts as diverging. */
    private static final double DIVERGENCE = 3;

    private static final String CHECKPOINTS = "checkpoints";

    private final TrainableModel student;
    private final TrainingStep step;
    private final TrainingSettings settings;
    private final LongFunction<FakeQuantization> quantization;
    private final BatchSource batches;
    private final Validation validation;
    private final Tally tally;
    private final Path folder;
    private final String fingerprint;
    private final ProgressListener progress;
    private final String phase;

    /** Measures a student on text it is not trained on. */
    @FunctionalInterface
    public interface Validation {
        /** Mean negative log-likelihood a token. */
        double loss(TrainableModel student, FakeQuantization quantization);
    }

    /**
     * @param quantization what is quantized at a step; that of the last step is used for validation
     * @param tally sums that are kept in the checkpoints
     * @param folder where the training keeps its files
     * @param fingerprint hash of all settings and inputs; checkpoints of another fingerprint are not resumed
     * @param phase name shown with the progress
     */
    public TrainingLoop(
            TrainableModel student,
            TrainingStep step,
            TrainingSettings settings,
            LongFunction<FakeQuantization> quantization,
            BatchSource batches,
            Validation validation,
            Tally tally,
            Path folder,
            String fingerprint,
            ProgressListener progress,
            String phase) {
        this.student = student;
        this.step = step;
        this.settings = settings;
        this.quantization = quantization;
        this.batches = batches;
        this.validation = validation;
        this.tally = tally;
        this.folder = folder;
        this.fingerprint = fingerprint;
        this.progress = progress;
        this.phase = phase;
    }

    /**
     * Trains to the end.
     *
     * @param resume go on from the newest checkpoint where there is one
     * @throws WorkFailedException if the loss is not finite or diverges; the last checkpoint is kept
     * @throws BantamException if the best weights of a training to be resumed are missing
     */
    public TrainingSummary run(boolean resume) throws IOException {
        Files.createDirectories(folder);
        DurableFiles.removeTemporaries(folder);
        Parameters parameters = student.parameters();
        Checkpoints checkpoints = new Checkpoints(folder.resolve(CHECKPOINTS), fingerprint);
        try (AdamW optimizer =
                new AdamW(student.operations(), parameters, settings.weightDecay(), settings.largestNorm())) {
            Map<String, NDArray> everything = everything(optimizer);
            TrainingState state =
                    resume ? checkpoints.restore(everything).orElse(TrainingState.initial()) : TrainingState.initial();
            requireBest(state);
            tally.restore(state.sums());
            checkpoints.discardAfter(state.step());
            batches.seek(state.step() * settings.accumulation());
            try (Metrics metrics = new Metrics(folder, state.step())) {
                state = train(state, optimizer, checkpoints, everything, metrics);
            }
            if (state.bestStep() != state.step()) {
                Checkpoints.readArrays(best(), weights());
            }
            return new TrainingSummary(state.step(), state.bestStep(), state.bestLoss(), state.seconds());
        }
    }

    /** The fingerprints of the trainings whose checkpoints a training's folder has. */
    public static List<String> fingerprints(Path folder) throws IOException {
        return Checkpoints.fingerprints(folder.resolve(CHECKPOINTS));
    }

    private Path best() {
        return folder.resolve("best.safetensors");
    }

    /** Asked before hours of training, not after. */
    private void requireBest(TrainingState state) {
        if (state.bestStep() > 0 && Files.notExists(best())) {
            throw new BantamException(
                    "%s: %s is missing, the weights of step %d that the checkpoints count on. Train again"
                                    .formatted(phase, best(), state.bestStep())
                            + " without --resume.");
        }
    }

    private TrainingState train(
            TrainingState state,
            AdamW optimizer,
            Checkpoints checkpoints,
            Map<String, NDArray> everything,
            Metrics metrics)
            throws IOException {
        int steps = settings.rate().steps();
        FakeQuantization target = quantization.apply(steps - 1L);
        boolean stopped = isOutOfPatience(state);
        while (state.step() < steps && !stopped) {
            state = step(state, optimizer, metrics);
            boolean last = state.step() == steps;
            if (last || state.step() % settings.evaluateEvery() == 0) {
                state = evaluate(state, target, metrics);
                stopped = isOutOfPatience(state);
            }
            if (last || stopped || state.step() % settings.checkpointEvery() == 0) {
                checkpoints.write(state.with(tally.sums()), everything);
            }
        }
        return state;
    }

    private boolean isOutOfPatience(TrainingState state) {
        return settings.patience().isPresent()
                && state.worseInARow() >= settings.patience().getAsInt();
    }

    private TrainingState step(TrainingState state, AdamW optimizer, Metrics metrics) throws IOException {
        long start = System.nanoTime();
        List<int[]> microBatches = new ArrayList<>();
        for (int i = 0; i < settings.accumulation(); i++) {
            microBatches.add(batches.next());
        }
        double rate = settings.rate().at(state.step());
        StepLosses losses;
        double norm;
        try (NDManager scope = student.parameters().manager().newSubManager()) {
            TrainingStep.Result result =
                    step.run(scope, microBatches, settings.batch(), quantization.apply(state.step()));
            losses = result.losses();
            norm = optimizer.update(scope, result.gradients(), rate);
        } catch (EngineException failure) {
            throw explained(failure, state.step() + 1, microBatches.getFirst().length / settings.batch() - 1);
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        TrainingState next = state.afterStep(losses.total(), seconds);
        requireSound(next, losses, norm);
        long tokens = microBatches.stream()
                .mapToLong(ids -> ids.length - settings.batch())
                .sum();
        metrics.write(next.step(), metrics(next, losses, norm, rate, tokens / seconds));
        progress.measured(
                next.step(),
                settings.rate().steps(),
                ProgressListener.Figures.of(next.smoothedLoss(), tokens / seconds),
                phase);
        return next;
    }

    private RuntimeException explained(EngineException failure, long at, int tokens) {
        if (!DeviceMemory.isExhausted(failure)) {
            return failure;
        }
        return new WorkFailedException(
                OutOfMemory.message(
                        phase,
                        at,
                        settings.batch(),
                        tokens,
                        DeviceMemory.of(student.parameters().manager().getDevice()),
                        step.checkpointing()),
                failure);
    }

    private void requireSound(TrainingState state, StepLosses losses, double norm) {
        boolean finite = Double.isFinite(losses.total()) && Double.isFinite(norm);
        boolean diverging = state.smoothedLoss() > DIVERGENCE * state.lowestSmoothed()
                && state.smoothedLoss() > state.lowestSmoothed() + 1;
        if (finite && !diverging) {
            return;
        }
        throw new WorkFailedException(
                "%s: %s at step %d (loss %.4g, gradient norm %.4g, batches %d to %d). The last checkpoint"
                                .formatted(
                                        phase,
                                        finite ? "the loss diverges" : "the loss is not finite",
                                        state.step(),
                                        losses.total(),
                                        norm,
                                        (state.step() - 1) * settings.accumulation(),
                                        state.step() * settings.accumulation() - 1)
                        + " in " + folder.resolve(CHECKPOINTS)
                        + " is kept. Try half the learningRate, more warmupSteps, or a"
                        + " smaller gradientClip.");
    }

    private TrainingState evaluate(TrainingState state, FakeQuantization target, Metrics metrics) throws IOException {
        long start = System.nanoTime();
        double loss = validation.loss(student, target);
        if (!Double.isFinite(loss)) {
            throw new WorkFailedException(
                    "%s: the validation loss is %s after step %d. The last checkpoint in %s is kept."
                                    .formatted(phase, loss, state.step(), folder.resolve(CHECKPOINTS))
                            + " Try half the learningRate.");
        }
        TrainingState next = state.afterEvaluation(loss, (System.nanoTime() - start) / 1e9);
        if (next.bestStep() == next.step()) {
            Checkpoints.writeArrays(best(), weights());
        }
        metrics.write(next.step(), Map.of("validationLoss", loss));
        progress.message("%s: step %d, validation loss %.4f%s"
                .formatted(phase, next.step(), loss, next.bestStep() == next.step() ? " (best so far)" : ""));
        return next;
    }

    private static Map<String, Number> metrics(
            TrainingState state, StepLosses losses, double norm, double rate, double tokensPerSecond) {
        Map<String, Number> line = new LinkedHashMap<>();
        line.put("loss", losses.total());
        line.put("kl", losses.kl());
        line.put("softCrossEntropy", losses.softCrossEntropy());
        line.put("labels", losses.labels());
        line.put("hidden", losses.hidden());
        line.put("attention", losses.attention());
        line.put("gradientNorm", norm);
        line.put("learningRate", rate);
        line.put("tokensPerSecond", Math.round(tokensPerSecond));
        line.put("seconds", state.seconds());
        return line;
    }

    private Map<String, NDArray> weights() {
        Map<String, NDArray> arrays = new LinkedHashMap<>();
        for (String name : student.parameters().names()) {
            arrays.put(name, student.parameters().get(name));
        }
        arrays.put("ranges", student.ranges());
        return arrays;
    }

    private Map<String, NDArray> everything(AdamW optimizer) {
        Map<String, NDArray> arrays = weights();
        List<String> kinds = List.of("adamw.first.", "adamw.second.", "adamw.steps.");
        for (int kind = 0; kind < kinds.size(); kind++) {
            List<NDArray> states = optimizer.state().get(kind);
            for (int i = 0; i < states.size(); i++) {
                arrays.put(kinds.get(kind) + student.parameters().names().get(i), states.get(i));
            }
        }
        return arrays;
    }
}
