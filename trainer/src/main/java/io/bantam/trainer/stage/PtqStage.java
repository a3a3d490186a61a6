package io.bantam.trainer.stage;

import io.bantam.compression.ptq.ActivationCalibration;
import io.bantam.compression.ptq.Gptq;
import io.bantam.compression.ptq.InputStatistics;
import io.bantam.compression.quantizer.FloatMatrix;
import io.bantam.compression.quantizer.QuantizedMatrix;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.compression.quantizer.WeightQuantization;
import io.bantam.compression.range.AllMinMax;
import io.bantam.compression.range.GridFamily;
import io.bantam.compression.range.GridRule;
import io.bantam.compression.range.MseRange;
import io.bantam.compression.range.RangeEstimator;
import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.trainer.engine.Precision;
import io.bantam.trainer.model.FakeQuantization;
import io.bantam.trainer.model.Gpt2;
import io.bantam.trainer.recipe.ActivationMode;
import io.bantam.trainer.recipe.Ptq;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.function.Supplier;

/** Runs a post-training quantization: first the weights, then, with the quantized weights, the ranges of activations. */
final class PtqStage {
    private final RunContext context;
    private final Ptq ptq;
    private final String phase;
    private final String fingerprint;

    /**
     * @param phase the stage's folder in the run folder
     * @param fingerprint of the stage's settings and inputs
     */
    PtqStage(RunContext context, Ptq ptq, String phase, String fingerprint) {
        this.context = context;
        this.ptq = ptq;
        this.phase = phase;
        this.fingerprint = fingerprint;
    }

    StageRunner.Outcome run(StudentModel model) throws IOException {
        WeightQuantization weights = RecipeQuantizers.of(ptq, model.config());
        StudentModel quantized;
        Map<String, Double> metrics = Map.of();
        if (ptq.method() == Ptq.Method.ROUND_TO_NEAREST && !ptq.biasCorrection()) {
            quantized = model.quantized(weights, ActivationQuantization.NONE);
        } else {
            BlockwiseQuantization blockwise =
                    new BlockwiseQuantization(context, phase, fingerprint, this::chooseCodes, ptq.biasCorrection());
            quantized = blockwise.run(
                    model.withActivations(ActivationQuantization.NONE), weights, sequences(model));
            metrics = blockwise.metrics();
        }
        Optional<ActivationQuantization> inputs = ptq.activations().map(a -> activations(a, quantized));
        return new StageRunner.Outcome(
                quantized.withActivations(inputs.orElse(ActivationQuantization.NONE)), metrics, Optional.empty());
    }

    private QuantizedMatrix chooseCodes(String name, FloatMatrix weight, Quantizer quantizer, InputStatistics inputs) {
        return switch (ptq.method()) {
            case ROUND_TO_NEAREST -> quantizer.quantize(weight);
            case GPTQ -> gptq(name, weight, quantizer, inputs);
        };
    }

    private QuantizedMatrix gptq(String name, FloatMatrix weight, Quantizer quantizer, InputStatistics inputs) {
        Ptq.GptqSettings settings = ptq.gptq();
        Gptq.Result result = new Gptq(
                        settings.damping(), settings.block(), settings.order() == Ptq.Order.ACTIVATIONS)
                .quantize(weight, quantizer, inputs.moments());
        if (result.deadColumns() > 0) {
            context.progress()
                    .message("%s: %s: %d of %d inputs were always 0 and are rounded to the nearest value"
                            .formatted(phase, name, result.deadColumns(), weight.columns()));
        }
        if (result.damping() > settings.damping()) {
            context.progress()
                    .message("%s: %s: the inputs' second moments needed a damping of %s"
                            .formatted(phase, name, result.damping()));
        }
        return result.matrix();
    }

    /** Calibration tokens, as many in a sequence as the model has positions at most. */
    private List<int[]> sequences(StudentModel model) {
        Ptq.Calibration calibration = ptq.calibration();
        List<int[]> code = context.data()
                .calibration()
                .sequences(
                        calibration.samples(),
                        calibration.seed().map(OptionalLong::of).orElse(OptionalLong.empty()));
        int length = Math.min(code.getFirst().length - 1, model.config().positions());
        return switch (calibration.kind()) {
            case CODE -> code.stream().map(ids -> Arrays.copyOf(ids, length)).toList();
            case RANDOM -> {
                Random random = new Random(calibration.seed().orElse(0));
                yield code.stream()
                        .map(ids -> random.ints(length, 0, model.config().vocabularySize())
                                .toArray())
                        .toList();
            }
        };
    }

    private ActivationQuantization activations(Ptq.Activations activations, StudentModel quantized) {
        // Activations of 16 bits are computed in float32; the file says so, and no range is needed.
        return activations.mode() == ActivationMode.STATIC && activations.bits() <= 8
                ? calibrated(activations, quantized)
                : ActivationQuantization.dynamic(activations.bits(), activations.symmetric());
    }

    /** Measures the inputs' ranges while the weights are quantized already. */
    private ActivationQuantization calibrated(Ptq.Activations activations, StudentModel model) {
        Supplier<RangeEstimator> estimator = () -> switch (activations.range()) {
            case MIN_MAX -> new AllMinMax();
            case MSE -> new MseRange(new GridFamily(activations.bits(), activations.symmetric(), GridRule.XTC));
        };
        ActivationCalibration calibration = new ActivationCalibration(estimator);
        List<int[]> sequences = sequences(model);
        try (Gpt2 gpt2 = model.simulated(context.operations(), context.manager(), Precision.FLOAT32)) {
            for (int i = 0; i < sequences.size(); i++) {
                gpt2.observeInputs(sequences.get(i), 1, FakeQuantization.none(), calibration::observe);
                context.progress().update(i + 1L, sequences.size(), Double.NaN, Double.NaN, phase + ": calibration");
            }
        }
        Map<String, ActivationQuantization.Range> ranges = new LinkedHashMap<>();
        calibration
                .ranges()
                .forEach((name, range) ->
                        ranges.put(name, new ActivationQuantization.Range(range.minimum(), range.maximum())));
        return ActivationQuantization.fixed(activations.bits(), activations.symmetric(), ranges);
    }
}
