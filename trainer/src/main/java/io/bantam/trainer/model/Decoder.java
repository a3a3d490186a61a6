package io.bantam.trainer.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.trainer.engine.Arguments;
import io.bantam.trainer.engine.Operations;
import io.bantam.trainer.engine.Precision;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A decoder's forward pass with fake quantization, in any of the forms of
 * {@link io.bantam.runtime.format.Architecture}. Holds the running ranges of static input quantization beside the
 * weights.
 */
public final class Decoder implements TrainableModel {
    /** Logits that the vocabulary losses hold at once: few enough for memory, enough for full-speed products. */
    private static final int LARGEST_CHUNK = 1 << 25;

    /** Tokens up to which attention with bfloat16 on a CPU is faster as batched products than fused. */
    private static final int LONGEST_EXPLICIT = 512;

    private final Operations operations;
    private final DecoderParameters parameters;
    private final Precision precision;
    private NDArray ranges;

    /**
     * Takes over the parameters.
     *
     * @param parameters closed with this model
     */
    public Decoder(Operations operations, DecoderParameters parameters, Precision precision) {
        this.operations = operations;
        this.parameters = parameters;
        this.precision = precision;
        float[] unseen = new float[8 * parameters.config().layers()];
        Arrays.fill(unseen, Float.NaN);
        this.ranges = parameters
                .manager()
                .create(unseen, new Shape(4L * parameters.config().layers(), 2));
    }

    @Override
    public DecoderParameters parameters() {
        return parameters;
    }

    @Override
    public DecoderConfig config() {
        return parameters.config();
    }

    @Override
    public Precision precision() {
        return precision;
    }

    @Override
    public Operations operations() {
        return operations;
    }

    /**
     * Running [minimum, maximum] of the input of every linear layer, {@code [4 layers, 2]}; NaN where never seen.
     * Behind {@link #fix} those of the sums as well.
     */
    @Override
    public NDArray ranges() {
        return ranges;
    }

    @Override
    public void fix(Map<String, ActivationQuantization.Range> fixed) {
        List<String> places = FakeQuantization.activationPlaces(config());
        float[] values = Arrays.copyOf(ranges.toFloatArray(), 2 * places.size());
        for (int place = 0; place < places.size(); place++) {
            ActivationQuantization.Range range = fixed.get(places.get(place));
            if (range != null) {
                values[2 * place] = range.minimum();
                values[2 * place + 1] = range.maximum();
            }
        }
        NDArray before = ranges;
        ranges = parameters.manager().create(values, new Shape(places.size(), 2));
        before.close();
    }

    /**
     * Next-token logits.
     *
     * @param ids {@code batch} rows of equal length, one after the other
     * @return {@code [batch, tokens, vocabulary]}, row-major
     */
    public float[] logits(int[] ids, int batch, FakeQuantization quantization) {
        try (NDManager scope = parameters.manager().newSubManager()) {
            Arguments arguments = new Arguments(scope).tensor("ids", ids(scope, ids, batch));
            return operations
                    .call("logits", state(arguments, scope, quantization, ids.length / batch))
                    .singletonOrThrow()
                    .toFloatArray();
        }
    }

    /**
     * Sums for loss and accuracy over rows of tokens, each predicted from those before it.
     *
     * @param ids {@code batch} rows of {@code tokens + 1} ids
     * @param ignored token ids that the accuracy leaves out
     */
    @Override
    public Sums evaluate(int[] ids, int batch, FakeQuantization quantization, int... ignored) {
        try (NDManager scope = parameters.manager().newSubManager()) {
            Arguments arguments = new Arguments(scope).tensor("ids", ids(scope, ids, batch));
            state(arguments, scope, quantization, ids.length / batch - 1)
                    .integers("ignored", Arrays.stream(ignored).asLongStream().toArray());
            double[] sums =
                    operations.call("evaluate", arguments).singletonOrThrow().toDoubleArray();
            return new Sums(sums[0], (long) sums[1], (long) sums[2], (long) sums[3]);
        }
    }

    /**
     * The most likely next words after every token, and hidden states, without quantization.
     *
     * @param ids {@code batch} rows of equal length, one after the other
     * @param k words a token, at most the vocabulary
     * @param states 0 is the embedding, n the output of block n - 1
     */
    public TopK topK(int[] ids, int batch, int k, int... states) {
        try (NDManager scope = parameters.manager().newSubManager()) {
            Arguments arguments = new Arguments(scope).tensor("ids", ids(scope, ids, batch));
            state(arguments, scope, FakeQuantization.none(), ids.length / batch)
                    .integers("k", k)
                    .integers("states", Arrays.stream(states).asLongStream().toArray());
            NDList found = operations.call("top_k", arguments);
            List<float[]> hidden = found.subList(2, found.size()).stream()
                    .map(NDArray::toFloatArray)
                    .toList();
            return new TopK(k, found.get(0).toLongArray(), found.get(1).toFloatArray(), hidden);
        }
    }

    /**
     * Next-word distributions, cut to their most likely words, and hidden states.
     *
     * @param k words a token
     * @param words {@code [tokens, k]}, row-major
     * @param logs {@code [tokens, k + 1]}: natural logarithms of their probabilities, and of all other words' together
     * @param states hidden states, each {@code [tokens, width]}
     */
    public record TopK(int k, long[] words, float[] logs, List<float[]> states) {}

    /**
     * Shows the inputs of every linear layer and the sums of the residual stream, before their own quantization.
     *
     * @param ids {@code batch} rows of equal length
     * @param observer takes a name of {@link DecoderConfig#activations} and {@code [batch, tokens, features]}
     */
    @Override
    public void observeActivations(int[] ids, int batch, FakeQuantization quantization, InputObserver observer) {
        // One block at a time: what all of them show may be as much as the model.
        try (NDManager scope = parameters.manager().newSubManager()) {
            NDArray stream = scope.create(new Shape(0));
            for (int layer = 0; layer < config().layers(); layer++) {
                try (NDManager block = scope.newSubManager()) {
                    Arguments arguments = new Arguments(block)
                            .tensor("ids", ids(block, ids, batch))
                            .tensor("x", stream);
                    NDList found = operations.call(
                            "block_inputs",
                            state(arguments, block, quantization, ids.length / batch)
                                    .integers("layer", layer));
                    List<String> names = DecoderConfig.activations(layer);
                    for (int i = 0; i < names.size(); i++) {
                        observer.observe(names.get(i), found.get(i + 1));
                    }
                    stream.close();
                    stream = found.get(0);
                    stream.attach(scope);
                }
            }
        }
    }

    /**
     * Shows the residual stream after the embedding and after every block, and the final layer norm's output as one
     * more.
     *
     * @param ids {@code batch} rows of equal length
     * @param observer takes the number of blocks passed and {@code [batch, tokens, width]}
     */
    @Override
    public void observeStreams(int[] ids, int batch, FakeQuantization quantization, StreamObserver observer)
            throws IOException {
        try (NDManager scope = parameters.manager().newSubManager()) {
            Arguments arguments = new Arguments(scope).tensor("ids", ids(scope, ids, batch));
            NDList streams = operations.call("streams", state(arguments, scope, quantization, ids.length / batch));
            for (int depth = 0; depth < streams.size(); depth++) {
                observer.observe(depth, streams.get(depth));
            }
        }
    }

    /** Looks at the residual stream; the array is closed afterwards. */
    @FunctionalInterface
    public interface StreamObserver {
        /** Looks at the stream behind so many blocks. */
        void observe(int depth, NDArray stream) throws IOException;
    }

    /** Looks at activations; the array is closed afterwards. */
    @FunctionalInterface
    public interface InputObserver {
        /** Looks at the input of one linear layer, or at a sum. */
        void observe(String activation, NDArray input);
    }

    /** Adds what every forward pass needs after its ids. */
    private Arguments state(Arguments arguments, NDManager scope, FakeQuantization quantization, int tokens) {
        return model(arguments, "p")
                .integers("shape", shape(false, false, 0, tokens))
                .tensor("weightSchemes", weightSchemes(scope, quantization))
                .tensor("inputSchemes", inputSchemes(scope, quantization))
                .tensor("ranges", ranges);
    }

    /**
     * Adds the model's weights, form and constants.
     *
     * @param name of the list of weights
     */
    public Arguments model(Arguments arguments, String name) {
        return OperationForm.add(arguments.tensors(name, parameters.places()), config());
    }

    /**
     * The operation library's shape argument: [dtype, chunk, explicit attention, clipped, recompute].
     *
     * @param clipped whether gradients of weights that lie beyond their grid are dropped
     * @param recompute whether blocks are run again for the backward pass
     * @param wantedChunk tokens whose logits the losses hold at once; 0 chooses
     */
    public long[] shape(boolean clipped, boolean recompute, int wantedChunk, int tokens) {
        boolean explicit = isExplicit(parameters.manager(), precision, tokens);
        int chunk = wantedChunk > 0 ? wantedChunk : Math.max(64, LARGEST_CHUNK / config().vocabularySize());
        return new long[] {precision.scalarType(), chunk, explicit ? 1 : 0, clipped ? 1 : 0, recompute ? 1 : 0};
    }

    /** Whether attention is faster as batched products than fused. */
    static boolean isExplicit(NDManager manager, Precision precision, long tokens) {
        return !manager.getDevice().isGpu() && precision == Precision.BFLOAT16 && tokens <= LONGEST_EXPLICIT;
    }

    /** A batch of token ids as an array. */
    public static NDArray ids(NDManager manager, int[] ids, int batch) {
        long[] wide = Arrays.stream(ids).asLongStream().toArray();
        return manager.create(wide, new Shape(batch, ids.length / batch));
    }

    /** The operation library's table of weight quantizers. */
    public NDArray weightSchemes(NDManager manager, FakeQuantization quantization) {
        long[] schemes = quantization.weightSchemes(OperationForm.places(config()), config());
        return manager.create(schemes, new Shape(schemes.length / 3, 3));
    }

    /** The operation library's table of input quantizers. */
    public NDArray inputSchemes(NDManager manager, FakeQuantization quantization) {
        long[] schemes = quantization.inputSchemes(FakeQuantization.activationPlaces(config()));
        return manager.create(schemes, new Shape(schemes.length / 3, 3));
    }

    /**
     * Sums over tokens.
     *
     * @param negativeLogLikelihood in nats
     * @param tokens predicted tokens
     * @param correct of the counted tokens, those predicted as likeliest
     * @param counted tokens that are not ignored
     */
    public record Sums(double negativeLogLikelihood, long tokens, long correct, long counted) {
        /** Nothing summed yet. */
        public static final Sums ZERO = new Sums(0, 0, 0, 0);

        /** Both together. */
        public Sums plus(Sums other) {
            return new Sums(
                    negativeLogLikelihood + other.negativeLogLikelihood,
                    tokens + other.tokens,
                    correct + other.correct,
                    counted + other.counted);
        }

        /** Mean negative log-likelihood a token, in nats. */
        public double loss() {
            return negativeLogLikelihood / tokens;
        }

        /** Share of counted tokens predicted right, 0 to 1. */
        public double accuracy() {
            return counted == 0 ? 0 : (double) correct / counted;
        }
    }

    @Override
    public void close() {
        parameters.close();
    }
}
