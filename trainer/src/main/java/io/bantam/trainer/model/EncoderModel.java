package io.bantam.trainer.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.EncoderConfig;
import io.bantam.trainer.engine.Arguments;
import io.bantam.trainer.engine.Operations;
import io.bantam.trainer.engine.Precision;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A model with an encoder, with fake quantization: a classifier, or a decoder that writes an answer to a text.
 *
 * <p>A row of ids is {@code [label, text...]} for a classifier, and {@code [tokens of the text, text..., answer...]}
 * for a decoder. Rows of a batch have one length, and one length of the text; shorter ones are filled up with the
 * config's {@code pad}, see {@link EncoderRows}. What fills up all rows of a batch is not computed.
 */
public final class EncoderModel implements TrainableModel {
    private final Operations operations;
    private final EncoderConfig config;
    private final NamedArrays parameters;
    private final List<String> places;
    private final List<String> linears;
    private final Precision precision;
    private NDArray ranges;

    /**
     * Copies given weights to a device.
     *
     * @param parent of the manager that owns the copy
     * @param weights row-major values by name
     */
    public EncoderModel(
            Operations operations,
            NDManager parent,
            EncoderConfig config,
            Map<String, float[]> weights,
            Precision precision) {
        this.operations = operations;
        this.config = config;
        this.parameters = new NamedArrays(parent, config, weights);
        this.places = EncoderPlaces.of(config);
        this.linears = config.activationNames();
        this.precision = precision;
        float[] unseen = new float[2 * linears.size()];
        Arrays.fill(unseen, Float.NaN);
        this.ranges = parameters.manager().create(unseen, new Shape(linears.size(), 2));
    }

    @Override
    public Parameters parameters() {
        return parameters;
    }

    @Override
    public EncoderConfig config() {
        return config;
    }

    @Override
    public Operations operations() {
        return operations;
    }

    @Override
    public Precision precision() {
        return precision;
    }

    @Override
    public NDArray ranges() {
        return ranges;
    }

    @Override
    public void fix(Map<String, ActivationQuantization.Range> fixed) {
        float[] values = ranges.toFloatArray();
        for (int place = 0; place < linears.size(); place++) {
            ActivationQuantization.Range range = fixed.get(linears.get(place));
            if (range != null) {
                values[2 * place] = range.minimum();
                values[2 * place + 1] = range.maximum();
            }
        }
        NDArray before = ranges;
        ranges = parameters.manager().create(values, new Shape(linears.size(), 2));
        before.close();
    }

    /**
     * Logits.
     *
     * @return {@code [batch, labels]}, or with a decoder {@code [batch, tokens of the answers, vocabulary]}, where each
     *     token is predicted from those before it; row-major
     */
    public float[] logits(int[] ids, int batch, FakeQuantization quantization) {
        try (NDManager scope = parameters.manager().newSubManager()) {
            return call(scope, "encoder_logits", ids, batch, quantization)
                    .singletonOrThrow()
                    .toFloatArray();
        }
    }

    @Override
    public Decoder.Sums evaluate(int[] ids, int batch, FakeQuantization quantization, int... ignored) {
        try (NDManager scope = parameters.manager().newSubManager()) {
            double[] sums = call(scope, "encoder_evaluate", ids, batch, quantization)
                    .singletonOrThrow()
                    .toDoubleArray();
            return new Decoder.Sums(sums[0], (long) sums[1], (long) sums[2], (long) sums[3]);
        }
    }

    @Override
    public void observeActivations(
            int[] ids, int batch, FakeQuantization quantization, Decoder.InputObserver observer) {
        try (NDManager scope = parameters.manager().newSubManager()) {
            NDList inputs = call(scope, "encoder_inputs", ids, batch, quantization);
            for (int place = 0; place < inputs.size(); place++) {
                observer.observe(linears.get(place), inputs.get(place));
            }
        }
    }

    @Override
    public void observeStreams(int[] ids, int batch, FakeQuantization quantization, Decoder.StreamObserver observer)
            throws IOException {
        try (NDManager scope = parameters.manager().newSubManager()) {
            NDList streams = call(scope, "encoder_streams", ids, batch, quantization);
            for (int depth = 0; depth < streams.size(); depth++) {
                observer.observe(depth, streams.get(depth));
            }
        }
    }

    /**
     * Writes answers, the likeliest token each time. The text is read once; of the answer only the newest token is.
     * Weights are taken as they are: what is quantized of them must lie on its grid already.
     *
     * @param text {@code batch} rows of equal length, filled up
     * @param most tokens of an answer
     * @return the answers without the end token
     */
    public List<int[]> generate(int[] text, int batch, int most, FakeQuantization quantization) {
        int[][] answers = new int[batch][most];
        int[] lengths = new int[batch];
        boolean[] ended = new boolean[batch];
        try (NDManager scope = parameters.manager().newSubManager()) {
            List<NDArray> before = new ArrayList<>();
            for (int i = 0; i < 2 * config.decoderLayers(); i++) {
                before.add(scope.create(new Shape(batch, config.heads(), 0, config.headWidth())));
            }
            NDArray read = Decoder.ids(scope, text, batch);
            Arguments reading = new Arguments(scope).tensor("ids", read);
            List<NDArray> keys = operations.call("text_keys", running(reading, scope, quantization));
            int[] newest = new int[batch];
            Arrays.fill(newest, config.tokens().start());
            for (int step = 0; step < most && any(ended); step++) {
                Arguments writing = new Arguments(scope)
                        .tensor("ids", Decoder.ids(scope, newest, batch))
                        .tensor("text", read)
                        .tensors("keys", keys)
                        .tensors("before", before);
                NDList found = operations.call("next_word", running(writing, scope, quantization));
                before.forEach(NDArray::close);
                before = new ArrayList<>(found.subList(1, found.size()));
                newest = best(found.getFirst().toFloatArray(), batch);
                for (int row = 0; row < batch; row++) {
                    ended[row] |= newest[row] == config.tokens().end();
                    if (!ended[row]) {
                        answers[row][lengths[row]++] = newest[row];
                    }
                }
            }
        }
        List<int[]> all = new ArrayList<>();
        for (int row = 0; row < batch; row++) {
            all.add(Arrays.copyOf(answers[row], lengths[row]));
        }
        return all;
    }

    private static boolean any(boolean[] ended) {
        for (boolean one : ended) {
            if (!one) {
                return true;
            }
        }
        return false;
    }

    /** The index of the largest of each row's values, the first of equals. */
    public static int[] best(float[] logits, int rows) {
        int width = logits.length / rows;
        int[] best = new int[rows];
        for (int row = 0; row < rows; row++) {
            for (int i = 1; i < width; i++) {
                if (logits[row * width + i] > logits[row * width + best[row]]) {
                    best[row] = i;
                }
            }
        }
        return best;
    }

    private NDList call(NDManager scope, String operation, int[] ids, int batch, FakeQuantization quantization) {
        Arguments arguments = new Arguments(scope).tensor("ids", rows(scope, ids, batch));
        return operations.call(
                operation,
                model(arguments, "p")
                        .integers("shape", precision.scalarType())
                        .tensor("weightSchemes", weightSchemes(scope, quantization))
                        .tensor("inputSchemes", inputSchemes(scope, quantization))
                        .tensor("ranges", ranges));
    }

    private Arguments running(Arguments arguments, NDManager scope, FakeQuantization quantization) {
        return model(arguments, "p")
                .integers("shape", precision.scalarType())
                .tensor("inputSchemes", inputSchemes(scope, quantization))
                .tensor("ranges", ranges);
    }

    /**
     * Adds the model's weights, form and constants.
     *
     * @param name of the list of weights
     */
    public Arguments model(Arguments arguments, String name) {
        return EncoderPlaces.addForm(arguments.tensors(name, parameters.at(places)), config);
    }

    /** A batch of rows as an array, without what fills all of them up. */
    public NDArray rows(NDManager manager, int[] ids, int batch) {
        return Decoder.ids(manager, EncoderRows.trimmed(ids, batch, config), batch);
    }

    /** The operation library's table of weight quantizers. */
    public NDArray weightSchemes(NDManager manager, FakeQuantization quantization) {
        long[] schemes = quantization.weightSchemes(places, config);
        return manager.create(schemes, new Shape(schemes.length / 3, 3));
    }

    /** The operation library's table of input quantizers. */
    public NDArray inputSchemes(NDManager manager, FakeQuantization quantization) {
        long[] schemes = quantization.inputSchemes(linears);
        return manager.create(schemes, new Shape(schemes.length / 3, 3));
    }

    @Override
    public void close() {
        parameters.close();
    }
}
