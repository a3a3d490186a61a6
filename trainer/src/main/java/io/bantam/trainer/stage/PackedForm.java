package io.bantam.trainer.stage;

import io.bantam.compression.export.PackWriter;
import io.bantam.compression.quantizer.AdditiveCodebooks;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.compression.quantizer.WeightQuantization;
import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.DType;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.FloatTensor;
import io.bantam.runtime.format.ModelTensor;
import io.bantam.runtime.format.PackLayout;
import io.bantam.runtime.format.PackedFile;
import io.bantam.runtime.format.PackedTensor;
import io.bantam.runtime.format.Scheme;
import io.bantam.trainer.recipe.ActivationMode;
import io.bantam.trainer.recipe.Ptq;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The form of the packed file that a ptq stage leads to, known before any code is chosen: every code stands at 0. */
final class PackedForm {
    /** As many digits as a float32 may need, so that no measured range takes more room. */
    private static final float LONGEST = -1.17549421E-38f;

    private static final int MISSING_DIGITS = 2;

    private final Ptq ptq;
    private final StudentModel model;
    private final byte[] tokenizerJson;

    /** @param model before the stage */
    PackedForm(Ptq ptq, StudentModel model, byte[] tokenizerJson) {
        this.ptq = ptq;
        this.model = model;
        this.tokenizerJson = tokenizerJson;
    }

    /** Bytes of the file; a file with measured ranges may have a few less. */
    long bytes(WeightQuantization quantization) {
        Map<String, ModelTensor> tensors = new LinkedHashMap<>();
        model.config().shapes().forEach((name, shape) -> {
            Optional<Quantizer> quantizer = quantization.of(name);
            tensors.put(
                    name,
                    quantizer.isPresent()
                            ? tensor(name, quantizer.get())
                            : new FloatTensor(DType.F32, shape, model.weights().get(name)));
        });
        ActivationQuantization inputs = inputs(ptq, model.config());
        long longer = 2L * MISSING_DIGITS * inputs.ranges().size();
        return PackedFile.size(model.config(), inputs, tensors, tokenizerJson) + longer;
    }

    /** Bytes of one quantized weight. */
    long bytes(String name, Quantizer quantizer) {
        return tensor(name, quantizer).packedBytes();
    }

    private ModelTensor tensor(String name, Quantizer quantizer) {
        int rows = model.config().shapes().get(name).get(0);
        int columns = model.config().shapes().get(name).get(1);
        if (ptq.method() == Ptq.Method.AQLM && name.startsWith("h.")) {
            return PackWriter.pack(codebooks(ptq.aqlm(), rows, columns, quantizer.bits()));
        }
        int group = quantizer.granularity().groupSize(rows, columns);
        int groups = Math.toIntExact((long) rows * columns / group);
        PackLayout layout = new PackLayout(quantizer.scheme(), quantizer.bits());
        return new PackedTensor(
                quantizer.scheme(),
                quantizer.bits(),
                rows,
                columns,
                groups == 1 ? 0 : group,
                new byte[Math.multiplyExact(rows, layout.rowBytes(columns))],
                new float[groups],
                new float[quantizer.scheme() == Scheme.ASYMMETRIC ? groups : 0]);
    }

    /** Sums of codewords that are all 0. */
    static AdditiveCodebooks codebooks(Ptq.AqlmSettings aqlm, int rows, int columns, int bits) {
        int count = bits * aqlm.vector() / aqlm.codeBits();
        return new AdditiveCodebooks(
                rows,
                columns,
                aqlm.vector(),
                aqlm.codeBits(),
                count,
                new byte[rows * (columns / aqlm.vector()) * count],
                new float[(count * aqlm.vector()) << aqlm.codeBits()],
                new float[rows]);
    }

    /** How the inputs will be quantized, with ranges that stand in for those to be measured. */
    static ActivationQuantization inputs(Ptq ptq, DecoderConfig config) {
        Ptq.Activations settings = ptq.activations().orElse(null);
        if (settings == null) {
            return ActivationQuantization.NONE;
        }
        if (settings.mode() == ActivationMode.DYNAMIC || settings.bits() > 8) {
            return ActivationQuantization.dynamic(settings.bits(), settings.symmetric());
        }
        Map<String, ActivationQuantization.Range> ranges = new LinkedHashMap<>();
        for (int layer = 0; layer < config.layers(); layer++) {
            List<String> linears = DecoderConfig.linears(layer);
            linears.forEach(name -> ranges.put(name, new ActivationQuantization.Range(LONGEST, -LONGEST)));
        }
        return ActivationQuantization.fixed(settings.bits(), settings.symmetric(), ranges);
    }
}
