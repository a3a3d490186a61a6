package io.bantam.trainer.stage.ptq;

import io.bantam.compression.ptq.ActivationCalibration;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.compression.quantizer.WeightQuantization;
import io.bantam.compression.range.AllMinMax;
import io.bantam.compression.range.EntropyRange;
import io.bantam.compression.range.GoldenSectionSearch;
import io.bantam.compression.range.GridFamily;
import io.bantam.compression.range.GridRule;
import io.bantam.compression.range.MseGrid2dSearch;
import io.bantam.compression.range.MseRange;
import io.bantam.compression.range.PercentileRange;
import io.bantam.compression.range.RangeEstimator;
import io.bantam.compression.range.RunningMinMax;
import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.trainer.BantamException;
import io.bantam.trainer.engine.Precision;
import io.bantam.trainer.hub.ModelFacts;
import io.bantam.trainer.model.FakeQuantization;
import io.bantam.trainer.model.TrainableModel;
import io.bantam.trainer.ptq.PtqMethod;
import io.bantam.trainer.ptq.Refusal;
import io.bantam.trainer.recipe.ActivationMode;
import io.bantam.trainer.recipe.Ptq;
import io.bantam.trainer.report.Diagnosis;
import io.bantam.trainer.stage.EffortMeter;
import io.bantam.trainer.stage.ModelState;
import io.bantam.trainer.stage.RecipeActivations;
import io.bantam.trainer.stage.RecipeQuantizers;
import io.bantam.trainer.stage.RunContext;
import io.bantam.trainer.stage.StageOutcome;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/**
 * Runs a post-training quantization: first the weights, then, with the quantized weights, the ranges of activations.
 */
public final class PtqStage {
    private static final String EMBEDDING = "wte.weight";
    /** Bondarenko et al.'s. */
    private static final float RUNNING_MOMENTUM = 0.9f;

    private final RunContext context;
    private final Ptq ptq;
    private final String phase;
    private final String fingerprint;
    private final EffortMeter effort;

    /**
     * @param phase the stage's folder in the run folder
     * @param fingerprint of the stage's settings and inputs
     * @param effort measures the stage; takes over what earlier sittings took
     */
    public PtqStage(RunContext context, Ptq ptq, String phase, String fingerprint, EffortMeter effort) {
        this.context = context;
        this.ptq = ptq;
        this.phase = phase;
        this.fingerprint = fingerprint;
        this.effort = effort;
    }

    /**
     * Quantizes, then looks at what came of it: noise, outliers and how the error grows with depth go into the folder.
     */
    public StageOutcome runAndDiagnose(ModelState model) throws IOException {
        StageOutcome outcome = run(model);
        if (model.isLarge()) {
            return outcome; // too large to run whole, twice
        }
        Diagnosis diagnosis = new QuantizationDiagnosis(context).of(model, outcome.model());
        diagnosis.write(context.home().of(phase));
        diagnosis.sentences().forEach(line -> context.progress().message(phase + ": " + line));
        Map<String, Double> metrics = new LinkedHashMap<>(outcome.metrics());
        metrics.put("streamError", diagnosis.depth().getLast());
        return new StageOutcome(outcome.model(), metrics, outcome.seconds());
    }

    /** Quantizes a float model. */
    public StageOutcome run(ModelState model) throws IOException {
        requireApplies(model);
        WeightQuantization weights = weights(model);
        ModelState quantized;
        Map<String, Double> metrics = new LinkedHashMap<>();
        if (ptq.choosesByText() && !context.data().completes() && ptq.chosen() instanceof PtqMethod.ByLayer byLayer) {
            LayerwiseQuantization layerwise = new LayerwiseQuantization(context, byLayer, phase);
            quantized = layerwise.run(model, weights, sequences(model));
            metrics.putAll(layerwise.metrics());
        } else if (ptq.choosesByText()) {
            BlockwiseQuantization blockwise = new BlockwiseQuantization(context, ptq, phase, fingerprint, effort);
            ModelState chosen =
                    blockwise.run(model.withActivations(ActivationQuantization.NONE), weights, sequences(model));
            quantized = ptq.rangesByLogits()
                    ? chosen.quantized(weights, chosen.weights(), chosen.quantizedMatrices())
                    : chosen;
            metrics.putAll(blockwise.metrics());
        } else {
            ModelState nearest = model.quantized(weights, ActivationQuantization.NONE);
            // Widths that were chosen by a budget, and ranges by the logits, follow from the codes.
            quantized = ptq.weights().budget().isPresent() || ptq.rangesByLogits()
                    ? nearest.quantized(weights, nearest.weights(), nearest.quantizedMatrices())
                    : nearest;
        }
        ActivationQuantization inputs = ptq.activations().isPresent()
                ? activations(ptq.activations().get(), quantized)
                : ActivationQuantization.NONE;
        return new StageOutcome(quantized.withActivations(inputs), metrics, Optional.empty());
    }

    /** Refuses a model that the method does not fit; recipes may have been checked without their teacher. */
    private void requireApplies(ModelState model) {
        List<Refusal> refusals = ptq.refusals(new ModelFacts(model.config()));
        if (!refusals.isEmpty()) {
            throw new BantamException(refusals.stream()
                    .map(refusal -> "%s: %s: %s; %s"
                            .formatted(phase, String.join(".", refusal.key()), refusal.problem(), refusal.advice()))
                    .collect(Collectors.joining("\n")));
        }
    }

    private WeightQuantization weights(ModelState model) throws IOException {
        WeightQuantization named = RecipeQuantizers.of(ptq, model.config());
        if (ptq.rangesByLogits()) {
            Quantizer embedding = named.of(EMBEDDING).orElseThrow();
            named = named.with(
                    List.of(EMBEDDING), new EmbeddingRange(context, phase).choose(model, embedding, sequences(model)));
        }
        Optional<Ptq.Budget> budget = ptq.weights().budget();
        return budget.isEmpty()
                ? named
                : new MixedPrecision(context, ptq, budget.get(), phase).choose(model, named, sequences(model, 1));
    }

    private List<int[]> sequences(ModelState model) throws IOException {
        return sequences(model, 0);
    }

    /** Calibration tokens, as many in a sequence as the model has positions at most, and some more to predict. */
    private List<int[]> sequences(ModelState model, int more) throws IOException {
        if (!context.data().completes()) {
            return context.data()
                    .calibration()
                    .sequences(
                            ptq.calibration().samples(),
                            ptq.calibration().seed().map(OptionalLong::of).orElse(OptionalLong.empty()));
        }
        return new CalibrationSequences(
                        context.data(),
                        text -> context.tokenizer().encode(text),
                        model.config().positions(),
                        model.config().vocabularySize())
                .of(ptq.calibration(), more);
    }

    private ActivationQuantization activations(Ptq.Activations activations, ModelState quantized) throws IOException {
        // Inputs of 16 bits are computed in float32; the file says so, and no range is needed.
        List<int[]> sequences = activations.mode() == ActivationMode.STATIC ? sequences(quantized) : List.of();
        return RecipeActivations.of(
                activations, quantized.config(), widths -> calibrated(activations, widths, quantized, sequences));
    }

    /** Measures ranges while the weights are quantized already. */
    private Map<String, ActivationQuantization.Range> calibrated(
            Ptq.Activations activations, Map<String, Integer> widths, ModelState model, List<int[]> sequences) {
        ActivationCalibration calibration = new ActivationCalibration(name -> estimator(activations, widths.get(name)));
        try (TrainableModel decoder = model.simulated(
                context.compute().operations(), context.compute().manager(), Precision.FLOAT32)) {
            for (int i = 0; i < sequences.size(); i++) {
                decoder.observeActivations(sequences.get(i), 1, FakeQuantization.none(), (name, values) -> {
                    if (widths.containsKey(name)) {
                        calibration.observe(name, values);
                    }
                });
                context.progress().counted(i + 1L, sequences.size(), phase + ": calibration");
            }
        }
        Map<String, ActivationQuantization.Range> ranges = new LinkedHashMap<>();
        calibration
                .ranges()
                .forEach((name, range) ->
                        ranges.put(name, new ActivationQuantization.Range(range.minimum(), range.maximum())));
        return ranges;
    }

    private static RangeEstimator estimator(Ptq.Activations activations, int bits) {
        if (bits > 8) {
            return new AllMinMax(); // Its steps are so small that there is nothing to gain by clipping.
        }
        GridFamily family = new GridFamily(bits, activations.symmetric(), GridRule.XTC);
        return switch (activations.range()) {
            case MIN_MAX -> new AllMinMax();
            case RUNNING_MIN_MAX -> new RunningMinMax(RUNNING_MOMENTUM);
            case PERCENTILE -> new PercentileRange(activations.percentile());
            case MSE -> new MseRange(family);
            case MSE_2D -> new MseRange(family, new MseGrid2dSearch());
            case GOLDEN_SECTION -> new MseRange(family, new GoldenSectionSearch());
            case ENTROPY -> new EntropyRange(family);
        };
    }
}
