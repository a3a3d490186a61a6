package io.bantam.trainer.stage.export;

import ai.djl.ndarray.NDManager;
import io.bantam.compression.quantizer.WeightQuantization;
import io.bantam.runtime.format.CodebookTensor;
import io.bantam.runtime.format.EncoderConfig;
import io.bantam.runtime.format.FloatTensor;
import io.bantam.runtime.format.PackedFile;
import io.bantam.runtime.format.PackedTensor;
import io.bantam.trainer.WorkFailedException;
import io.bantam.trainer.engine.Operations;
import io.bantam.trainer.engine.Precision;
import io.bantam.trainer.model.EncoderModel;
import io.bantam.trainer.model.TrainableModel;
import io.bantam.trainer.stage.ModelState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/** Proves that a packed file of a model with an encoder holds what was trained: it is read back and compared. */
public final class EncoderExport {
    private static final double TOLERANCE = 1e-4;
    private static final int ROWS = 16;

    private final Operations operations;
    private final NDManager manager;

    EncoderExport(Operations operations, NDManager manager) {
        this.operations = operations;
        this.manager = manager;
    }

    /** The model that a packed file holds, its weights on their grids. */
    public static ModelState read(Path file) throws IOException {
        PackedFile packed = PackedFile.readAny(file);
        Map<String, float[]> weights = new LinkedHashMap<>();
        packed.tensors()
                .forEach((name, tensor) -> weights.put(
                        name,
                        switch (tensor) {
                            case FloatTensor floats -> floats.toFloats();
                            case PackedTensor codes -> codes.toFloats();
                            case CodebookTensor codes -> codes.toFloats();
                        }));
        List<Integer> layers =
                IntStream.range(0, packed.model().layers()).boxed().toList();
        return new ModelState(
                packed.model(), weights, WeightQuantization.none(), Map.of(), packed.activations(), layers);
    }

    /**
     * Compares logits, in float64 and as the model is measured.
     *
     * @param rows to compare them on
     * @throws WorkFailedException if they differ
     */
    PackedExport.Proof prove(Path file, long bytes, ModelState model, List<int[]> rows) throws IOException {
        List<int[]> compared = rows.subList(0, Math.min(ROWS, rows.size()));
        ModelState packed = read(file);
        double[] errors = new double[2];
        int differing = 0;
        for (int i = 0; i < 2; i++) {
            double squares = 0;
            double power = 0;
            Precision precision = i == 0 ? Precision.FLOAT64 : Precision.FLOAT32;
            try (TrainableModel one = packed.simulated(operations, manager, precision);
                    TrainableModel other = model.simulated(operations, manager, precision)) {
                for (int[] row : compared) {
                    float[] found = ((EncoderModel) one).logits(row, 1, packed.running());
                    float[] wanted = ((EncoderModel) other).logits(row, 1, model.running());
                    for (int v = 0; v < wanted.length; v++) {
                        squares += (found[v] - wanted[v]) * (found[v] - wanted[v]);
                        power += wanted[v] * wanted[v];
                    }
                    differing += i == 1 && !sameChoices(found, wanted, (EncoderConfig) model.config()) ? 1 : 0;
                }
            }
            errors[i] = Math.sqrt(squares / Math.max(power, Double.MIN_NORMAL));
        }
        if (errors[0] > TOLERANCE) {
            throw new WorkFailedException(String.format(
                    Locale.ROOT,
                    "%s: the packed model's logits differ from the trained model's by %.2e (relative), more than %.0e;"
                            + " the file was removed. This is a fault of Bantam: please report it with the recipe.",
                    file,
                    errors[0],
                    TOLERANCE));
        }
        return new PackedExport.Proof(bytes, errors[0], errors[1], compared.size(), differing);
    }

    private static boolean sameChoices(float[] one, float[] other, EncoderConfig config) {
        int width = config.classes() > 0 ? config.classes() : config.vocabularySize();
        return Arrays.equals(
                EncoderModel.best(one, one.length / width), EncoderModel.best(other, other.length / width));
    }
}
