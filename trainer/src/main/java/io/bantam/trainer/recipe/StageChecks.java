package io.bantam.trainer.recipe;

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

    private void reduce(KeyPath path, Reduce reduce) {
        switch (reduce.layers()) {
            case LayerSelection.ByRule(LayerSelection.Rule rule) -> {
                String word = Words.of(rule);
                if (rule.needsKeep() && reduce.keep().isEmpty()) {
                    checks.error(path.child("layers"), "'" + word + "' needs to know how many", "add keep: 6");
                } else if (!rule.needsKeep() && reduce.keep().isPresent()) {
                    checks.error(path.child("keep"), "'" + word + "' keeps half", "remove keep, or use layers: evenly");
                }
            }
            case LayerSelection.Listed(var layers) -> {
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
        KeyPath path = stage.child("quantization").child("schedule");
        Optional<QuantizationSchedule> found = checks.at(path, QuantizationSchedule.class);
        Optional<Integer> stageSteps = checks.at(stage.child("training").child("steps"), Integer.class);
        if (found.isEmpty() || stageSteps.isEmpty()) {
            return;
        }
        QuantizationSchedule schedule = found.get();
        int steps = stageSteps.get();
        checks.error(
                schedule.startStep() >= steps,
                path.child("startStep"),
                "step " + schedule.startStep() + " never comes; the stage has " + steps + " steps",
                "less than " + steps);
        boolean gradual = schedule.startBits().isPresent() || schedule.progressive();
        if (schedule.targetStep().isEmpty()) {
            String reason = schedule.progressive() ? "progressive" : "startBits";
            checks.error(gradual, path.child(reason), "'" + reason + "' needs an end", "add targetStep: " + steps / 2);
            return;
        }
        int target = schedule.targetStep().get();
        checks.error(!gradual, path.child("targetStep"), "nothing changes gradually", "add startBits or progressive");
        checks.error(
                target <= schedule.startStep() || target > steps,
                path.child("targetStep"),
                "step " + target + " is not after startStep " + schedule.startStep() + " and within " + steps + " steps",
                "write " + (schedule.startStep() + 1) + " to " + steps);
        startBits(stage.child("quantization"), schedule);
    }

    private void startBits(KeyPath quantization, QuantizationSchedule schedule) {
        Optional<WeightBits> bits = checks.at(quantization.child("weights").child("bits"), WeightBits.class);
        if (bits.isEmpty() || schedule.startBits().isEmpty()) {
            return;
        }
        int own =
                switch (bits.get()) {
                    case WeightBits.Binary _ -> 1;
                    case WeightBits.Ternary _ -> 2;
                    case WeightBits.Uniform(int width) -> width;
                };
        checks.error(
                schedule.startBits().get() <= own,
                quantization.child("schedule").child("startBits"),
                "a start at " + schedule.startBits().get() + " bits is not above the weights' own width",
                own == 8 ? "remove it" : "write " + (own + 1) + " to 8");
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

    /** Weights and embedding of a ptq stage, or of the quantization in a distill stage. */
    private void widths(KeyPath path) {
        for (String part : new String[] {"weights", "embedding"}) {
            KeyPath at = path.child(part);
            Optional<WeightBits> bits = checks.at(at.child("bits"), WeightBits.class);
            Optional<Boolean> symmetric = checks.at(at.child("symmetric"), Boolean.class);
            boolean uniform = bits.isEmpty() || bits.get() instanceof WeightBits.Uniform;
            checks.error(
                    !uniform && !symmetric.orElse(true),
                    at.child("symmetric"),
                    "1-bit and ternary weights are symmetric",
                    "remove it, or use 2 to 8 bits");
        }
    }
}
