package io.bantam.trainer.stage.ptq;

import io.bantam.compression.export.HalfPrecision;
import io.bantam.compression.export.PackWriter;
import io.bantam.compression.quantizer.QuantizedWeight;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.compression.quantizer.WeightQuantization;
import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.DType;
import io.bantam.runtime.format.FloatTensor;
import io.bantam.runtime.format.ModelConfig;
import io.bantam.runtime.format.ModelTensor;
import io.bantam.runtime.format.PackLayout;
import io.bantam.runtime.format.PackedFile;
import io.bantam.runtime.format.PackedTensor;
import io.bantam.runtime.format.Scheme;
import io.bantam.runtime.format.TextForm;
import io.bantam.trainer.recipe.Export;
import io.bantam.trainer.recipe.Ptq;
import io.bantam.trainer.stage.ModelState;
import io.bantam.trainer.stage.RecipeActivations;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The size in bytes of the packed file that a ptq stage leads to, known before any code is chosen: a file of the same
 * shapes, widths and ranges with every code at 0 is measured.
 */
public final class PackedSize {
    /** The bound of a stand-in range: it takes the most digits of a float32, so no measured range takes more bytes. */
    private static final float LONGEST = -1.17549421E-38f;

    private static final int MISSING_DIGITS = 2;

    /** A scale that float16 does not hold: whether it will hold the chosen ones is not known yet. */
    private static final float SCALE = 0.1f;

    private final Ptq ptq;
    private final ModelState model;
    private final byte[] tokenizerJson;
    private final Export.Floats floats;
    private final Optional<TextForm> textForm;

    /**
     * @param model before the stage
     * @param floats how the file will store what is not a code
     * @param textForm of the text that is completed, if it is
     */
    PackedSize(Ptq ptq, ModelState model, byte[] tokenizerJson, Export.Floats floats, Optional<TextForm> textForm) {
        this.ptq = ptq;
        this.model = model;
        this.tokenizerJson = tokenizerJson;
        this.floats = floats;
        this.textForm = textForm;
    }

    /** Bytes of the file, at most: measured ranges may take a few less, and scales half, where they become float16. */
    long bytes(WeightQuantization quantization) {
        Map<String, ModelTensor> tensors = new LinkedHashMap<>();
        model.config().shapes().forEach((name, shape) -> {
            Optional<Quantizer> quantizer = quantization.of(name);
            tensors.put(
                    name,
                    quantizer.isPresent()
                            ? tensor(name, quantizer.get())
                            : plain(shape, model.weights().get(name)));
        });
        ActivationQuantization inputs = inputs(ptq, model.config());
        long longer = 2L * MISSING_DIGITS * inputs.ranges().size();
        return PackedFile.size(model.config(), inputs, tensors, tokenizerJson, textForm) + longer;
    }

    private FloatTensor plain(List<Integer> shape, float[] values) {
        boolean half = floats == Export.Floats.FLOAT16 && DType.exactly(HalfPrecision.values(values)) == DType.F16;
        return new FloatTensor(half ? DType.F16 : DType.F32, shape, values);
    }

    /** Bytes of one quantized weight. */
    long bytes(String name, Quantizer quantizer) {
        return tensor(name, quantizer).packedBytes();
    }

    private ModelTensor tensor(String name, Quantizer quantizer) {
        int rows = model.config().shapes().get(name).get(0);
        int columns = model.config().shapes().get(name).get(1);
        Optional<QuantizedWeight> ofMethod = placeholder(ptq, name, rows, columns, quantizer);
        if (ofMethod.isPresent()) {
            return PackWriter.pack(ofMethod.get());
        }
        int group = quantizer.granularity().groupSize(rows, columns);
        int groups = Math.toIntExact((long) rows * columns / group);
        if (groups > 1 && group > columns) {
            // A file has a scale for each row at least.
            group = columns;
            groups = rows;
        }
        PackLayout layout = new PackLayout(quantizer.scheme(), quantizer.bits());
        return new PackedTensor(
                quantizer.scheme(),
                quantizer.bits(),
                rows,
                columns,
                groups == 1 ? 0 : group,
                new byte[Math.multiplyExact(rows, layout.rowBytes(columns))],
                scales(groups),
                scales(quantizer.scheme() == Scheme.ASYMMETRIC ? groups : 0));
    }

    private static float[] scales(int count) {
        float[] scales = new float[count];
        Arrays.fill(scales, SCALE);
        return scales;
    }

    /**
     * Codes of the method's own form, all 0, with scales that float16 does not hold; empty where the quantizer's form
     * is right.
     */
    public static Optional<QuantizedWeight> placeholder(
            Ptq ptq, String name, int rows, int columns, Quantizer quantizer) {
        return name.startsWith("h.")
                ? ptq.chosen().placeholder(rows, columns, quantizer.bits(), SCALE)
                : Optional.empty();
    }

    /** How the inputs will be quantized, with ranges that stand in for those to be measured. */
    public static ActivationQuantization inputs(Ptq ptq, ModelConfig config) {
        Ptq.Activations settings = ptq.activations().orElse(null);
        if (settings == null) {
            return ActivationQuantization.NONE;
        }
        return RecipeActivations.of(settings, config, activations -> {
            Map<String, ActivationQuantization.Range> ranges = new LinkedHashMap<>();
            activations.keySet().forEach(name -> ranges.put(name, new ActivationQuantization.Range(LONGEST, -LONGEST)));
            return ranges;
        });
    }
}
