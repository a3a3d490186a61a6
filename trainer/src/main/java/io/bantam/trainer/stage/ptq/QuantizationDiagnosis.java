package io.bantam.trainer.stage.ptq;

import io.bantam.compression.ptq.OutlierDimensions;
import io.bantam.compression.ptq.QuantizationError;
import io.bantam.compression.ptq.WorstTensors;
import io.bantam.trainer.engine.Precision;
import io.bantam.trainer.model.FakeQuantization;
import io.bantam.trainer.model.TrainableModel;
import io.bantam.trainer.report.Diagnosis;
import io.bantam.trainer.stage.ModelState;
import io.bantam.trainer.stage.RunContext;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Looks at what a post-training quantization did: noise of each weight, outliers of the inputs, and how the error of
 * the residual stream grows with depth (Wei et al. 2023, arXiv:2303.05378), on a few sequences of the validation text.
 */
public final class QuantizationDiagnosis {
    private static final int SEQUENCES = 4;
    private static final int OUTLIERS = 3;
    /** Features so many times the median set a range of their own. */
    private static final double FAR = 20;

    private final RunContext context;

    public QuantizationDiagnosis(RunContext context) {
        this.context = context;
    }

    /**
     * Compares two models of one shape.
     *
     * @param before in floating point
     * @param after quantized
     */
    public Diagnosis of(ModelState before, ModelState after) throws IOException {
        Map<String, Double> noise = noise(after);
        Map<String, OutlierDimensions> inputs = new LinkedHashMap<>();
        double[] errors = new double[before.config().layers() + 1];
        double[] powers = new double[errors.length];
        List<int[]> text = context.data().validation().stream()
                .limit(SEQUENCES)
                .map(sequence -> context.data().fitted(sequence, before.config().positions()))
                .toList();
        // One model after the other: only one of them is in memory.
        try (KeptStreams wanted = new KeptStreams(context.home().folder())) {
            try (TrainableModel floats = before.simulated(
                    context.compute().operations(), context.compute().manager(), Precision.FLOAT32)) {
                for (int[] sequence : text) {
                    floats.observeInputs(
                            sequence,
                            1,
                            FakeQuantization.none(),
                            (linear, input) -> inputs.computeIfAbsent(linear, name -> new OutlierDimensions())
                                    .observe(input));
                    floats.observeStreams(sequence, 1, FakeQuantization.none(), (depth, stream) -> wanted.keep(stream));
                }
            }
            try (TrainableModel quantized = after.simulated(
                    context.compute().operations(), context.compute().manager(), Precision.FLOAT32)) {
                for (int[] sequence : text) {
                    quantized.observeStreams(sequence, 1, after.running(), (depth, stream) -> {
                        float[] without = wanted.next(stream.size());
                        if (depth < errors.length) {
                            add(without, stream.toFloatArray(), depth, errors, powers);
                        }
                    });
                }
            }
        }
        List<Double> depth = new ArrayList<>();
        for (int i = 0; i < errors.length; i++) {
            depth.add(powers[i] == 0 ? 0 : errors[i] / powers[i]);
        }
        Map<String, List<Diagnosis.Outlier>> outliers = new LinkedHashMap<>();
        inputs.forEach((linear, found) -> outliers.put(linear, outliers(found)));
        List<String> sentences = new ArrayList<>();
        sentences.add(WorstTensors.sentence(noise));
        sentences.add(depthSentence(depth));
        if (after.activations().enabled()) {
            sentences.add(outlierSentence(outliers));
        }
        return new Diagnosis(Diagnosis.VERSION, noise, outliers, depth, text.size(), sentences);
    }

    private static void add(float[] wanted, float[] found, int depth, double[] errors, double[] powers) {
        for (int i = 0; i < wanted.length; i++) {
            double error = (double) wanted[i] - found[i];
            errors[depth] += error * error;
            powers[depth] += (double) wanted[i] * wanted[i];
        }
    }

    private static List<Diagnosis.Outlier> outliers(OutlierDimensions found) {
        return found.largest(OUTLIERS).stream()
                .filter(o -> Double.isFinite(o.ratio()))
                .map(o -> new Diagnosis.Outlier(o.dimension(), o.magnitude(), o.ratio()))
                .toList();
    }

    /** Relative noise of each quantized weight. */
    static Map<String, Double> noise(ModelState model) {
        Map<String, Double> noise = new LinkedHashMap<>();
        for (String name : model.quantization().quantizers().keySet()) {
            QuantizationError error = new QuantizationError();
            model.forEachQuantizedPart(name, (from, original, quantized) -> error.add(original, quantized));
            noise.put(name, error.relativeNoise());
        }
        return noise;
    }

    private static String depthSentence(List<Double> depth) {
        int worst = 1;
        for (int i = 1; i < depth.size(); i++) {
            if (depth.get(i) - depth.get(i - 1) > depth.get(worst) - depth.get(worst - 1)) {
                worst = i;
            }
        }
        return String.format(
                Locale.ROOT,
                "the residual stream's error ends at %.2g %%; it grows most in block %d, from %.2g %% to %.2g %%",
                100 * depth.getLast(),
                worst - 1,
                100 * depth.get(worst - 1),
                100 * depth.get(worst));
    }

    private static String outlierSentence(Map<String, List<Diagnosis.Outlier>> outliers) {
        String layer = "";
        Diagnosis.Outlier largest = new Diagnosis.Outlier(0, 0, 0);
        for (Map.Entry<String, List<Diagnosis.Outlier>> entry : outliers.entrySet()) {
            for (Diagnosis.Outlier outlier : entry.getValue()) {
                if (outlier.ratio() > largest.ratio()) {
                    largest = outlier;
                    layer = entry.getKey();
                }
            }
        }
        return String.format(
                Locale.ROOT,
                "largest outlier of the inputs: dimension %d of %s, %.1f times the median; %s",
                largest.dimension(),
                layer,
                largest.ratio(),
                largest.ratio() > FAR
                        ? "smoothing or activations.groups may help, or activations of 16 bits"
                        : "inputs are no problem");
    }
}
