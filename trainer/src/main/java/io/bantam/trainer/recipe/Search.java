package io.bantam.trainer.recipe;

import io.bantam.compression.quantizer.Granularity;
import io.bantam.trainer.ptq.PtqMethod;
import io.bantam.trainer.recipe.key.Key;
import io.bantam.trainer.recipe.key.Limits;
import java.util.List;
import java.util.Optional;

/**
 * What {@code bantam search} tries: every combination of a model and of values for some settings of one ptq stage, as
 * far as a stage may have them together. A list that is empty leaves the setting as the stage has it.
 *
 * @param models variants whose models are quantized, such as the teacher and students of fewer layers
 * @param stage name of the ptq stage that everything not listed here is taken from
 * @param bits widths of the linear layers
 * @param granularity which weights share a scale; AQLM has one a row whatever is listed
 * @param methods how codes are chosen
 * @param embedding widths of the token embedding
 * @param activations widths of the inputs of the linear layers
 * @param calibration texts to look at; a stage that looks at none is tried once
 * @param budget what the result may cost
 * @param objectives what is to be small beside the loss
 * @param halving how many are tried how thoroughly
 */
public record Search(
        @Key(
                value = "Variants whose models are quantized, such as the teacher and students of fewer" + " layers.",
                standard = "[teacher]",
                notEmpty = true)
        List<String> models,

        @Key(value = "Name of the ptq stage that gives every setting not listed here.", notEmpty = true)
        String stage,

        @Key(value = "Bits per weight of the linear layers to try; an empty list takes the stage's.", standard = "[]")
        List<WeightBits> bits,

        @Key(
                value = "Granularities of the scales to try; an empty list takes the stage's. AQLM always has"
                        + " one scale per row.",
                standard = "[]")
        List<Granularity> granularity,

        @Key(value = "Methods to try; an empty list takes the stage's.", standard = "[]")
        List<PtqMethod.Name> methods,

        @Key(value = "Bits per weight of the token embedding to try; an empty list takes the stage's.", standard = "[]")
        List<WeightBits> embedding,

        @Key(
                value = "Bits per activation to try; an empty list takes the stage's.",
                standard = "[]",
                oneOf = {4, 8, 16})
        List<Integer> activations,

        @Key(value = "Calibration texts to try; an empty list takes the stage's.", standard = "[]")
        List<Ptq.Calibration> calibration,

        @Key("Bounds on the result; at least one is given.") Budget budget,

        @Key(
                value = "What is minimised beside the loss: bytes of the packed file, milliseconds per"
                        + " generated token.",
                standard = "[bytes]",
                notEmpty = true)
        List<Objective> objectives,

        @Key(value = "Successive halving: how many candidates are measured how thoroughly.", standard = "{}")
        Halving halving) {

    public Search {
        Limits.check(
                Search.class,
                models,
                stage,
                bits,
                granularity,
                methods,
                embedding,
                activations,
                calibration,
                budget,
                objectives,
                halving);
        models = List.copyOf(models);
        bits = List.copyOf(bits);
        granularity = List.copyOf(granularity);
        methods = List.copyOf(methods);
        embedding = List.copyOf(embedding);
        activations = List.copyOf(activations);
        calibration = List.copyOf(calibration);
        objectives = List.copyOf(objectives);
    }

    /** A figure of the packed file. */
    public enum Objective {
        /** Its size. */
        BYTES,
        /** Its time a generated token, on one thread. */
        MILLISECONDS
    }

    /**
     * Bounds; at least one is given.
     *
     * @param bytes the largest packed file
     * @param milliseconds the longest time a generated token, of the packed file on one thread of this machine
     * @param lossIncrease the most nats a token above the teacher's loss
     */
    public record Budget(
            @Key(value = "Most bytes of the packed file; null: no bound.", standard = "null", atLeast = 1)
            Optional<Long> bytes,

            @Key(
                    value = "Most milliseconds per generated token, on one thread of this machine; null: no bound.",
                    standard = "null",
                    above = 0)
            Optional<Double> milliseconds,

            @Key(
                    value = "Most nats per token above the teacher's loss; null: no bound.",
                    standard = "null",
                    atLeast = 0)
            Optional<Double> lossIncrease) {

        public Budget {
            Limits.check(Budget.class, bytes, milliseconds, lossIncrease);
        }
    }

    /**
     * Successive halving: all are tried with a part of the calibration text, of the steps and of the scored text; the
     * better ones again with more.
     *
     * @param rungs trials of those that come furthest; the last is with everything
     * @param keep one in so many goes on, and every rung takes so many times the text and steps of the one before
     * @param sequences of the validation text that the last rung scores
     */
    public record Halving(
            @Key(
                    value = "Rounds of trials; the last is with all text and steps.",
                    standard = "3",
                    atLeast = 1,
                    atMost = 8)
            int rungs,

            @Key(
                    value = "One candidate in this many goes on to the next round, which has this many times the"
                            + " text and steps.",
                    standard = "3",
                    atLeast = 2,
                    atMost = 16)
            int keep,

            @Key(
                    value = "Sequences of the validation text on which the last round measures the loss.",
                    standard = "64",
                    atLeast = 1,
                    atMost = 64)
            int sequences) {

        public Halving {
            Limits.check(Halving.class, rungs, keep, sequences);
        }
    }
}
