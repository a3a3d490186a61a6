package io.bantam.runtime.model;

import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.Architecture;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.ModelTensor;
import io.bantam.runtime.format.PackedFile;
import io.bantam.runtime.format.Sinusoids;
import io.bantam.runtime.kernel.Kernels;
import io.bantam.runtime.kernel.RowNorms;
import io.bantam.runtime.kernel.WeightMatrix;
import io.bantam.runtime.model.PackedLinear.Target;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.function.IntPredicate;

/**
 * A decoder that computes on packed weights, in any of the forms of {@link io.bantam.runtime.format.Architecture}.
 *
 * <p>The weights are immutable and any number of threads may call {@code forward} at once, each with its own {@link
 * KvCache}; evaluation of many samples is fastest that way, with decoders of one thread. With more {@code threads} a
 * single call is shared between them. {@link #close} ends those threads; a decoder of one thread need not be closed.
 */
public final class PackedDecoder implements AutoCloseable {
    /** Receives logits position by position. */
    @FunctionalInterface
    public interface LogitsConsumer {
        /**
         * Takes the logits that follow one token.
         *
         * @param index the token's place in the tokens given to {@code forwardAll}
         * @param logits one per word of the vocabulary; overwritten after the call
         */
        void accept(int index, float[] logits);
    }

    private record Block(
            Norm attentionNorm,
            PackedLinear attentionIn,
            PackedLinear attentionOut,
            /** The attention's where the two are parallel. */
            Norm innerNorm,
            PackedLinear innerIn,
            PackedLinear innerOut,
            /** Null where the sum behind the attention stays in floating point. */
            ResidualSum attentionSum,
            /** Null where the sum behind the feed-forward part does. */
            ResidualSum innerSum) {}

    private static final int DIGITS_BEHIND_CODES = 2;
    private static final int EXACT_DIGITS = 3;

    private final DecoderConfig config;
    private final ActivationQuantization activations;
    private final Kernels kernels;
    private final CachePrecision cachePrecision;
    private final WeightMatrix embedding;
    /** Learned positions; null for others. */
    private final WeightMatrix positions;
    /** Fixed positions that are added to the embedding; null for others. */
    private final Sinusoids sinusoids;

    private final double[] sinusoidFrequencies;
    private final float embeddingScale;

    private final Block[] blocks;
    private final Norm finalNorm;
    private final PackedLinear vocabulary;
    /**
     * Search for the largest logit among the vocabulary's rows; made when first asked for, null where they are of no
     * use.
     */
    private RowNorms norms;

    private final List<PackedLinear> linears;
    private final boolean gated;
    private final Target activation;
    private final boolean parallel;
    private final WorkerPool pool;
    private final ArrayBlockingQueue<Run> idle = new ArrayBlockingQueue<>(64);

    /** The memory of one call. */
    private record Run(
            Workspace workspace,
            Attention attention,
            /** Null without rotary positions. */
            RotaryTurns turns) {}

    /**
     * Makes a decoder from tensors in memory.
     *
     * @param tensors as {@link PackedFile#tensors}; float arrays are shared, not copied
     * @param threads threads that share one call, from 1
     * @param kernels {@link Kernels#best} unless a test wants others
     * @throws IllegalArgumentException if a tensor is missing or of another shape than the config says
     */
    public PackedDecoder(
            DecoderConfig config,
            ActivationQuantization activations,
            Map<String, ? extends ModelTensor> tensors,
            int threads,
            Kernels kernels) {
        this(config, activations, tensors, threads, CachePrecision.FLOAT32, kernels);
    }

    /**
     * Makes a decoder whose caches have another precision.
     *
     * @param cachePrecision how the caches of {@link #newCache} keep keys and values
     */
    public PackedDecoder(
            DecoderConfig config,
            ActivationQuantization activations,
            Map<String, ? extends ModelTensor> tensors,
            int threads,
            CachePrecision cachePrecision,
            Kernels kernels) {
        String problem = PackedFile.problem(config, activations, tensors);
        if (problem != null) {
            throw new IllegalArgumentException(problem);
        }
        this.config = config;
        this.activations = activations;
        this.kernels = kernels;
        this.cachePrecision = cachePrecision;
        gated = config.architecture().feedForward() == Architecture.FeedForward.SWIGLU;
        activation = config.architecture().feedForward() == Architecture.FeedForward.ERF_GELU
                ? Target.ERF_GELU
                : Target.GELU;
        parallel = config.architecture().parallel();
        sinusoids = config.architecture().sinusoids().orElse(null);
        sinusoidFrequencies = sinusoids == null ? null : sinusoids.frequencies(config.width());
        embeddingScale = (float) config.architecture().embeddingScale();
        embedding = WeightMatrix.of(kernels, tensors.get(DecoderConfig.EMBEDDING), false);
        positions = config.architecture().learnsPositions()
                ? WeightMatrix.of(kernels, tensors.get(DecoderConfig.POSITIONS), false)
                : null;
        blocks = new Block[config.layers()];
        for (int layer = 0; layer < blocks.length; layer++) {
            List<String> linears = DecoderConfig.linears(layer);
            Norm first = norm(tensors, "h." + layer + ".ln_1");
            blocks[layer] = new Block(
                    first,
                    linear(tensors, linears.get(0)),
                    linear(tensors, linears.get(1)),
                    parallel ? first : norm(tensors, "h." + layer + ".ln_2"),
                    linear(tensors, linears.get(2)),
                    linear(tensors, linears.get(3)),
                    ResidualSum.of(activations, DecoderConfig.sums(layer).get(0)),
                    ResidualSum.of(activations, DecoderConfig.sums(layer).get(1)));
        }
        finalNorm = norm(tensors, "ln_f");
        vocabulary = PackedLinear.of(
                kernels,
                config.architecture().tiedHead()
                        ? embedding
                        : WeightMatrix.of(kernels, tensors.get(DecoderConfig.HEAD + ".weight"), false),
                bias(tensors, DecoderConfig.HEAD),
                ActivationQuantization.NONE,
                null,
                activations.enabled() ? DIGITS_BEHIND_CODES : EXACT_DIGITS);
        linears = new ArrayList<>(List.of(vocabulary));
        for (Block block : blocks) {
            linears.addAll(List.of(block.attentionIn, block.attentionOut, block.innerIn, block.innerOut));
        }
        pool = new WorkerPool(threads);
    }

    /**
     * Reads a packed file for one thread per call.
     *
     * @throws io.bantam.runtime.format.FormatException if the file is no sound packed model
     * @throws IOException if it cannot be read
     */
    public static PackedDecoder load(Path path) throws IOException {
        return of(PackedFile.read(path), 1);
    }

    /** Makes a decoder from a file that was read, with the fastest kernels. */
    public static PackedDecoder of(PackedFile file, int threads) {
        return of(file, threads, CachePrecision.FLOAT32);
    }

    /** As {@link #of(PackedFile, int)}, with another kind of caches. */
    public static PackedDecoder of(PackedFile file, int threads, CachePrecision cachePrecision) {
        return new PackedDecoder(
                file.config(), file.activations(), file.tensors(), threads, cachePrecision, Kernels.best());
    }

    private Norm norm(Map<String, ? extends ModelTensor> tensors, String name) {
        return new Norm(tensors.get(name + ".weight").toFloats(), bias(tensors, name), config.layerNormEpsilon());
    }

    /** Null where there is none. */
    private static float[] bias(Map<String, ? extends ModelTensor> tensors, String name) {
        ModelTensor bias = tensors.get(name + ".bias");
        return bias == null ? null : bias.toFloats();
    }

    private PackedLinear linear(Map<String, ? extends ModelTensor> tensors, String name) {
        boolean needsCodeSums = activations.quantizes(name) && !activations.symmetric();
        WeightMatrix weights = WeightMatrix.of(kernels, tensors.get(name + ".weight"), needsCodeSums);
        return PackedLinear.of(
                kernels,
                weights,
                bias(tensors, name),
                activations.of(name),
                activations.ranges().get(name),
                EXACT_DIGITS);
    }

    /** The model's shape. */
    public DecoderConfig config() {
        return config;
    }

    /** How activations are quantized. */
    public ActivationQuantization activations() {
        return activations;
    }

    /** Bytes of the matrices in memory, without caches and scratch. */
    public long memoryBytes() {
        long total = embedding.memoryBytes();
        if (positions != null) {
            total += positions.memoryBytes();
        }
        if (vocabulary.weights() != embedding) {
            total += vocabulary.weights().memoryBytes();
        }
        for (Block block : blocks) {
            total += block.attentionIn.weights().memoryBytes()
                    + block.attentionOut.weights().memoryBytes();
            total += block.innerIn.weights().memoryBytes()
                    + block.innerOut.weights().memoryBytes();
        }
        return total;
    }

    /** An empty cache for the model's longest context. */
    public KvCache newCache() {
        return newCache(config.positions());
    }

    /**
     * An empty cache.
     *
     * @param capacity tokens that will fit, at most the model's positions
     */
    public KvCache newCache(int capacity) {
        return new KvCache(config, capacity, cachePrecision, kernels);
    }

    /**
     * Reads tokens after those in the cache, and gives the logits of what follows the last one.
     *
     * @param tokens at least one token id
     * @return one logit per word of the vocabulary
     * @throws IllegalArgumentException if a token is not in the vocabulary or the cache is too short
     */
    public float[] forward(int[] tokens, KvCache cache) {
        float[] logits = new float[config.vocabularySize()];
        forward(tokens, 0, tokens.length, cache, logits);
        return logits;
    }

    /**
     * As {@link #forward(int[], KvCache)}, for {@code tokens[from]} to {@code tokens[to - 1]}, without allocating.
     *
     * @param logits receives one logit per word of the vocabulary
     */
    public void forward(int[] tokens, int from, int to, KvCache cache, float[] logits) {
        check(tokens, from, to, cache);
        if (logits.length != config.vocabularySize()) {
            throw new IllegalArgumentException(
                    "expected room for " + config.vocabularySize() + " logits, got " + logits.length);
        }
        int before = cache.length();
        Run run = take(to - from);
        try {
            Workspace workspace = run.workspace;
            read(run, tokens, from, to, cache);
            vocabulary.apply(workspace, 1, workspace.vector, finalNorm, Target.STORE, logits);
            before = cache.length();
        } finally {
            cache.truncate(before);
            idle.offer(run);
        }
    }

    /**
     * Reads tokens after those in the cache, and gives the most probable word to follow: that of the largest logit of
     * {@link #forward}, the first if there are several, in less time.
     *
     * @param allowed words that may follow; null for all
     * @return the word, or -1 if none is allowed
     * @throws IllegalArgumentException as {@link #forward}
     */
    public int mostProbable(int[] tokens, int from, int to, KvCache cache, IntPredicate allowed) {
        check(tokens, from, to, cache);
        int before = cache.length();
        Run run = take(to - from);
        try {
            Workspace workspace = run.workspace;
            read(run, tokens, from, to, cache);
            if (workspace.largest == null) {
                workspace.largest = new LargestOutput(kernels, vocabulary, vocabularyNorms());
            }
            int word = workspace.largest.find(workspace, workspace.vector, finalNorm, allowed);
            before = cache.length();
            return word;
        } finally {
            cache.truncate(before);
            idle.offer(run);
        }
    }

    /** Reads tokens and leaves what the last layer gives for the last one in the workspace's vector. */
    private void read(Run run, int[] tokens, int from, int to, KvCache cache) {
        for (int start = from; start < to; start += Workspace.MAXIMUM_TOKENS) {
            int end = Math.min(to, start + Workspace.MAXIMUM_TOKENS);
            run(run, tokens, start, end, cache, end == to ? 1 : 0);
        }
        System.arraycopy(run.workspace.hidden, 0, run.workspace.vector, 0, config.width());
    }

    private synchronized RowNorms vocabularyNorms() {
        if (norms == null && vocabulary.estimates()) {
            norms = vocabulary.rowNorms();
        }
        return norms;
    }

    /**
     * Reads tokens after those in the cache, and gives the logits that follow each of them, in order.
     *
     * @throws IllegalArgumentException if a token is not in the vocabulary or the cache is too short
     */
    public void forwardAll(int[] tokens, KvCache cache, LogitsConsumer consumer) {
        check(tokens, 0, tokens.length, cache);
        int before = cache.length();
        Run run = take(kernels.panelWidths()[0]);
        try {
            Workspace workspace = run.workspace;
            int step = kernels.panelWidths()[0];
            int words = config.vocabularySize();
            float[] logits = new float[words];
            if (workspace.manyLogits == null) {
                workspace.manyLogits = new float[Math.multiplyExact(step, words)];
            }
            for (int start = 0; start < tokens.length; start += step) {
                int end = Math.min(tokens.length, start + step);
                int count = end - start;
                run(run, tokens, start, end, cache, count);
                vocabulary.apply(workspace, count, workspace.hidden, finalNorm, Target.STORE, workspace.manyLogits);
                for (int t = 0; t < count; t++) {
                    System.arraycopy(workspace.manyLogits, t * words, logits, 0, words);
                    consumer.accept(start + t, logits);
                }
            }
            before = cache.length();
        } finally {
            cache.truncate(before);
            idle.offer(run);
        }
    }

    /** Memory for a call with so many tokens. */
    private Run take(int tokens) {
        Run run = idle.poll();
        if (run != null && run.workspace.tokens < Math.min(tokens, Workspace.MAXIMUM_TOKENS)) {
            return new Run(new Workspace(config, kernels, pool, linears, tokens), run.attention, run.turns);
        }
        if (run == null) {
            RotaryTurns turns = config.architecture()
                    .rotary()
                    .map(rotary -> new RotaryTurns(config, rotary, Workspace.MAXIMUM_TOKENS))
                    .orElse(null);
            run = new Run(
                    new Workspace(config, kernels, pool, linears, tokens), new Attention(kernels, config, pool), turns);
        }
        return run;
    }

    private void check(int[] tokens, int from, int to, KvCache cache) {
        if (from < 0 || from >= to || to > tokens.length) {
            throw new IllegalArgumentException(
                    "expected at least one token, got " + from + " to " + to + " of " + tokens.length);
        }
        if (cache.config() != config && !cache.config().equals(config)) {
            throw new IllegalArgumentException("the cache was made for another model");
        }
        if (cache.length() + to - from > cache.capacity()) {
            throw new IllegalArgumentException((to - from) + " tokens do not fit behind the " + cache.length()
                    + " in a cache of " + cache.capacity());
        }
        for (int i = from; i < to; i++) {
            if (tokens[i] < 0 || tokens[i] >= config.vocabularySize()) {
                throw new IllegalArgumentException("token " + i + " is " + tokens[i] + "; the vocabulary has 0 to "
                        + (config.vocabularySize() - 1));
            }
        }
        cache.reserve(to - from);
    }

    /**
     * One block of tokens through all layers; leaves the hidden states of the last {@code needed} tokens at the
     * beginning of the workspace's. Of the others, the last layer computes keys and values only.
     */
    private void run(Run run, int[] tokens, int from, int to, KvCache cache, int needed) {
        Workspace workspace = run.workspace;
        float[] hidden = workspace.hidden;
        int count = to - from;
        embed(workspace, tokens, from, count, cache.length());
        if (run.turns != null) {
            run.turns.prepare(cache.length(), count);
        }
        int tokenCount = count;
        for (int layer = 0; layer < blocks.length; layer++) {
            Block block = blocks[layer];
            block.attentionIn.apply(workspace, tokenCount, hidden, block.attentionNorm, Target.STORE, workspace.qkv);
            if (run.turns != null) {
                run.turns.apply(workspace.qkv, tokenCount);
            }
            int first = layer == blocks.length - 1 ? tokenCount - needed : 0;
            run.attention.apply(cache, layer, tokenCount, first, workspace.qkv);
            count = tokenCount - first;
            if (count == 0) {
                break;
            }
            if (first > 0) {
                System.arraycopy(hidden, first * config.width(), hidden, 0, count * config.width());
            }
            if (parallel) {
                // Before the attention's part is added to what both read.
                feedForwardIn(block, workspace, count);
            }
            block.attentionOut.apply(workspace, count, workspace.qkv, null, Target.ADD, hidden);
            quantize(block.attentionSum, workspace, count);
            if (!parallel) {
                feedForwardIn(block, workspace, count);
            }
            block.innerOut.apply(workspace, count, workspace.inner, null, Target.ADD, hidden);
            quantize(block.innerSum, workspace, count);
        }
        cache.advance(tokenCount);
    }

    private void quantize(ResidualSum sum, Workspace workspace, int count) {
        if (sum != null) {
            sum.quantize(workspace.sumCodes, workspace.hidden, count, config.width());
        }
    }

    private void feedForwardIn(Block block, Workspace workspace, int count) {
        if (!gated) {
            block.innerIn.apply(workspace, count, workspace.hidden, block.innerNorm, activation, workspace.inner);
            return;
        }
        block.innerIn.apply(workspace, count, workspace.hidden, block.innerNorm, Target.STORE, workspace.inner);
        int inner = config.innerWidth();
        // Gate and value lie twice as wide as what becomes of them, which is written over those of earlier tokens.
        for (int t = 0; t < count; t++) {
            kernels.gate(workspace.inner, 2 * t * inner, (2 * t + 1) * inner, inner, t * inner);
        }
    }

    private void embed(Workspace workspace, int[] tokens, int from, int count, int position) {
        int features = config.width();
        for (int t = 0; t < count; t++) {
            int at = t * features;
            embedding.row(tokens[from + t], workspace.codeBytes, workspace.hidden, at);
            for (int i = at; embeddingScale != 1 && i < at + features; i++) {
                workspace.hidden[i] *= embeddingScale;
            }
            if (sinusoids != null) {
                addSinusoids(workspace.hidden, at, position + t + sinusoids.first());
            }
            if (positions != null) {
                positions.row(position + t, workspace.codeBytes, workspace.vector, 0);
                kernels.add(workspace.hidden, at, workspace.vector, 0, features);
            }
        }
    }

    private void addSinusoids(float[] hidden, int at, int place) {
        int half = sinusoidFrequencies.length;
        for (int i = 0; i < half; i++) {
            double angle = place * sinusoidFrequencies[i];
            hidden[at + i] += (float) Math.sin(angle);
            hidden[at + half + i] += (float) Math.cos(angle);
        }
    }

    /** Ends the threads that share calls. */
    @Override
    public void close() {
        pool.close();
    }
}
