package io.bantam.runtime.model;

import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.ModelTensor;
import io.bantam.runtime.format.PackedFile;
import io.bantam.runtime.kernel.Kernels;
import io.bantam.runtime.kernel.WeightMatrix;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;

/**
 * A GPT-2 decoder that computes on packed weights: learned positions, pre-norm blocks, tanh GELU, vocabulary product with the
 * tied embedding.
 *
 * <p>The weights are immutable and any number of threads may call {@code forward} at once, each with its own {@link KvCache};
 * evaluation of many samples is fastest that way, with decoders of one thread. With more {@code threads} a single call is
 * shared between them. {@link #close} ends those threads; a decoder of one thread need not be closed.
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

    private record Norm(float[] weight, float[] bias) {}

    private record Block(
            Norm attentionNorm,
            PackedLinear attentionIn,
            PackedLinear attentionOut,
            Norm innerNorm,
            PackedLinear innerIn,
            PackedLinear innerOut) {}

    private final DecoderConfig config;
    private final ActivationQuantization activations;
    private final Kernels kernels;
    private final WeightMatrix embedding;
    private final WeightMatrix positions;
    private final Block[] blocks;
    private final Norm finalNorm;
    private final PackedLinear vocabulary;
    private final int maximumGroups;
    private final WorkerPool pool;
    private final ArrayBlockingQueue<Run> idle = new ArrayBlockingQueue<>(64);

    /** The memory of one call. */
    private record Run(Workspace workspace, Attention attention) {}

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
        String problem = PackedFile.problem(config, activations, tensors);
        if (problem != null) {
            throw new IllegalArgumentException(problem);
        }
        this.config = config;
        this.activations = activations;
        this.kernels = kernels;
        embedding = WeightMatrix.of(kernels, tensors.get("wte.weight"), false);
        positions = WeightMatrix.of(kernels, tensors.get("wpe.weight"), false);
        blocks = new Block[config.layers()];
        for (int layer = 0; layer < blocks.length; layer++) {
            List<String> linears = DecoderConfig.linears(layer);
            blocks[layer] = new Block(
                    norm(tensors, "h." + layer + ".ln_1"),
                    linear(tensors, linears.get(0)),
                    linear(tensors, linears.get(1)),
                    norm(tensors, "h." + layer + ".ln_2"),
                    linear(tensors, linears.get(2)),
                    linear(tensors, linears.get(3)));
        }
        finalNorm = norm(tensors, "ln_f");
        vocabulary = new PackedLinear(kernels, embedding, null, ActivationQuantization.NONE, null);
        int groups = embedding.groupsPerRow();
        for (Block block : blocks) {
            for (PackedLinear linear : List.of(block.attentionIn, block.attentionOut, block.innerIn, block.innerOut)) {
                groups = Math.max(groups, linear.weights().groupsPerRow());
            }
        }
        maximumGroups = groups;
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
        return new PackedDecoder(file.config(), file.activations(), file.tensors(), threads, Kernels.best());
    }

    private static Norm norm(Map<String, ? extends ModelTensor> tensors, String name) {
        return new Norm(
                tensors.get(name + ".weight").toFloats(),
                tensors.get(name + ".bias").toFloats());
    }

    private PackedLinear linear(Map<String, ? extends ModelTensor> tensors, String name) {
        boolean needsCodeSums = activations.enabled() && !activations.symmetric();
        WeightMatrix weights = WeightMatrix.of(kernels, tensors.get(name + ".weight"), needsCodeSums);
        float[] bias = tensors.get(name + ".bias").toFloats();
        return new PackedLinear(
                kernels, weights, bias, activations, activations.ranges().get(name));
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
        long total = embedding.memoryBytes() + positions.memoryBytes();
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
        return new KvCache(config, capacity);
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
        Run run = take();
        try {
            Workspace workspace = run.workspace;
            for (int start = from; start < to; start += Workspace.MAXIMUM_TOKENS) {
                run(run, tokens, start, Math.min(to, start + Workspace.MAXIMUM_TOKENS), cache);
            }
            lastHidden(workspace);
            normalize(finalNorm, workspace.single, workspace.vector, workspace.vector);
            vocabulary.apply(workspace, workspace.single, workspace.vector, logits);
            before = cache.length();
        } finally {
            cache.truncate(before);
            idle.offer(run);
        }
    }

    /**
     * Reads tokens after those in the cache, and gives the logits that follow each of them, in order.
     *
     * @throws IllegalArgumentException if a token is not in the vocabulary or the cache is too short
     */
    public void forwardAll(int[] tokens, KvCache cache, LogitsConsumer consumer) {
        check(tokens, 0, tokens.length, cache);
        int before = cache.length();
        Run run = take();
        try {
            Workspace workspace = run.workspace;
            int step = kernels.panelWidths()[0];
            int words = config.vocabularySize();
            float[] logits = new float[words];
            if (workspace.panelLogits == null) {
                workspace.panelLogits = new float[Math.multiplyExact(step, words)];
            }
            for (int start = 0; start < tokens.length; start += step) {
                int end = Math.min(tokens.length, start + step);
                run(run, tokens, start, end, cache);
                TokenBlock block = workspace.block;
                normalize(finalNorm, block, workspace.hidden, workspace.normed);
                vocabulary.apply(workspace, block, workspace.normed, workspace.panelLogits);
                for (int t = 0; t < end - start; t++) {
                    int panel = block.panelOf(t);
                    int width = block.width(panel);
                    int at = block.start(panel) * words + t - block.start(panel);
                    for (int word = 0; word < words; word++) {
                        logits[word] = workspace.panelLogits[at + word * width];
                    }
                    consumer.accept(start + t, logits);
                }
            }
            before = cache.length();
        } finally {
            cache.truncate(before);
            idle.offer(run);
        }
    }

    private Run take() {
        Run run = idle.poll();
        if (run == null) {
            Workspace workspace = new Workspace(config, kernels, pool, maximumGroups);
            run = new Run(workspace, new Attention(kernels, config, workspace));
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
    }

    /** One block of tokens through all layers; leaves the last hidden states in the workspace. */
    private void run(Run run, int[] tokens, int from, int to, KvCache cache) {
        Workspace workspace = run.workspace;
        TokenBlock block = workspace.block;
        block.reset(to - from);
        embed(workspace, tokens, from, cache.length());
        int values = block.lanes() * config.width();
        for (int layer = 0; layer < blocks.length; layer++) {
            Block weights = blocks[layer];
            normalize(weights.attentionNorm, block, workspace.hidden, workspace.normed);
            weights.attentionIn.apply(workspace, block, workspace.normed, workspace.qkv);
            cache.store(layer, block, workspace.qkv);
            run.attention.apply(pool, cache, layer);
            weights.attentionOut.apply(workspace, block, workspace.normed, workspace.added);
            add(workspace.hidden, workspace.added, values);

            normalize(weights.innerNorm, block, workspace.hidden, workspace.normed);
            weights.innerIn.apply(workspace, block, workspace.normed, workspace.inner);
            kernels.gelu(workspace.inner, 0, block.lanes() * config.innerWidth());
            weights.innerOut.apply(workspace, block, workspace.inner, workspace.added);
            add(workspace.hidden, workspace.added, values);
        }
        cache.advance(to - from);
    }

    private void embed(Workspace workspace, int[] tokens, int from, int position) {
        TokenBlock block = workspace.block;
        int features = config.width();
        for (int panel = 0; panel < block.panels(); panel++) {
            int width = block.width(panel);
            int start = block.start(panel);
            int used = block.used(panel);
            int at = start * features;
            for (int t = 0; t < used; t++) {
                embedding.row(tokens[from + start + t], workspace.codeBytes[0], workspace.vector, 0);
                positions.row(position + start + t, workspace.codeBytes[0], workspace.row, 0);
                for (int c = 0; c < features; c++) {
                    workspace.hidden[at + c * width + t] = workspace.vector[c] + workspace.row[c];
                }
            }
            for (int t = used; t < width; t++) {
                for (int c = 0; c < features; c++) {
                    workspace.hidden[at + c * width + t] = 0;
                }
            }
        }
    }

    private void normalize(Norm norm, TokenBlock block, float[] in, float[] out) {
        int features = config.width();
        for (int panel = 0; panel < block.panels(); panel++) {
            int at = block.start(panel) * features;
            kernels.layerNorm(
                    in, at, features, block.width(panel), norm.weight, norm.bias, config.layerNormEpsilon(), out, at);
        }
    }

    private static void add(float[] target, float[] values, int count) {
        for (int i = 0; i < count; i++) {
            target[i] += values[i];
        }
    }

    private void lastHidden(Workspace workspace) {
        TokenBlock block = workspace.block;
        int last = block.tokens() - 1;
        int panel = block.panelOf(last);
        int width = block.width(panel);
        int at = block.start(panel) * config.width() + last - block.start(panel);
        for (int c = 0; c < config.width(); c++) {
            workspace.vector[c] = workspace.hidden[at + c * width];
        }
    }

    /** Ends the threads that share calls. */
    @Override
    public void close() {
        pool.close();
    }
}
