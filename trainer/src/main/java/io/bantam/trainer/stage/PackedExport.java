package io.bantam.trainer.stage;

import ai.djl.ndarray.NDManager;
import io.bantam.compression.export.PackWriter;
import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.PackedFile;
import io.bantam.runtime.kernel.Kernels;
import io.bantam.runtime.model.Generator;
import io.bantam.runtime.model.KvCache;
import io.bantam.runtime.model.PackedDecoder;
import io.bantam.trainer.WorkFailedException;
import io.bantam.trainer.engine.Operations;
import io.bantam.trainer.engine.Precision;
import io.bantam.trainer.model.Gpt2;
import io.bantam.trainer.tokenizer.CodeTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Writes a model's packed file and proves that it computes what the fake-quantized model computes: the same logits, and
 * the same greedy text on a hundred contexts. A file that does not is removed again.
 *
 * <p>The simulated model sums its products in float64, as exact as the packed model's integer sums. What rounding is left
 * makes a relative difference of about 1e-7 a layer. Where inputs are quantized, that moves about one input in a hundred
 * thousand across a rounding boundary, a step of 1/128 of the largest, and the steps spread to all later tokens: the logits
 * differ by 5e-4 to 3e-3, more the less a model is trained. So such a file is proved twice: with its inputs left in float,
 * where it must agree as a float model does, and as it runs, where a wrong grid would show by far more.
 */
final class PackedExport {
    /** Largest root mean square of the logits' difference over that of the logits, over all contexts. */
    static final double TOLERANCE = 1e-3;

    /** The same with inputs quantized. */
    static final double TOLERANCE_OF_QUANTIZED_INPUTS = 2e-2;

    /** A choice between logits this close, in units of the logits' root mean square, may fall either way. */
    private static final double NEAR_TIE = 0.01;

    private static final double NEAR_TIE_OF_QUANTIZED_INPUTS = 0.1;

    private static final int CONTEXTS_IN_FLOAT = 10;

    private static final int CONTEXTS = 100;
    private static final int CONTEXT_TOKENS = 64;
    private static final int NEW_TOKENS = 16;

    private final Operations operations;
    private final NDManager manager;

    PackedExport(Operations operations, NDManager manager) {
        this.operations = operations;
        this.manager = manager;
    }

    /**
     * What the proof found.
     *
     * @param bytes size of the packed file
     * @param weightsError root mean square of the logits' difference over that of the logits, inputs left in float
     * @param logitsError the same with inputs as the file has them
     * @param contexts contexts whose greedy text was compared
     * @param nearTies of these, contexts with a choice so close that it fell differently
     */
    record Proof(long bytes, double weightsError, double logitsError, int contexts, int nearTies) {}

    /**
     * Writes and proves.
     *
     * @param texts token sequences to take contexts from
     * @throws WorkFailedException if the packed file computes something else
     */
    Proof write(Path file, StudentModel model, CodeTokenizer tokenizer, List<int[]> texts) throws IOException {
        Files.createDirectories(file.getParent());
        long bytes = PackWriter.write(
                file, model.config(), model.weights(), model.quantization(), model.activations(), tokenizer.json());
        try {
            return prove(file, bytes, model, texts);
        } catch (WorkFailedException wrong) {
            Files.delete(file);
            throw wrong;
        }
    }

    private Proof prove(Path file, long bytes, StudentModel model, List<int[]> texts) throws IOException {
        boolean quantized = model.activations().enabled();
        double nearTie = quantized ? NEAR_TIE_OF_QUANTIZED_INPUTS : NEAR_TIE;
        double weightsError = quantized ? weightsError(file, model, texts) : 0;
        requireWithin(file, weightsError, TOLERANCE);
        double[] squares = new double[2];
        int compared = 0;
        int nearTies = 0;
        try (PackedDecoder decoder = PackedDecoder.load(file);
                Gpt2 simulated = model.simulated(operations, manager, Precision.FLOAT64)) {
            Generator generator = new Generator(decoder);
            for (int i = 0; i < CONTEXTS; i++) {
                int[] context = context(texts, i, model.config().positions() - NEW_TOKENS);
                int[] added = generator.generate(context, Generator.Options.greedy(NEW_TOKENS, -1));
                int[] all = java.util.Arrays.copyOf(context, context.length + added.length);
                System.arraycopy(added, 0, all, context.length, added.length);
                float[] expected = simulated.logits(all, 1, model.running());
                addSquares(squares, decoder, all, expected);
                nearTies += greedyDifference(file, context.length, all, expected, nearTie) ? 1 : 0;
                compared++;
            }
        }
        double error = relative(squares);
        requireWithin(file, error, quantized ? TOLERANCE_OF_QUANTIZED_INPUTS : TOLERANCE);
        return new Proof(bytes, quantized ? weightsError : error, error, compared, nearTies);
    }

    /** The error with inputs in float on both sides: that of codes, scales and everything else in the file. */
    private double weightsError(Path file, StudentModel model, List<int[]> texts) throws IOException {
        StudentModel inFloat = model.quantized(model.quantization(), ActivationQuantization.NONE);
        double[] squares = new double[2];
        PackedFile packed = PackedFile.read(file);
        try (PackedDecoder decoder = new PackedDecoder(
                        packed.config(), ActivationQuantization.NONE, packed.tensors(), 1, Kernels.best());
                Gpt2 simulated = inFloat.simulated(operations, manager, Precision.FLOAT64)) {
            for (int i = 0; i < CONTEXTS_IN_FLOAT; i++) {
                int[] context = context(texts, i, model.config().positions());
                addSquares(squares, decoder, context, simulated.logits(context, 1, inFloat.running()));
            }
        }
        return relative(squares);
    }

    private static double relative(double[] squares) {
        return Math.sqrt(squares[0] / Math.max(squares[1], Double.MIN_NORMAL));
    }

    private static void requireWithin(Path file, double error, double tolerance) {
        if (error > tolerance) {
            throw new WorkFailedException(String.format(
                    Locale.ROOT,
                    "%s: the packed model's logits differ from the trained model's by %.2e (relative), more than %.0e;"
                            + " the file was removed. This is a fault of Bantam: please report it with the recipe.",
                    file,
                    error,
                    tolerance));
        }
    }

    private static int[] context(List<int[]> texts, int index, int longest) {
        int[] text = texts.get(index % texts.size());
        int round = index / texts.size();
        int length = Math.min(Math.min(CONTEXT_TOKENS, longest), text.length);
        int from = Math.min(text.length - length, round * length);
        return java.util.Arrays.copyOfRange(text, from, from + length);
    }

    private static void addSquares(double[] sums, PackedDecoder decoder, int[] tokens, float[] expected) {
        int vocabulary = decoder.config().vocabularySize();
        KvCache cache = decoder.newCache(tokens.length);
        decoder.forwardAll(tokens, cache, (index, logits) -> {
            for (int v = 0; v < vocabulary; v++) {
                double wanted = expected[index * vocabulary + v];
                double difference = logits[v] - wanted;
                sums[0] += difference * difference;
                sums[1] += wanted * wanted;
            }
        });
    }

    /**
     * Follows the packed model's greedy text with the simulated model's logits: by induction the texts are equal if every
     * token is the simulated model's choice too.
     *
     * @return whether a choice differed that was a near tie
     */
    private static boolean greedyDifference(
            Path file, int contextLength, int[] tokens, float[] logits, double nearTie) {
        int vocabulary = logits.length / tokens.length;
        for (int at = contextLength; at < tokens.length; at++) {
            int from = (at - 1) * vocabulary;
            float best = Float.NEGATIVE_INFINITY;
            double squares = 0;
            for (int v = 0; v < vocabulary; v++) {
                best = Math.max(best, logits[from + v]);
                squares += logits[from + v] * logits[from + v];
            }
            float chosen = logits[from + tokens[at]];
            if (chosen < best) {
                if (best - chosen > nearTie * Math.sqrt(squares / vocabulary)) {
                    throw new WorkFailedException(file + ": the packed model's greedy text differs from the trained"
                            + " model's; the file was removed. This is a fault of Bantam: please report it with the"
                            + " recipe.");
                }
                return true;
            }
        }
        return false;
    }
}
