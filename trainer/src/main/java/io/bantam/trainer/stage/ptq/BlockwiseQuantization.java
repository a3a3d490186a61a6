package io.bantam.trainer.stage.ptq;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.bantam.compression.ptq.BiasCorrection;
import io.bantam.compression.ptq.InputStatistics;
import io.bantam.compression.quantizer.FloatMatrix;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.compression.quantizer.WeightQuantization;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.trainer.engine.FreedMemory;
import io.bantam.trainer.model.DecoderBlock;
import io.bantam.trainer.model.DecoderBlock.Part;
import io.bantam.trainer.ptq.LayerWork;
import io.bantam.trainer.ptq.PtqMethod;
import io.bantam.trainer.ptq.StreamFile;
import io.bantam.trainer.recipe.Ptq;
import io.bantam.trainer.stage.CodesFile;
import io.bantam.trainer.stage.EffortMeter;
import io.bantam.trainer.stage.ModelState;
import io.bantam.trainer.stage.RunContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Quantizes the linear layers of a model one after the other, each with the inputs that the quantized ones before it
 * give.
 *
 * <p>Only one block's weights and one batch of residual streams are in the engine's memory at a time. A finished block
 * is written to {@code blocks/}; a resumed run reads it back and only runs it.
 */
final class BlockwiseQuantization {
    /**
     * Tokens of a batch: so few that what lies between two linear layers of a width of 768 is no more than the C
     * library keeps for the next batch.
     */
    private static final int BATCH_TOKENS = 2048;
    /**
     * Bytes up to which the system's cache holds a file that is written once and read once, faster than its values are
     * computed.
     */
    private static final long LARGEST_FILE = 2L << 30;
    /** Bytes: three times what a batch of a width of 768 frees. */
    private static final long MOST_FREED = 256L << 20;

    private final RunContext context;
    private final Ptq ptq;
    private final String phase;
    private final String fingerprint;
    private final EffortMeter effort;
    private final PtqMethod method;
    private final FreedMemory freed = new FreedMemory(MOST_FREED);
    private final Map<String, Double> metrics = new LinkedHashMap<>();

    /**
     * @param phase the stage's folder in the run folder
     * @param fingerprint of the stage's settings and inputs
     * @param effort measures the stage; takes over what earlier sittings took
     */
    BlockwiseQuantization(RunContext context, Ptq ptq, String phase, String fingerprint, EffortMeter effort) {
        this.context = context;
        this.ptq = ptq;
        this.phase = phase;
        this.fingerprint = fingerprint;
        this.effort = effort;
        this.method = ptq.chosen();
    }

    /**
     * Returns the part of each quantized weight's output power that is error, as {@code outputError.NAME}; with
     * AutoRound for each block the part of the nearest values' error that is left, as {@code errorLeft.h.N}; with AQLM
     * the part that the fit of the whole block left.
     */
    Map<String, Double> metrics() {
        return Collections.unmodifiableMap(metrics);
    }

    /**
     * Quantizes a float model.
     *
     * @param sequences calibration tokens, all of one length
     */
    ModelState run(ModelState model, WeightQuantization quantization, List<int[]> sequences) throws IOException {
        QuantizationWork work = new QuantizationWork(context.compute(), model, quantization);
        boolean wholeBlocks = method.scope() == PtqMethod.Scope.BLOCK;
        int rows = switch (method) {
            case PtqMethod.ByBlock byBlock -> byBlock.batchSize();
            case PtqMethod.ByLayer _ -> Math.max(1, BATCH_TOKENS / sequences.getFirst().length);
        };
        Path folder = context.home().of(phase);
        try (StreamFile streams = embed(folder.resolve("streams.tmp"), work, work.embedding(), sequences, rows);
                StreamFile wanted = wholeBlocks
                        ? embed(
                                folder.resolve("wanted.tmp"),
                                work,
                                work.master(DecoderConfig.EMBEDDING),
                                sequences,
                                rows)
                        : null;
                Inputs inputs = new Inputs(folder, streams, work.config())) {
            for (int layer = 0; layer < model.config().layers(); layer++) {
                if (wholeBlocks) {
                    try (DecoderBlock block = work.block(layer)) {
                        advance(block, wanted, Part.FEED_FORWARD, null);
                        advance(block, wanted, Part.END, null);
                    }
                }
                block(work, layer, folder, streams, wanted, inputs);
                context.progress().counted(layer + 1L, model.config().layers(), phase + ": blocks");
            }
        }
        return work.result();
    }

    /** Chooses one block's codes, or reads them, and lets the streams pass the block. */
    private void block(
            QuantizationWork work, int layer, Path folder, StreamFile streams, StreamFile wanted, Inputs inputs)
            throws IOException {
        inputs.clear();
        Map<String, Double> found = new LinkedHashMap<>();
        Path file = folder.resolve("blocks").resolve("block-" + layer + ".safetensors");
        Optional<CodesFile> done = finished(file);
        if (done.isPresent()) {
            work.take(done.get());
            work.written(layer, file);
            found.putAll(done.get().metrics());
            effort.restore(done.get().sums());
        } else if (ptq.foldsScales()) {
            new InputFolding(context.compute(), ptq).fold(work, layer, streams);
        }
        if (done.isEmpty() && method instanceof PtqMethod.ByBlock byBlock) {
            double left =
                    byBlock.quantize(new BlockOfWork(context.compute(), ptq, work, layer, streams, wanted, found));
            found.put("errorLeft.h." + layer, left);
            write(work, layer, file, found);
        }
        try (DecoderBlock block = work.block(layer)) {
            if (done.isEmpty() && method instanceof PtqMethod.ByLayer byLayer) {
                linears(
                        byLayer, work, layer, block, streams, inputs,
                        found); // the streams pass the attention on the way
                write(work, layer, file, found);
            } else {
                advance(block, streams, Part.FEED_FORWARD, null);
            }
            advance(block, streams, Part.END, inputs.before(Part.END));
        }
        metrics.putAll(found);
    }

    private void write(QuantizationWork work, int layer, Path file, Map<String, Double> found) throws IOException {
        work.finished(layer, fingerprint, found, effort.sums()).write(file);
        work.written(layer, file);
    }

    private Optional<CodesFile> finished(Path file) throws IOException {
        if (!context.home().resume() || !Files.exists(file)) {
            Files.createDirectories(file.getParent());
            return Optional.empty();
        }
        return Optional.of(CodesFile.read(file))
                .filter(codes -> codes.fingerprint().equals(fingerprint));
    }

    private StreamFile embed(Path file, QuantizationWork work, float[] embedding, List<int[]> sequences, int rows)
            throws IOException {
        int width = work.config().width();
        int tokens = sequences.getFirst().length;
        Shape[] shapes = new Shape[(sequences.size() + rows - 1) / rows];
        for (int batch = 0; batch < shapes.length; batch++) {
            shapes[batch] = new Shape(Math.min(rows, sequences.size() - batch * rows), tokens, width);
        }
        StreamFile streams = new StreamFile(file, shapes);
        float scale = (float) work.config().architecture().embeddingScale();
        float[] positions = work.config()
                .architecture()
                .sinusoids()
                .map(fixed -> fixed.table(tokens, width))
                .orElse(work.master(DecoderConfig.POSITIONS));
        for (int batch = 0; batch < shapes.length; batch++) {
            float[] values = new float[Math.toIntExact(shapes[batch].size())];
            int at = 0;
            for (int[] sequence : sequences.subList(batch * rows, Math.min(sequences.size(), (batch + 1) * rows))) {
                for (int token = 0; token < tokens; token++) {
                    for (int i = 0; i < width; i++) {
                        values[at++] = scale * embedding[sequence[token] * width + i];
                        if (positions != null) {
                            values[at - 1] += positions[token * width + i];
                        }
                    }
                }
            }
            try (NDManager scope = context.compute().manager().newSubManager()) {
                streams.write(batch, scope.create(values, shapes[batch]));
            }
        }
        return streams;
    }

    private void linears(
            PtqMethod.ByLayer byLayer,
            QuantizationWork work,
            int layer,
            DecoderBlock block,
            StreamFile streams,
            Inputs inputs,
            Map<String, Double> found)
            throws IOException {
        List<String> linears = DecoderConfig.linears(layer);
        for (int i = 0; i < linears.size(); i++) {
            Part part = Part.values()[i];
            String name = linears.get(i) + ".weight";
            Optional<Quantizer> quantizer = work.quantizer(name);
            if (quantizer.isPresent()) {
                FloatMatrix weight = work.matrix(name);
                try (InputStatistics statistics = context.compute()
                        .inputStatistics(context.compute().manager(), weight.columns(), ptq.biasCorrection())) {
                    observe(name, block, streams, inputs, part, statistics);
                    linear(byLayer, work, block, linears.get(i), weight, quantizer.get(), statistics, found);
                }
            } else if (part == Part.FEED_FORWARD) {
                advance(block, streams, part, inputs.before(part));
            }
        }
    }

    private void linear(
            PtqMethod.ByLayer byLayer,
            QuantizationWork work,
            DecoderBlock block,
            String linear,
            FloatMatrix weight,
            Quantizer quantizer,
            InputStatistics inputs,
            Map<String, Double> found) {
        String name = linear + ".weight";
        PtqMethod.QuantizedLayer chosen = new LayerWork(
                        work.config(),
                        name,
                        weight,
                        quantizer,
                        inputs,
                        context.compute().manager(),
                        this::message)
                .quantizedBy(byLayer);
        float[] values = chosen.codes().dequantize();
        work.choose(name, chosen.codes());
        block.set(name, values);
        found.put("outputError." + name, chosen.outputError());
        if (ptq.biasCorrection()) {
            String bias = linear + ".bias";
            float[] corrected = BiasCorrection.corrected(work.master(bias), weight, values, inputs.means());
            work.replace(bias, corrected);
            block.set(bias, corrected);
        }
    }

    private void message(String line) {
        context.progress().message(phase + ": " + line);
    }

    /** @param inputs takes those that a later part would compute again */
    private void observe(
            String name, DecoderBlock block, StreamFile streams, Inputs inputs, Part part, InputStatistics statistics)
            throws IOException {
        StreamFile known = inputs.before(part);
        StreamFile kept = inputs.of(part);
        for (int batch = 0; batch < streams.batches(); batch++) {
            try (NDManager scope = context.compute().manager().newSubManager()) {
                DecoderBlock.Step step = run(block, scope, part, streams, known, batch);
                if (kept != null) {
                    kept.write(batch, step.input());
                }
                if (part == Part.FEED_FORWARD) {
                    streams.write(batch, step.stream());
                }
                statistics.observe(step.input());
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("input of " + name + ": " + e.getMessage(), e);
            }
        }
    }

    /**
     * Runs all streams through a part.
     *
     * @param known the inputs of the linear layer before it, null if they are not known
     */
    private void advance(DecoderBlock block, StreamFile streams, Part part, StreamFile known) throws IOException {
        for (int batch = 0; batch < streams.batches(); batch++) {
            try (NDManager scope = context.compute().manager().newSubManager()) {
                streams.write(batch, run(block, scope, part, streams, known, batch).stream());
            }
        }
    }

    private DecoderBlock.Step run(
            DecoderBlock block, NDManager scope, Part part, StreamFile streams, StreamFile known, int batch)
            throws IOException {
        freed.limit();
        NDArray stream = streams.read(scope, batch);
        return known == null
                ? block.run(scope, part, stream)
                : block.run(scope, part, stream, known.read(scope, batch));
    }

    /**
     * Files with the inputs of those linear layers of a block whose outputs are added to the residual streams, so that
     * they are not computed twice.
     */
    private static final class Inputs implements AutoCloseable {
        private final StreamFile attended;
        private final StreamFile hidden;

        Inputs(Path folder, StreamFile streams, DecoderConfig config) throws IOException {
            String last = DecoderConfig.linears(0).getLast() + ".weight";
            this.attended = streams.another(folder.resolve("attended.tmp"), config.attentionWidth());
            this.hidden = streams.another(
                    folder.resolve("hidden.tmp"), config.shapes().get(last).get(1));
        }

        /** Where the inputs of the layer after a part are kept, null if they are not. */
        StreamFile of(Part part) {
            return switch (part) {
                case ATTENTION_PROJECTION -> attended;
                case FEED_FORWARD_PROJECTION -> hidden.bytes() <= LARGEST_FILE ? hidden : null;
                default -> null;
            };
        }

        /** The inputs of the linear layer before a part, null if they were not kept or the part can do without. */
        StreamFile before(Part part) {
            StreamFile file = switch (part) {
                case FEED_FORWARD -> attended;
                case END -> hidden;
                default -> null;
            };
            return file == null || file.isEmpty() ? null : file;
        }

        void clear() {
            attended.clear();
            hidden.clear();
        }

        @Override
        public void close() throws IOException {
            try (attended) {
                hidden.close();
            }
        }
    }
}
