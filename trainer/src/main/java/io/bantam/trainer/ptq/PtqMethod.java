package io.bantam.trainer.ptq;

import io.bantam.compression.ptq.InputStatistics;
import io.bantam.compression.quantizer.FloatMatrix;
import io.bantam.compression.quantizer.Granularity;
import io.bantam.compression.quantizer.QuantizedMatrix;
import io.bantam.compression.quantizer.QuantizedWeight;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.trainer.hub.ModelFacts;
import io.bantam.trainer.recipe.key.Words;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * A way of choosing the codes of trained weights. Each method is one record: its components are its recipe keys.
 *
 * <p>To add one, write its record and name it twice in this file: among those permitted and in {@link Name}. If it has
 * keys of its own, {@code recipe.Ptq} gets a component of its type too, and {@link Settings} an accessor.
 */
public sealed interface PtqMethod {
    /** A method that works on one linear layer after the other. */
    sealed interface ByLayer extends PtqMethod permits Nearest, Gptq, Awq, AdaRound {
        /**
         * Chooses the codes of a weight.
         *
         * @throws IllegalArgumentException if the weight cannot be quantized so
         */
        QuantizedLayer quantize(LayerWork work);
    }

    /** A method that works on all linear layers of a block together. */
    sealed interface ByBlock extends PtqMethod permits AutoRound, Aqlm {
        /** Returns how many calibration sequences a step of it looks at. */
        int batchSize();

        /**
         * Chooses the codes of a block.
         *
         * @return the part of the block's error that is left of the error before the method learned, 0 to 1
         */
        double quantize(BlockWork work) throws IOException;

        @Override
        default Scope scope() {
            return Scope.BLOCK;
        }
    }

    /** The methods' names in recipes, and where a recipe has their keys. */
    enum Name {
        /** Every weight goes to the nearest point of its grid. */
        ROUND_TO_NEAREST(_ -> new Nearest()),
        /** Later columns make up for the error of earlier ones (arXiv:2210.17323). */
        GPTQ(Settings::gptq),
        /** Columns with large inputs are scaled up, and groups clipped where it helps (arXiv:2306.00978). */
        AWQ(_ -> new Awq()),
        /** Each layer learns which weights to round up (arXiv:2004.10568). */
        ADA_ROUND(Settings::adaRound),
        /** Each block learns rounding and ranges by sign descent (arXiv:2309.05516). */
        AUTO_ROUND(Settings::autoRound),
        /** Runs of weights become sums of codewords, fitted block by block (arXiv:2401.06118). */
        AQLM(Settings::aqlm);

        private final Function<Settings, PtqMethod> method;

        Name(Function<Settings, PtqMethod> method) {
            this.method = method;
        }

        /** Returns the method with the keys that a recipe gives it. */
        public PtqMethod in(Settings recipe) {
            return method.apply(recipe);
        }
    }

    /** The keys of all methods that have some, as a recipe's ptq stage holds them. */
    interface Settings {
        Gptq gptq();

        AdaRound adaRound();

        AutoRound autoRound();

        Aqlm aqlm();
    }

    /** How much of a model a method looks at to choose a code. */
    enum Scope {
        /** The weight alone: no calibration text is needed. */
        WEIGHT,
        /** The weight and its layer's inputs on the calibration text. */
        LAYER,
        /** All weights of a block, its inputs and its outputs. */
        BLOCK
    }

    /** Returns the method's name. */
    Name name();

    /** Returns how much of a model it looks at. */
    Scope scope();

    /** Returns why it cannot quantize a model; empty if it applies. */
    default List<Refusal> applies(ModelFacts model) {
        return List.of();
    }

    /** Returns what of a stage's other keys it cannot do; empty if it can do all. */
    default List<Refusal> refusals(PtqDemands demands) {
        List<Refusal> refusals = new ArrayList<>();
        demands.gridless()
                .ifPresent(unfit -> refusals.add(Refusal.ofMethod(
                        "'" + word() + "' has no " + unfit.adjective() + " weights",
                        "use bits: " + unfit.instead() + ", or method: " + Words.of(Name.ROUND_TO_NEAREST))));
        if (demands.granularity() instanceof Granularity.EqualGroups) { // which may span several rows
            refusals.add(new Refusal(
                    List.of("weights", "granularity"),
                    "groups of whole rows are for distillation and round-to-nearest",
                    "write per-row"));
        }
        return refusals;
    }

    /** Returns the same method with a part of its steps, above 0 and at most 1; for trials of a search. */
    default PtqMethod part(double part) {
        return this;
    }

    /** Whether it scales the inputs of layers and folds the scales into what stands before them. */
    default boolean scalesInputs() {
        return false;
    }

    /**
     * Returns a factor for each column of a weight, by which its inputs are divided before the weight is quantized.
     *
     * @param inputs of the layer, with the statistics of each feature
     * @throws IllegalStateException if the method does not scale inputs
     */
    default double[] inputScales(FloatMatrix weight, Quantizer quantizer, InputStatistics inputs) {
        throw new IllegalStateException(word() + " scales no inputs");
    }

    /**
     * Returns codes of the method's own form, all 0, whose size and speed are those of the codes that it will choose;
     * empty if its codes have the quantizer's form.
     *
     * @param scale a value for the scales
     */
    default Optional<QuantizedWeight> placeholder(int rows, int columns, int bits, float scale) {
        return Optional.empty();
    }

    /**
     * Returns what of the method's keys decides the form of its codes, and so a packed file's size; equal forms are
     * equal.
     */
    default List<Integer> form() {
        return List.of();
    }

    /** Returns the name as a recipe writes it. */
    default String word() {
        return Words.of(name());
    }

    /**
     * What became of a weight.
     *
     * @param codes the chosen codes and scales
     * @param outputError the part of the layer's output's power that is error, on the calibration text
     */
    record QuantizedLayer(QuantizedMatrix codes, double outputError) {}
}
