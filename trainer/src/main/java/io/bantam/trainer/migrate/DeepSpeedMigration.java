package io.bantam.trainer.migrate;

import io.bantam.trainer.BantamException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads a DeepSpeed configuration with a {@code compression_training} block, the way that XTC (arXiv:2206.01859) was
 * published, and writes the recipe that does the same. DeepSpeed accepts keys that it does not know; here each key that
 * means something else, or nothing, gets a line.
 */
public final class DeepSpeedMigration {
    private static final int DEFAULT_LAYERS = 12;
    private static final int DEFAULT_STEPS = 1000;

    private final List<String> notes = new ArrayList<>();
    private final String teacher;

    /** What is quantized; the groups of one technique put together. */
    private record Quantized(
            int bits, boolean symmetric, int groups, int offset, List<String> linears, Optional<Integer> embedding) {}

    private record Activations(int bits, boolean symmetric, boolean dynamic, int offset) {}

    private record Training(
            int steps,
            int batch,
            int accumulation,
            double rate,
            int warmup,
            double decay,
            double clip,
            boolean bfloat16,
            boolean linear) {}

    private DeepSpeedMigration(String teacher) {
        this.teacher = teacher;
    }

    /**
     * Translates a configuration.
     *
     * @param json the file's text
     * @param name the recipe's name
     * @param teacher the teacher's folder, as the recipe is to have it
     * @throws BantamException if it is no such configuration, or asks for what a recipe cannot do
     */
    public static Migration of(String json, String name, String teacher) {
        JsonNode root;
        try {
            root = JsonMapper.shared().readTree(json);
        } catch (JacksonException e) {
            throw new BantamException("no valid JSON: " + e.getOriginalMessage() + ".");
        }
        DeepSpeedMigration migration = new DeepSpeedMigration(teacher);
        String yaml = migration.recipe(new Settings(root, "", migration.notes), name);
        return new Migration(yaml, migration.notes);
    }

    private String recipe(Settings root, String name) {
        if (!root.has("compression_training")) {
            throw new BantamException("there is no compression_training block.");
        }
        Settings compression = root.object("compression_training");
        Optional<List<Integer>> layers = layers(compression.object("layer_reduction"));
        int blocks = layers.map(List::size).orElse(DEFAULT_LAYERS);
        Optional<Quantized> weights = weights(compression.object("weight_quantization"), blocks);
        Optional<Activations> activations = activations(compression.object("activation_quantization"), weights, blocks);
        for (String pruning : List.of("sparse_pruning", "row_pruning", "head_pruning", "channel_pruning")) {
            Settings settings = compression.object(pruning).object("shared_parameters");
            if (settings.flag("enabled", false)) {
                notes.add(compression.at(pruning) + ": pruning has no counterpart here and is left out");
            }
        }
        compression.finish();
        if (layers.isEmpty() && weights.isEmpty()) {
            throw new BantamException("compression_training enables neither layer_reduction nor weight_quantization:"
                    + " there is nothing to migrate.");
        }
        Training training = training(root, weights.map(Quantized::offset).orElse(0));
        for (String key : root.keys()) {
            if (!key.equals("compression_training") && !READ.contains(key)) {
                notes.add(key + ": steers DeepSpeed's engine and has no meaning here");
            }
        }
        notes.add("the loss is not in this file: the recipe has XTC's own, soft cross-entropy, attention scores and"
                + " hidden states, each at weight 1 and without labels");
        notes.add("the data is not in this file: the recipe has the bundled corpus; set data.source and, for another"
                + " teacher, teacher.path");
        return yaml(name, layers, weights, activations, training);
    }

    private static final List<String> READ = List.of(
            "train_batch_size",
            "train_micro_batch_size_per_gpu",
            "gradient_accumulation_steps",
            "gradient_clipping",
            "optimizer",
            "scheduler",
            "fp16",
            "bf16");

    private Optional<List<Integer>> layers(Settings settings) {
        boolean enabled = settings.flag("enabled", false);
        int keep = settings.integer("keep_number_layer", 0);
        List<Integer> teacherLayers = settings.integers("teacher_layer");
        settings.ignored("module_name_prefix", "has no meaning here; the blocks' names are known");
        settings.ignored("other_module_name", "is done always: embeddings and the last layer norm are copied");
        settings.finish();
        if (!enabled) {
            return Optional.empty();
        }
        if (teacherLayers.isEmpty()) {
            throw new BantamException(settings.at("teacher_layer") + " is missing: it lists the blocks that stay.");
        }
        if (keep != 0 && keep != teacherLayers.size()) {
            throw new BantamException(settings.at("keep_number_layer") + " is " + keep + ", but teacher_layer lists "
                    + teacherLayers.size() + " blocks.");
        }
        return Optional.of(teacherLayers);
    }

    private Optional<Quantized> weights(Settings settings, int blocks) {
        Settings shared = settings.object("shared_parameters");
        boolean enabled = shared.flag("enabled", false);
        boolean symmetric = shared.word("quantization_type", "symmetric", List.of("symmetric", "asymmetric"))
                .equals("symmetric");
        int offset = shared.integer("schedule_offset", 0);
        int groups = shared.integer("quantize_groups", 1);
        boolean forward = shared.flag("quantize_weight_in_forward", false);
        String rounding = shared.word("rounding", "nearest", List.of("nearest", "stochastic"));
        shared.ignored("quantizer_kernel", "chose a CUDA kernel; it has no meaning here");
        shared.ignored("quantize_verbose", "has no meaning here");
        boolean mixed = shared.object("fp16_mixed_quantize").flag("enabled", false);
        shared.finish();
        Settings different = settings.object("different_groups");
        Optional<Integer> bits = Optional.empty();
        Optional<Integer> embedding = Optional.empty();
        List<String> linears = new ArrayList<>();
        String first = "";
        for (String group : different.keys()) {
            Settings one = different.object(group);
            Settings params = one.object("params");
            int target = params.integer("target_bits", 8);
            if (target < 1 || target > 8) {
                throw new BantamException(params.at("target_bits") + " is " + target + "; weights have 1 to 8 bits.");
            }
            int start = params.integer("start_bits", target);
            params.ignored(
                    "quantization_period",
                    "belongs to start_bits of DeepSpeed's optimizer path; it has no meaning here");
            params.finish();
            if (start != target && enabled) {
                notes.add(params.at("start_bits") + ": "
                        + (forward
                                ? "DeepSpeed's forward path goes to target_bits at once," + " and so does the recipe"
                                : "the recipe goes to target_bits at once; see quantization.schedule for"
                                        + " widths that fall"));
            }
            ModulePatterns modules = new ModulePatterns(one.texts("modules"), one.at("modules"), blocks);
            one.ignored("related_modules", "has no meaning here");
            one.finish();
            if (!modules.linears().isEmpty()) {
                if (bits.isPresent() && bits.get() != target) {
                    throw new BantamException(different.at(group) + " and " + first
                            + " give linear layers different widths, " + target + " and " + bits.get()
                            + " bits; a distill stage has one. Migrate them one by one.");
                }
                bits = Optional.of(target);
                first = different.at(group);
                linears.addAll(modules.linears());
            }
            if (modules.embedding()) {
                embedding = Optional.of(target);
            }
            if (modules.linears().isEmpty() && !modules.embedding()) {
                notes.add(one.at("modules") + ": match no layer of a GPT-2");
            }
        }
        settings.finish();
        if (!enabled) {
            return Optional.empty();
        }
        if (bits.isEmpty()) {
            throw new BantamException(settings.at("different_groups") + " quantizes no linear layer.");
        }
        if (!symmetric && bits.get() <= 2) {
            throw new BantamException(
                    shared.at("quantization_type") + ": 1 and 2 bits are symmetric in DeepSpeed and here.");
        }
        note(
                !forward,
                shared.at("quantize_weight_in_forward") + ": false left the quantization to DeepSpeed's FP16 optimizer;"
                        + " the recipe quantizes in the forward pass");
        note(rounding.equals("stochastic"), shared.at("rounding") + ": the recipe rounds to the nearest value");
        note(mixed, shared.at("fp16_mixed_quantize") + ": has no counterpart here and is left out");
        return Optional.of(new Quantized(
                bits.get(),
                symmetric,
                groups,
                offset,
                linears.stream().distinct().toList(),
                embedding));
    }

    private Optional<Activations> activations(Settings settings, Optional<Quantized> weights, int blocks) {
        Settings shared = settings.object("shared_parameters");
        boolean enabled = shared.flag("enabled", false);
        boolean symmetric = shared.word("quantization_type", "symmetric", List.of("symmetric", "asymmetric"))
                .equals("symmetric");
        int offset = shared.integer("schedule_offset", 1000);
        note(
                enabled && !shared.has("range_calibration"),
                shared.at("range_calibration")
                        + ": is not set; DeepSpeed's code then takes dynamic, though its documents say" + " static");
        boolean dynamic = shared.word("range_calibration", "dynamic", List.of("dynamic", "static"))
                .equals("dynamic");
        shared.finish();
        Settings different = settings.object("different_groups");
        Optional<Integer> bits = Optional.empty();
        for (String group : different.keys()) {
            Settings one = different.object(group);
            Settings params = one.object("params");
            int width = params.integer("bits", 8);
            params.finish();
            List<String> linears = new ModulePatterns(one.texts("modules"), one.at("modules"), blocks).linears();
            one.ignored("related_modules", "has no meaning here");
            one.finish();
            if (bits.isPresent() && bits.get() != width) {
                throw new BantamException(
                        different.at(group) + " has another width than the group before; a distill stage has"
                                + " one width for all inputs.");
            }
            bits = Optional.of(width);
            note(
                    enabled
                            && weights.isPresent()
                            && !linears.equals(weights.get().linears()),
                    one.at("modules")
                            + ": the recipe quantizes the inputs of exactly the layers whose weights are quantized");
        }
        settings.finish();
        if (!enabled) {
            return Optional.empty();
        }
        if (weights.isEmpty()) {
            notes.add(settings.at("shared_parameters.enabled")
                    + ": inputs are quantized only together with weights here, and" + " are left out");
            return Optional.empty();
        }
        note(
                offset != weights.get().offset(),
                shared.at("schedule_offset") + ": inputs set in together with the weights, at step "
                        + weights.get().offset());
        return Optional.of(new Activations(bits.orElse(8), symmetric, dynamic, offset));
    }

    private Training training(Settings root, int offset) {
        int accumulation = root.integer("gradient_accumulation_steps", 1);
        int whole = root.integer("train_batch_size", 32);
        int batch = root.integer("train_micro_batch_size_per_gpu", Math.max(1, whole / accumulation));
        if (root.has("train_batch_size")
                && root.has("train_micro_batch_size_per_gpu")
                && !root.has("gradient_accumulation_steps")) {
            accumulation = Math.max(1, whole / batch);
        }
        Settings optimizer = root.object("optimizer");
        note(
                optimizer.has("type")
                        && !optimizer
                                .word("type", "AdamW", List.of("AdamW", "Adam"))
                                .equals("AdamW"),
                optimizer.at("type") + ": the recipe trains with AdamW");
        Settings params = optimizer.object("params");
        double rate = params.number("lr", 5e-5);
        double decay = params.number("weight_decay", 0.01);
        params.ignored("betas", "are 0.9 and 0.999 here");
        params.ignored("eps", "is 1e-8 here");
        Settings scheduler = root.object("scheduler");
        String type = scheduler.word("type", "WarmupDecayLR", List.of("WarmupDecayLR", "WarmupLR"));
        Settings schedule = scheduler.object("params");
        int warmup = schedule.integer("warmup_num_steps", 0);
        int least = Math.max(offset, warmup) + 1;
        int steps = schedule.integer("total_num_steps", Math.max(DEFAULT_STEPS, least - 1 + DEFAULT_STEPS));
        note(
                !schedule.has("total_num_steps"),
                "the length of the training is not in this file: the recipe has " + steps
                        + " steps; the paper's 18 epochs are many more");
        double highest = schedule.number("warmup_max_lr", rate);
        schedule.ignored("warmup_min_lr", "is 0 here");
        schedule.ignored("warmup_type", "rises in a straight line here");
        boolean half = root.object("fp16").flag("enabled", false);
        note(half, "fp16.enabled: became bfloat16, which needs no loss scaling");
        boolean bfloat16 = root.object("bf16").flag("enabled", false) || half;
        return new Training(
                Math.max(steps, least),
                batch,
                accumulation,
                highest,
                warmup,
                decay,
                root.number("gradient_clipping", 1.0),
                bfloat16,
                type.equals("WarmupDecayLR"));
    }

    private void note(boolean when, String text) {
        if (when) {
            notes.add(text);
        }
    }

    private String yaml(
            String name,
            Optional<List<Integer>> layers,
            Optional<Quantized> weights,
            Optional<Activations> activations,
            Training training) {
        StringBuilder yaml =
                new StringBuilder("# From a DeepSpeed configuration. What means something else here, or nothing:\n");
        notes.forEach(note -> yaml.append("# - ").append(note).append('\n'));
        yaml.append("version: 1\nname: ").append(name).append("\n\ndata: {source: {kind: bundled}}\n\n");
        yaml.append("teacher: {kind: load, path: \"")
                .append(teacher.replace("\\", "\\\\").replace("\"", "\\\""))
                .append("\"}\n\n");
        yaml.append("stages:\n");
        List<String> chain = new ArrayList<>();
        layers.ifPresent(list -> {
            yaml.append("  reduce: {kind: reduce, layers: ").append(list).append("}\n");
            chain.add("reduce");
        });
        yaml.append("  distill:\n    kind: distill\n");
        chain.add("distill");
        weights.ifPresent(quantized -> {
            yaml.append("    quantization:\n      weights:\n        bits: ")
                    .append(width(quantized.bits()))
                    .append('\n');
            yaml.append("        symmetric: ").append(quantized.symmetric()).append('\n');
            yaml.append("        granularity: ")
                    .append(quantized.groups() == 1 ? "per-tensor" : "{groups: " + quantized.groups() + "}")
                    .append('\n');
            yaml.append("        include: [\"")
                    .append(String.join("\", \"", quantized.linears()))
                    .append("\"]\n");
            quantized
                    .embedding()
                    .ifPresent(bits -> yaml.append("      embedding: {bits: ")
                            .append(width(bits))
                            .append(", symmetric: ")
                            .append(quantized.symmetric() || bits <= 2)
                            .append("}\n"));
            activations.ifPresent(a -> yaml.append("      activations: {bits: ")
                    .append(a.bits())
                    .append(", symmetric: ")
                    .append(a.symmetric())
                    .append(", mode: ")
                    .append(a.dynamic() ? "dynamic" : "static")
                    .append("}\n"));
            yaml.append("      schedule: {startStep: ")
                    .append(quantized.offset())
                    .append("}\n");
        });
        yaml.append("    training: {steps: ")
                .append(training.steps())
                .append(", batchSize: ")
                .append(training.batch())
                .append(", accumulation: ")
                .append(training.accumulation())
                .append(", learningRate: ")
                .append(training.rate())
                .append(",\n               schedule: ")
                .append(training.linear() ? "linear" : "constant")
                .append(", warmupSteps: ")
                .append(training.warmup())
                .append(", weightDecay: ")
                .append(training.decay())
                .append(", gradientClip: ")
                .append(training.clip())
                .append(", precision: ")
                .append(training.bfloat16() ? "bfloat16" : "float32")
                .append("}\n");
        yaml.append("    loss: {logits: {kind: soft-cross-entropy}}\n\n");
        yaml.append("variants:\n  teacher: []\n  student: [")
                .append(String.join(", ", chain))
                .append("]\n\n");
        yaml.append("evaluation: {baseline: teacher}\n");
        return yaml.toString();
    }

    /** Two bits are three values in DeepSpeed. */
    private static String width(int bits) {
        return bits == 2 ? "ternary" : Integer.toString(bits);
    }
}
