package io.bantam.trainer.ptq;

import io.bantam.trainer.hub.ModelFacts;
import java.util.List;

/**
 * Why something cannot be done, for the user's recipe.
 *
 * @param key the key in the wrong, from the ptq stage on, such as {@code [aqlm, vector]}
 * @param problem what is wrong
 * @param advice what to write instead
 */
public record Refusal(List<String> key, String problem, String advice) {
    public Refusal {
        key = List.copyOf(key);
    }

    static Refusal ofMethod(String problem, String advice) {
        return new Refusal(List.of("method"), problem, advice);
    }

    /** Refuses a model with an encoder, for a method that is made for decoders. */
    static List<Refusal> ofEncoder(PtqMethod method, ModelFacts model) {
        return model.hasEncoder()
                ? List.of(ofMethod(
                        "'" + method.word() + "' is made for decoders, and a " + model.family() + " has an encoder",
                        "use gptq, ada-round or round-to-nearest"))
                : List.of();
    }

    /** Refuses grids without a range, for a method that learns ranges or fits values of its own. */
    static void addRangeless(PtqMethod method, PtqDemands demands, List<Refusal> refusals) {
        demands.rangeless()
                .ifPresent(unfit -> refusals.add(ofMethod(
                        "'" + method.word() + "' has no " + unfit.adjective() + " weights",
                        "use bits: " + unfit.instead() + ", or method: gptq")));
    }

    /** Refuses a step that takes more sequences than the calibration has. */
    static void addBatch(String method, int batchSize, PtqDemands demands, List<Refusal> refusals) {
        if (batchSize > demands.samples()) {
            refusals.add(new Refusal(
                    List.of(method, "batchSize"),
                    "a step of " + batchSize + " sequences does not fit into a calibration of " + demands.samples(),
                    "at most " + demands.samples()));
        }
    }
}
