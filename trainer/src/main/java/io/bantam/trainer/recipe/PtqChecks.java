package io.bantam.trainer.recipe;

import io.bantam.compression.quantizer.WeightQuantization;
import io.bantam.runtime.format.ModelConfig;
import io.bantam.trainer.hub.ModelFacts;
import io.bantam.trainer.ptq.Refusal;
import io.bantam.trainer.recipe.key.Words;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Checks what can be known of a ptq stage: alone, and against the model that it quantizes. */
final class PtqChecks {
    private final Checks checks;

    PtqChecks(Checks checks) {
        this.checks = checks;
    }

    /** Checks the stage's keys against each other. */
    void alone(KeyPath path, Ptq ptq) {
        ptq.chosen().refusals(ptq.demands()).forEach(refusal -> report(path, refusal));
        checks.error(
                ptq.smoothing().isPresent()
                        && ptq.activations().flatMap(Ptq.Activations::groups).isPresent(),
                path.child("activations").child("groups"),
                "'smoothing' scales the inputs already",
                "remove one of them");
        boolean reads =
                ptq.calibration().kind() == Ptq.Text.TEXT || ptq.calibration().kind() == Ptq.Text.MIXED;
        String kind = Words.of(ptq.calibration().kind());
        checks.error(
                reads && ptq.calibration().path().isEmpty(),
                path.child("calibration").child("kind"),
                "the kind '" + kind + "' needs a text",
                "add path: text.txt");
        checks.error(
                !reads && ptq.calibration().path().isPresent(),
                path.child("calibration").child("path"),
                "the kind '" + kind + "' reads no file",
                "write kind: text, or remove path");
        checks.error(
                ptq.weights().range() == Ptq.Range.CROSS_ENTROPY,
                path.child("weights").child("range"),
                "only the embedding's range is judged by the logits",
                "use mse");
        budget(path.child("weights"), ptq.weights());
    }

    private void report(KeyPath stage, Refusal refusal) {
        KeyPath path = stage;
        for (String key : refusal.key()) {
            path = path.child(key);
        }
        checks.error(path, refusal.problem(), refusal.advice());
    }

    private void budget(KeyPath path, Ptq.Weights weights) {
        weights.budget().ifPresent(budget -> {
            checks.error(
                    !weights.bits().isUniform(),
                    path.child("budget"),
                    "a budget chooses among widths of 2 to 8 bits, and bits is none",
                    "write bits: 4");
            checks.error(
                    budget.averageBits().isEmpty() && budget.bytes().isEmpty(),
                    path.child("budget"),
                    "nothing is bounded",
                    "give averageBits or bytes");
            checks.error(
                    budget.averageBits().isPresent() && budget.bytes().isPresent(),
                    path.child("budget").child("bytes"),
                    "averageBits is the bound already",
                    "remove one of them");
            checks.error(
                    isBelowAllWidths(weights, budget),
                    path.child("budget").child("averageBits"),
                    "no width is as small as " + budget.averageBits().orElse(8.0) + " bits",
                    "add a smaller one to widths");
        });
    }

    /**
     * Checks the stage against the model before it.
     *
     * @param model what is known of it; its blocks are those that are left at this point
     */
    void against(KeyPath path, Ptq ptq, ModelFacts model) {
        ptq.refusals(model).forEach(refusal -> report(path, refusal));
    }

    /** What of a stage cannot be done with a model. */
    static List<Refusal> refusals(Ptq ptq, ModelFacts model) {
        List<Refusal> refusals = new ArrayList<>(ptq.chosen().applies(model));
        boolean groups = ptq.activations().flatMap(Ptq.Activations::groups).isPresent();
        if (model.hasEncoder()) {
            String problem = "this is made for decoders, and a " + model.family() + " has an encoder";
            add(refusals, ptq.smoothing().isPresent(), "smoothing", problem, "leave it out");
            add(refusals, groups, "activations.groups", problem, "leave it out");
            add(refusals, ptq.biasCorrection(), "biasCorrection", problem, "leave it out");
            add(refusals, ptq.weights().budget().isPresent(), "weights.budget", problem, "leave it out");
            add(refusals, ptq.rangesByLogits(), "embedding.range", problem, "use mse");
            add(
                    refusals,
                    ptq.calibration().kind() != Ptq.Text.CODE,
                    "calibration.kind",
                    "models with an encoder are calibrated on their training data",
                    "write kind: code");
            return refusals;
        }
        if (model.sharesNorms()) {
            String problem =
                    "scales are folded into the norm before a layer, but the attention and the feed-forward part"
                            + " of a " + model.family() + " share one norm";
            add(refusals, ptq.smoothing().isPresent(), "smoothing", problem, "leave it out");
            add(refusals, groups, "activations.groups", problem, "leave it out");
        }
        add(
                refusals,
                ptq.biasCorrection() && !model.hasAllBiases(),
                "biasCorrection",
                "it needs a bias in every linear layer, which a " + model.family() + " does not have",
                "leave it out");
        ptq.weights().budget().ifPresent(budget -> size(refusals, ptq, budget, model.config()));
        return refusals;
    }

    private static void add(List<Refusal> refusals, boolean wrong, String key, String problem, String advice) {
        if (wrong) {
            refusals.add(new Refusal(List.of(key.split("\\.")), problem, advice));
        }
    }

    /** Refuses a budget that even the smallest widths exceed. */
    private static void size(List<Refusal> refusals, Ptq ptq, Ptq.Budget budget, ModelConfig model) {
        boolean said = budget.averageBits().isPresent() == budget.bytes().isPresent()
                || !ptq.weights().bits().isUniform()
                || isBelowAllWidths(ptq.weights(), budget);
        if (said) {
            return;
        }
        Map<String, Long> sizes = model.shapes().entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey,
                        entry -> entry.getValue().stream()
                                .mapToLong(Integer::longValue)
                                .reduce(1, Math::multiplyExact)));
        List<String> linears = WeightQuantization.select(
                model.blockLinears().stream().flatMap(List::stream).toList(),
                ptq.weights().include(),
                ptq.weights().exclude());
        long bits = 0;
        long count = 0;
        for (String linear : linears) {
            long size = sizes.get(linear + ".weight");
            bits += size * leastBits(ptq.weights(), budget, linear);
            count += size;
        }
        if (budget.averageBits().isPresent()) {
            double average = budget.averageBits().get();
            add(
                    refusals,
                    bits > (long) (average * count),
                    "weights.budget.averageBits",
                    String.format(
                            Locale.ROOT,
                            "the smallest widths have %.2f bits a weight, overrides included",
                            (double) bits / count),
                    "give more, or smaller widths");
            return;
        }
        for (String embedding : model.embeddings()) {
            bits += sizes.get(embedding)
                    * ptq.embedding().map(e -> e.bits().bits()).orElse(Float.SIZE);
        }
        add(
                refusals,
                bits / Byte.SIZE > budget.bytes().get(),
                "weights.budget.bytes",
                String.format(Locale.ROOT, "with the smallest widths the codes alone take %,d bytes", bits / Byte.SIZE),
                "give more, smaller widths, or fewer bits to the embedding");
    }

    private static boolean isBelowAllWidths(Ptq.Weights weights, Ptq.Budget budget) {
        int least = budget.widths().stream().min(Integer::compare).orElseThrow();
        return budget.averageBits().orElse(8.0) < Math.min(least, weights.bits().bits());
    }

    private static int leastBits(Ptq.Weights weights, Ptq.Budget budget, String linear) {
        for (Ptq.Width override : weights.overrides().reversed()) {
            if (override.names(linear)) {
                return override.bits().bits();
            }
        }
        TreeSet<Integer> widths = new TreeSet<>(budget.widths());
        widths.add(weights.bits().bits());
        return widths.first();
    }

    /** What is known of a model of so many blocks. */
    static ModelFacts withLayers(ModelFacts model, int layers) {
        return new ModelFacts(model.config().withLayers("", layers));
    }
}
