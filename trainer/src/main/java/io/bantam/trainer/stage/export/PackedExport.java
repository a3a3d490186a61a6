package io.bantam.trainer.stage.export;

import ai.djl.ndarray.NDManager;
import io.bantam.compression.export.PackWriter;
import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.ModelTensor;
import io.bantam.runtime.format.PackedFile;
import io.bantam.runtime.format.TextForm;
import io.bantam.runtime.model.ExactDecoder;
import io.bantam.runtime.model.Generator;
import io.bantam.runtime.model.KvCache;
import io.bantam.runtime.model.PackedDecoder;
import io.bantam.trainer.WorkFailedException;
import io.bantam.trainer.engine.Operations;
import io.bantam.trainer.engine.Precision;
import io.bantam.trainer.model.Decoder;
import io.bantam.trainer.stage.ModelState;
import io.bantam.trainer.tokenizer.CodeTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Writes a model's packed file and proves that it computes what the fake-quantized model computes: the same logits, and
 * the same greedy text on a hundred contexts. A file that does not is removed again.
 *
 * <p>The proof has two parts. In float64 on both sides the logits must be equal but for the last digits: this shows
 * that codes, scales, grids and formulas are those of the trained model. Then the file runs as it will run, in float32.
 * Where inputs are quantized, a rounding difference of 1e-7 moves about one input in a hundred thousand across a
 * boundary, a step of 1/128 of the largest, and the steps spread to all later tokens: any two float32 computations of
 * such a model, the trainer's own included, differ by 5e-4 to 4e-3, more the deeper it is. What is allowed there is
 * what such steps can do.
 *
 * <p>A model larger than memory cannot be run whole beside its file. Of it every weight of the file is compared with
 * the fake-quantized one, to the last bit.
 */
public final class PackedExport {
    /** Largest root mean square of the logits' difference over that of the logits, of a text, in float64. */
    static final double TOLERANCE = 1e-6;

    /** {@link #TOLERANCE} of a float32 computation with floating-point inputs. */
    static final double TOLERANCE_IN_FLOAT32 = 1e-3;

    /** {@link #TOLERANCE} of a float32 computation with quantized inputs. */
    static final double TOLERANCE_OF_QUANTIZED_INPUTS = 2e-2;

    /**
     * {@link #TOLERANCE} with sums of the residual stream on 8 bits or fewer: a last digit moves a sum by a whole step,
     * which all blocks above see. 2.1e-2 was seen.
     */
    private static final double TOLERANCE_OF_QUANTIZED_SUMS = 1e-1;

    /** A choice between logits this close, in units of the logits' root mean square, may fall either way. */
    private static final double NEAR_TIE = 0.01;

    /**
     * {@link #NEAR_TIE} with quantized inputs. The steps above have no small bound: a model with large outliers (8 bits
     * after training, inputs 3,000 times the median) was seen to turn a choice at 0.10. What a fault would do is caught
     * by the logits' tolerance and by the number of texts that differ.
     */
    private static final double NEAR_TIE_OF_QUANTIZED_INPUTS = 0.5;

    /** Texts that may differ at a near tie; of a hundred, models with such outliers were seen to differ in eleven. */
    private static final int MOST_NEAR_TIES = 25;

    private static final int EXACT_CONTEXTS = 10;

    /**
     * Texts of those that may differ by more: an input can lie just between two codes, since those behind ternary
     * weights with one scale are whole numbers times that scale, for the first token of a text above all, and then the
     * last digit decides. Seen in two texts of ten, which differed by 3e-6 and 3e-5. A fault would show in more than
     * half of them.
     */
    private static final int MOST_EXACT_TIES = 5;

    private static final int CONTEXTS = 100;
    private static final int CONTEXT_TOKENS = 64;
    private static final int NEW_TOKENS = 16;

    private final Operations operations;
    private final NDManager manager;

    public PackedExport(Operations operations, NDManager manager) {
        this.operations = operations;
        this.manager = manager;
    }

    /**
     * What the proof found.
     *
     * @param bytes size of the packed file
     * @param exactError root mean square of the logits' difference over that of the logits, in float64
     * @param logitsError the same with the packed model in float32, as it runs
     * @param contexts contexts whose greedy text was compared; 0 if the weights were compared instead
     * @param nearTies of these, contexts with a choice so close that it fell differently
     */
    public record Proof(long bytes, double exactError, double logitsError, int contexts, int nearTies) {
        /** What to tell the user. */
        public String summary() {
            if (contexts == 0) {
                return String.format(
                        Locale.ROOT,
                        "%,d bytes; every weight is the quantized model's to the bit; too large for memory to compare"
                                + " logits",
                        bytes);
            }
            return String.format(
                    Locale.ROOT,
                    "%,d bytes; logits within %.1e of the trained model's in float64, %.1e as it runs;"
                            + " greedy text equal on %d of %d contexts",
                    bytes,
                    exactError,
                    logitsError,
                    contexts - nearTies,
                    contexts);
        }
    }

    /**
     * Writes and proves.
     *
     * @param texts token sequences to take contexts from
     * @param textForm of the text that is completed; empty for models with an encoder
     * @throws WorkFailedException if the packed file computes something else
     */
    public Proof write(
            Path file, ModelState model, CodeTokenizer tokenizer, List<int[]> texts, Optional<TextForm> textForm)
            throws IOException {
        Files.createDirectories(file.getParent());
        try {
            if (model.isLarge()) {
                long bytes = PackWriter.writeTensorwise(
                        file,
                        model.config(),
                        model.weights(),
                        model.quantizedMatrices(),
                        model.activations(),
                        tokenizer.json(),
                        textForm);
                requireSameWeights(file, model);
                return new Proof(bytes, 0, 0, 0, 0);
            }
            long bytes = PackWriter.writeQuantized(
                    file,
                    model.config(),
                    model.weights(),
                    model.quantizedMatrices(),
                    model.activations(),
                    tokenizer.json(),
                    textForm);
            return textForm.isEmpty()
                    ? new EncoderExport(operations, manager).prove(file, bytes, model, texts)
                    : prove(file, bytes, model, texts);
        } catch (WorkFailedException wrong) {
            Files.delete(file);
            throw wrong;
        }
    }

    private static void requireSameWeights(Path file, ModelState model) throws IOException {
        PackedFile packed = PackedFile.read(file);
        Map<String, float[]> wanted = model.quantizedWeights();
        for (Map.Entry<String, ModelTensor> entry : packed.tensors().entrySet()) {
            if (!Arrays.equals(entry.getValue().toFloats(), wanted.get(entry.getKey()))) {
                throw new WorkFailedException(file + ": " + entry.getKey() + " differs from the quantized model's; the"
                        + " file was removed. This is a fault of Bantam: please report it with the recipe.");
            }
        }
    }

    private Proof prove(Path file, long bytes, ModelState model, List<int[]> texts) throws IOException {
        boolean quantized = model.activations().enabled();
        double nearTie = quantized ? NEAR_TIE_OF_QUANTIZED_INPUTS : NEAR_TIE;
        Difference exact = new Difference();
        Difference asItRuns = new Difference();
        int nearTies = 0;
        int exactTies = 0;
        PackedFile packed = PackedFile.read(file);
        ExactDecoder definition = ExactDecoder.of(packed);
        try (PackedDecoder decoder = PackedDecoder.of(packed, 1);
                Decoder simulated = model.simulatedDecoder(operations, manager, Precision.FLOAT64)) {
            Generator generator = new Generator(decoder);
            for (int i = 0; i < CONTEXTS; i++) {
                int[] context = context(texts, i, model.config().positions() - NEW_TOKENS);
                int[] added = generator.generate(context, Generator.Options.greedy(NEW_TOKENS, -1));
                int[] all = Arrays.copyOf(context, context.length + added.length);
                System.arraycopy(added, 0, all, context.length, added.length);
                float[] expected = simulated.logits(all, 1, model.running());
                if (i < EXACT_CONTEXTS) {
                    Difference text = new Difference();
                    addExact(text, definition, all, expected);
                    boolean mayTie = quantized && exactTies < MOST_EXACT_TIES;
                    requireWithin(file, text.relative(), mayTie ? TOLERANCE_OF_QUANTIZED_INPUTS : TOLERANCE);
                    exactTies += text.relative() > TOLERANCE ? 1 : 0;
                    exact.add(text);
                }
                addAsItRuns(asItRuns, decoder, all, expected);
                nearTies += greedyDifference(file, context.length, all, expected, nearTie) ? 1 : 0;
            }
        }
        requireWithin(file, asItRuns.relative(), toleranceAsItRuns(packed));
        if (nearTies > MOST_NEAR_TIES) {
            throw differs(file);
        }
        return new Proof(bytes, exact.relative(), asItRuns.relative(), CONTEXTS, nearTies);
    }

    private static double toleranceAsItRuns(PackedFile packed) {
        ActivationQuantization activations = packed.activations();
        if (!activations.enabled()) {
            return TOLERANCE_IN_FLOAT32;
        }
        boolean coarseSums = packed.config().activationNames().stream()
                .anyMatch(name -> DecoderConfig.isSum(name) && activations.bits(name) <= 8);
        return coarseSums ? TOLERANCE_OF_QUANTIZED_SUMS : TOLERANCE_OF_QUANTIZED_INPUTS;
    }

    /** Sums for the root mean square of a difference over that of what was wanted. */
    private static final class Difference {
        private double differences;
        private double wanted;

        void add(double actual, double expected) {
            differences += (actual - expected) * (actual - expected);
            wanted += expected * expected;
        }

        void add(Difference other) {
            differences += other.differences;
            wanted += other.wanted;
        }

        double relative() {
            return Math.sqrt(differences / Math.max(wanted, Double.MIN_NORMAL));
        }
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

    private static WorkFailedException differs(Path file) {
        return new WorkFailedException(
                file + ": the packed model's greedy text differs from the trained model's; the file"
                        + " was removed. This is a fault of Bantam: please report it with the recipe.");
    }

    private static int[] context(List<int[]> texts, int index, int longest) {
        int[] text = texts.get(index % texts.size());
        int round = index / texts.size();
        int length = Math.min(Math.min(CONTEXT_TOKENS, longest), text.length);
        int from = Math.min(text.length - length, round * length);
        return Arrays.copyOfRange(text, from, from + length);
    }

    private static void addExact(Difference difference, ExactDecoder decoder, int[] tokens, float[] expected) {
        double[][] logits = decoder.logits(tokens);
        int vocabulary = logits[0].length;
        for (int t = 0; t < tokens.length; t++) {
            for (int v = 0; v < vocabulary; v++) {
                difference.add(logits[t][v], expected[t * vocabulary + v]);
            }
        }
    }

    private static void addAsItRuns(Difference difference, PackedDecoder decoder, int[] tokens, float[] expected) {
        int vocabulary = decoder.config().vocabularySize();
        KvCache cache = decoder.newCache(tokens.length);
        decoder.forwardAll(tokens, cache, (index, logits) -> {
            for (int v = 0; v < vocabulary; v++) {
                difference.add(logits[v], expected[index * vocabulary + v]);
            }
        });
    }

    /**
     * Follows the packed model's greedy text with the simulated model's logits: by induction the texts are equal if
     * every token is the simulated model's choice too.
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
                    throw differs(file);
                }
                return true;
            }
        }
        return false;
    }
}
