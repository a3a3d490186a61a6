package io.bantam.trainer.recipe;

import io.bantam.trainer.recipe.key.Words;
import java.util.List;
import java.util.Optional;

/** Checks what can be known of one stage without the others. */
final class StageChecks {
    private final Checks checks;

    StageChecks(Checks checks) {
        this.checks = checks;
    }

    void stage(KeyPath path) {
        checks.at(path, Reduce.class).ifPresent(reduce -> reduce(path, reduce));
        training(path.child("training"));
        schedule(path);
        loss(path.child("loss"));
        widths(path);
        widths(path.child("quantization"));
        trainable(path.child("quantization"));
        checks.at(path, Ptq.class).ifPresent(ptq -> new PtqChecks(checks).alone(path, ptq));
        activationGroup(path.child("activations"));
        activationGroup(path.child("quantization").child("activations"));
    }

    private void activationGroup(KeyPath path) {
        checks.at(path, ActivationSettings.class)
                .filter(activations -> activations.group().isPresent())
                .ifPresent(activations -> {
                    checks.error(
                            activations.mode() == ActivationMode.STATIC,
                            path.child("group"),
                            "a group has a scale for every token, but the mode is static",
                            "write mode: dynamic, or remove group");
                    checks.error(
                            activations.bits() > 8,
                            path.child("group"),
                            "inputs of " + activations.bits() + " bits stay in floating point",
                            "write bits: 8, or remove group");
                });
    }

    /** A training section, of a stage or the teacher. */
    void training(KeyPath path) {
        Optional<Integer> steps = checks.at(path.child("steps"), Integer.class);
        Optional<Integer> warmup = checks.at(path.child("warmupSteps"), Integer.class);
        if (steps.isPresent() && warmup.isPresent()) {
            checks.error(
                    warmup.get() > steps.get(),
                    path.child("warmupSteps"),
                    "a warm-up of " + warmup.get() + " steps does not fit into " + steps.get() + " steps",
                    "at most " + steps.get());
        }
    }

    /** A training of a model with an encoder. */
    void checkpointing(KeyPath path, Training training) {
        checks.error(
                training.gradientCheckpointing(),
                path.child("gradientCheckpointing"),
                "only decoders can run their blocks again, and the model has an encoder",
                "leave it out, or use a smaller batchSize with more accumulation");
    }

    private void reduce(KeyPath path, Reduce reduce) {
        switch (reduce.layers()) {
            case LayerChoice.ByRule(LayerChoice.Rule rule) -> {
                String word = Words.of(rule);
                if (rule.needsKeep() && reduce.keep().isEmpty()) {
                    checks.error(path.child("layers"), "'" + word + "' needs to know how many", "add keep: 6");
                } else if (!rule.needsKeep() && reduce.keep().isPresent()) {
                    checks.error(path.child("keep"), "'" + word + "' keeps half", "remove keep, or use layers: evenly");
                }
            }
            case LayerChoice.Listed(var layers) -> {
                checks.error(
                        reduce.keep().isPresent(), path.child("keep"), "the list says how many already", "remove keep");
                for (int i = 0; i < layers.size(); i++) {
                    boolean again = layers.indexOf(layers.get(i)) < i;
                    String message = "layer " + layers.get(i) + " is listed twice";
                    checks.error(again, path.child("layers").child(i), message, "name each layer once");
                }
            }
        }
    }

    private void schedule(KeyPath stage) {
        KeyPath quantization = stage.child("quantization");
        KeyPath path = quantization.child("schedule");
        checks.at(path, Quantization.Schedule.class).ifPresent(schedule -> {
            checks.at(stage.child("training").child("steps"), Integer.class)
                    .ifPresent(steps -> checks.error(
                            schedule.startStep() >= steps,
                            path.child("startStep"),
                            "step " + schedule.startStep() + " never comes; the stage has " + steps + " steps",
                            "less than " + steps));
            boolean falls = schedule.startBits().isPresent();
            checks.error(
                    falls && schedule.stepsPerBit().isEmpty(),
                    path.child("startBits"),
                    "how long each width lasts is not said",
                    "add stepsPerBit: 100");
            checks.error(
                    !falls && schedule.stepsPerBit().isPresent(),
                    path.child("stepsPerBit"),
                    "no width falls without startBits",
                    "add startBits: 8, or remove stepsPerBit");
            checks.at(quantization.child("weights").child("bits"), WeightBits.class)
                    .filter(bits -> falls && schedule.startBits().get() <= bits.bits())
                    .ifPresent(bits -> checks.error(
                            path.child("startBits"),
                            "a start at " + schedule.startBits().get() + " bits is not above the weights' own width",
                            bits.bits() == 8 ? "remove it" : "write " + (bits.bits() + 1) + " to 8"));
        });
    }

    private void loss(KeyPath path) {
        checks.at(path, Loss.class).ifPresent(loss -> {
            double sum = loss.logits().weight()
                    + loss.hidden().weight()
                    + loss.attention().weight()
                    + loss.labels().weight();
            checks.error(sum == 0, path, "every term has weight 0", "give one a weight, such as logits: {weight: 1}");
        });
    }

    /**
     * A stage whose teacher is a cache of next-token distributions.
     *
     * @param states hidden states that it holds too
     */
    void taughtFromCache(KeyPath stage, List<Integer> states) {
        KeyPath path = stage.child("loss");
        checks.at(path, Loss.class).ifPresent(loss -> {
            checks.error(
                    loss.hidden().weight() != 0 && states.isEmpty(),
                    path.child("hidden").child("weight"),
                    "the teacher's cache has no hidden states",
                    "write 0, name those it shall keep under teacher.cacheHidden, or write teacher: {cache: none}");
            loss.hidden()
                    .layers()
                    .filter(layers -> loss.hidden().weight() != 0 && !states.isEmpty())
                    .ifPresent(layers -> checks.error(
                            !states.containsAll(layers),
                            path.child("hidden").child("layers"),
                            "the teacher's cache holds the hidden states " + states + " only",
                            "add the others to teacher.cacheHidden"));
            checks.error(
                    loss.attention().weight() != 0,
                    path.child("attention").child("weight"),
                    "the teacher's cache has no attention scores",
                    "write 0, or teacher: {cache: none}");
            checks.error(
                    loss.logits().temperature() != 1,
                    path.child("logits").child("temperature"),
                    "the teacher's cache holds probabilities at temperature 1",
                    "write 1, or teacher: {cache: none}");
        });
    }

    /** Weights and embedding of a ptq stage, or of the quantization in a distill stage. */
    private void widths(KeyPath path) {
        for (String part : new String[] {"weights", "embedding"}) {
            KeyPath at = path.child(part);
            Optional<WeightBits> bits = checks.at(at.child("bits"), WeightBits.class);
            Optional<Boolean> symmetric = checks.at(at.child("symmetric"), Boolean.class);
            boolean uniform = bits.isEmpty() || bits.get().isUniform();
            List<WeightBits> always = WeightBits.all().stream()
                    .filter(other -> !other.isUniform())
                    .toList();
            checks.error(
                    !uniform && !symmetric.orElse(true),
                    at.child("symmetric"),
                    WeightBits.adjectives(always) + " weights are symmetric",
                    "remove it, or use " + WeightBits.listed(WeightBits::isUniform) + " bits");
        }
    }

    /** Training runs only what the operation library computes. */
    private void trainable(KeyPath quantization) {
        for (String part : new String[] {"weights", "embedding"}) {
            KeyPath at = quantization.child(part).child("bits");
            checks.at(at, WeightBits.class)
                    .filter(bits -> !bits.isTrainable())
                    .ifPresent(bits -> checks.error(
                            at,
                            "training has no operation for " + bits.adjective() + " weights",
                            "use bits: " + WeightBits.listed(WeightBits::isTrainable) + ", or a ptq stage"));
        }
    }
}
