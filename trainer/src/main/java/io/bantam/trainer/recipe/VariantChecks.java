package io.bantam.trainer.recipe;

import io.bantam.compression.quantizer.Granularity;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.trainer.hub.ModelFacts;
import io.bantam.trainer.ptq.PtqMethod;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Walks the stages of every variant in order, with what is known of the model at each point. */
final class VariantChecks {
    private static final KeyPath STAGES = KeyPath.of("stages");
    private static final KeyPath VARIANTS = KeyPath.of("variants");

    private final Checks checks;
    private final Optional<ModelFacts> teacher;
    private final List<String> stageNames;
    private final Set<String> used = new HashSet<>();

    /** The model between two stages of a variant. */
    private static final class Progress {
        private OptionalInt layers;
        private OptionalInt decoderLayers;
        private String quantizedBy;
        /** The grids that training put the linear layers on; null after a ptq stage. */
        private Quantization.Weights trainedGrids;
    }

    VariantChecks(Checks checks, Optional<ModelFacts> teacher) {
        this.checks = checks;
        this.teacher = teacher;
        this.stageNames = checks.keysAt(STAGES);
    }

    void run() {
        Map<List<String>, String> seen = new HashMap<>();
        for (String variant : checks.keysAt(VARIANTS)) {
            List<String> stages = variant(VARIANTS.child(variant));
            String other = seen.putIfAbsent(stages, variant);
            if (other != null) {
                checks.warning(VARIANTS.child(variant), "the same stages as in '" + other + "'", "remove one of them");
            }
        }
        checks.at(KeyPath.of("search").child("stage"), String.class).ifPresent(used::add);
        for (String name : stageNames) {
            if (!used.contains(name)) {
                checks.warning(STAGES.child(name), "no variant uses this stage", "name it in a variant or remove it");
            }
        }
    }

    private List<String> variant(KeyPath path) {
        Progress progress = new Progress();
        progress.layers = teacher.map(model -> OptionalInt.of(model.layers())).orElse(OptionalInt.empty());
        progress.decoderLayers =
                teacher.map(model -> OptionalInt.of(model.decoderLayers())).orElse(OptionalInt.empty());
        Set<String> before = new HashSet<>();
        List<String> names = IntStream.range(0, checks.lengthAt(path))
                .mapToObj(i -> checks.at(path.child(i), String.class).orElse(""))
                .toList();
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            KeyPath place = path.child(i);
            if (name.isEmpty()) {
                continue;
            }
            used.add(name);
            if (!stageNames.contains(name)) {
                String advice = Nearest.advice("stage", name, stageNames);
                checks.error(place, "no stage is called '" + name + "'", advice);
                progress.layers = OptionalInt.empty();
            } else if (!before.add(name)) {
                checks.error(place, "stage '" + name + "' comes twice", "define a second stage for it");
            } else {
                checks.at(STAGES.child(name), Stage.class)
                        .ifPresentOrElse(
                                stage -> step(stage, name, progress, place),
                                () -> progress.layers = OptionalInt.empty());
            }
        }
        return names;
    }

    /** @param place the stage's name in the variant, where a wrong order is reported */
    private void step(Stage stage, String name, Progress progress, KeyPath place) {
        KeyPath path = STAGES.child(name);
        switch (stage) {
            case Reduce reduce -> {
                order(progress.quantizedBy != null, place, name, "removes layers", progress);
                progress.layers = reduced(path, "layers", reduce.layers(), "keep", reduce.keep(), progress.layers);
                if (progress.decoderLayers.isPresent() && progress.decoderLayers.getAsInt() > 0) {
                    progress.decoderLayers = reduced(
                            path,
                            reduce.decoderLayers().isPresent() ? "decoderLayers" : "layers",
                            reduce.decoderLayers().orElse(reduce.layers()),
                            reduce.decoderKeep().isPresent() ? "decoderKeep" : "keep",
                            reduce.decoderKeep().or(reduce::keep),
                            progress.decoderLayers);
                }
            }
            case Distill distill -> {
                boolean floats = distill.quantization().isEmpty();
                order(floats && progress.quantizedBy != null, place, name, "trains in floating point", progress);
                layerMaps(path.child("loss"), distill.loss(), progress.layers);
                if (teacher.filter(ModelFacts::hasEncoder).isPresent()) {
                    new StageChecks(checks).checkpointing(path.child("training"), distill.training());
                }
                distill.quantization().ifPresent(quantization -> {
                    KeyPath weights = path.child("quantization").child("weights");
                    patterns(weights.child("include"), quantization.weights().include(), progress.layers);
                    patterns(weights.child("exclude"), quantization.weights().exclude(), progress.layers);
                    group(weights.child("granularity"), quantization.weights().granularity());
                    KeyPath inputs = path.child("quantization").child("activations");
                    quantization
                            .activations()
                            .flatMap(Quantization.Activations::group)
                            .ifPresent(features -> activationGroup(inputs, features));
                    schedule(path, distill, quantization, progress.layers);
                    progress.quantizedBy = name;
                    progress.trainedGrids = quantization.weights();
                });
            }
            case Ptq ptq -> {
                boolean keeps = progress.trainedGrids != null && keeps(ptq, progress.trainedGrids);
                checks.error(
                        progress.quantizedBy != null && !keeps,
                        place,
                        "stage '" + name + "' quantizes after '" + progress.quantizedBy + "' has quantized the model",
                        "put it before '" + progress.quantizedBy + "', make a variant without one of them, or, behind"
                                + " training, to change only the embedding and activations, give it the same bits,"
                                + " symmetric, granularity, include and exclude, and no method");
                KeyPath weights = path.child("weights");
                patterns(weights.child("include"), ptq.weights().include(), progress.layers);
                patterns(weights.child("exclude"), ptq.weights().exclude(), progress.layers);
                List<Ptq.Width> overrides = ptq.weights().overrides();
                for (int i = 0; i < overrides.size(); i++) {
                    KeyPath at = weights.child("overrides").child(i).child("include");
                    patterns(at, overrides.get(i).include(), progress.layers);
                }
                group(weights.child("granularity"), ptq.weights().granularity());
                teacher.map(model -> progress.layers.isPresent()
                                ? PtqChecks.withLayers(model, progress.layers.getAsInt())
                                : model)
                        .ifPresent(model -> new PtqChecks(checks).against(path, ptq, model));
                ptq.activations()
                        .flatMap(Ptq.Activations::groups)
                        .ifPresent(count ->
                                embeddingGroups(path.child("activations").child("groups"), count));
                ptq.activations()
                        .flatMap(Ptq.Activations::group)
                        .ifPresent(features -> activationGroup(path.child("activations"), features));
                ptq.activations().ifPresent(activations -> {
                    for (int i = 0; i < activations.overrides().size(); i++) {
                        KeyPath at = path.child("activations")
                                .child("overrides")
                                .child(i)
                                .child("include");
                        activationPatterns(at, activations.overrides().get(i).include(), progress.layers);
                    }
                });
                progress.quantizedBy = name;
                progress.trainedGrids = null;
            }
        }
    }

    /** Whether a stage leaves linear layers on the grids that training put them on, and the codes that it found. */
    private static boolean keeps(Ptq ptq, Quantization.Weights trained) {
        Ptq.Weights weights = ptq.weights();
        boolean same = weights.bits().equals(trained.bits())
                && weights.symmetric() == trained.symmetric()
                && weights.granularity().equals(trained.granularity())
                && weights.include().equals(trained.include())
                && weights.exclude().equals(trained.exclude());
        boolean plain = ptq.chosen().scope() == PtqMethod.Scope.WEIGHT
                && !ptq.foldsScales()
                && weights.range() == Ptq.Range.MIN_MAX
                && weights.overrides().isEmpty()
                && weights.budget().isEmpty();
        return same && plain;
    }

    private void order(boolean wrong, KeyPath place, String name, String does, Progress progress) {
        checks.error(
                wrong,
                place,
                "stage '" + name + "' " + does + " after '" + progress.quantizedBy + "' has quantized the model",
                "put it before '" + progress.quantizedBy + "', or make a variant without one of them");
    }

    /**
     * The blocks that are left of a stack.
     *
     * @param known blocks before, if that is known
     */
    private OptionalInt reduced(
            KeyPath path,
            String layersKey,
            LayerChoice choice,
            String keepKey,
            Optional<Integer> keep,
            OptionalInt known) {
        return switch (choice) {
            case LayerChoice.Listed(List<Integer> layers) -> {
                if (known.isPresent()) {
                    existing(path.child(layersKey), layers, known.getAsInt());
                }
                yield OptionalInt.of(layers.size());
            }
            case LayerChoice.ByRule(LayerChoice.Rule rule) -> {
                if (rule == LayerChoice.Rule.EVERY_SECOND) {
                    boolean single = known.isPresent() && known.getAsInt() < 2;
                    checks.error(single, path.child(layersKey), "the model has 1 layer", "remove the stage");
                    yield known.isPresent() ? OptionalInt.of(known.getAsInt() / 2) : known;
                }
                if (keep.isEmpty()) {
                    yield OptionalInt.empty();
                }
                checks.error(
                        known.isPresent() && keep.get() > known.getAsInt(),
                        path.child(keepKey),
                        "cannot keep " + keep.get() + " layers; the model has " + known.orElse(0),
                        "at most " + known.orElse(0));
                yield OptionalInt.of(keep.get());
            }
        };
    }

    private void existing(KeyPath path, List<Integer> layers, int count) {
        String everySecond = IntStream.range(0, count / 2)
                .mapToObj(i -> Integer.toString(2 * i + 1))
                .collect(Collectors.joining(", ", "[", "]"));
        for (int i = 0; i < layers.size(); i++) {
            checks.error(
                    layers.get(i) >= count,
                    path.child(i),
                    "layer " + layers.get(i) + " does not exist; the model has " + count + " layers, 0 to "
                            + (count - 1),
                    "use " + everySecond + " for every second layer");
        }
    }

    private void layerMaps(KeyPath path, Loss loss, OptionalInt student) {
        loss.hidden().layers().ifPresent(states -> layerMap(path.child("hidden"), "state", states, student, 1));
        loss.attention().layers().ifPresent(blocks -> layerMap(path.child("attention"), "layer", blocks, student, 0));
    }

    /** @param extra 1 where the embedding counts as well */
    private void layerMap(KeyPath term, String what, List<Integer> map, OptionalInt student, int extra) {
        KeyPath path = term.child("layers");
        if (student.isPresent() && map.size() != student.getAsInt() + extra) {
            int wanted = student.getAsInt() + extra;
            String message = map.size() + " entries for the student's " + wanted + " " + what + "s";
            checks.error(path, message, "give " + wanted + " entries, or null");
        }
        if (teacher.isPresent()) {
            int last = teacher.get().layers() + extra - 1;
            for (int i = 0; i < map.size(); i++) {
                String message = "the teacher has no " + what + " " + map.get(i);
                checks.error(map.get(i) > last, path.child(i), message, "write 0 to " + last);
            }
        }
    }

    private void schedule(KeyPath stage, Distill distill, Quantization quantization, OptionalInt layers) {
        Quantization.Schedule schedule = quantization.schedule();
        int falls =
                schedule.startBits().orElse(0) - quantization.weights().bits().bits();
        long target = schedule.startStep()
                + Math.max(0L, layers.orElse(1) - 1) * schedule.stepsBetweenLayers()
                + Math.max(0L, falls) * schedule.stepsPerBit().orElse(0);
        int steps = distill.training().steps();
        checks.error(
                schedule.startStep() < steps && target >= steps,
                stage.child("quantization").child("schedule"),
                "the last layer has its own width at step " + target + ", but the stage has only " + steps + " steps",
                "start earlier or go faster");
    }

    private void patterns(KeyPath path, List<String> patterns, OptionalInt layers) {
        if (layers.isEmpty()) {
            return;
        }
        List<String> names = new ArrayList<>(ModelFacts.linearLayers(layers.getAsInt()));
        teacher.ifPresent(shape -> names.addAll(shape.decoderLinearLayers()));
        for (int i = 0; i < patterns.size(); i++) {
            String pattern = patterns.get(i);
            boolean none = names.stream().noneMatch(name -> LayerPattern.matches(pattern, name));
            checks.error(
                    none,
                    path.child(i),
                    "'" + pattern + "' matches no linear layer of the model",
                    "layers are h.0.attn.c_attn, h.0.attn.c_proj, h.0.mlp.c_fc, h.0.mlp.c_proj to h."
                            + (layers.getAsInt() - 1) + ".mlp.c_proj; * stands for any text");
        }
    }

    private void activationPatterns(KeyPath path, List<String> patterns, OptionalInt layers) {
        if (layers.isEmpty()) {
            return;
        }
        List<String> names = new ArrayList<>();
        for (int layer = 0; layer < layers.getAsInt(); layer++) {
            boolean sums = teacher.map(model -> !model.hasEncoder()).orElse(true);
            names.addAll(sums ? DecoderConfig.activations(layer) : DecoderConfig.linears(layer));
        }
        teacher.ifPresent(shape -> names.addAll(shape.decoderLinearLayers()));
        for (int i = 0; i < patterns.size(); i++) {
            String pattern = patterns.get(i);
            checks.error(
                    names.stream().noneMatch(name -> LayerPattern.matches(pattern, name)),
                    path.child(i),
                    "'" + pattern + "' matches no activation of the model",
                    "inputs have the names of their layers, as h.0.mlp.c_fc, and sums are h.0.attn.sum, h.0.mlp.sum"
                            + " to h."
                            + (layers.getAsInt() - 1) + ".mlp.sum; * stands for any text");
        }
    }

    private void group(KeyPath path, Granularity granularity) {
        if (granularity instanceof Granularity.PerGroup(int size)) {
            divides(path.child("group"), size, "a group of " + size + " does");
        }
        if (granularity instanceof Granularity.EqualGroups(int count) && teacher.isPresent()) {
            // The rows of all matrices are multiples of what their columns are.
            for (int rows : teacher.get().columns()) {
                checks.error(
                        rows % count != 0 && count % rows != 0,
                        path.child("groups"),
                        count + " groups do not divide the " + rows + " rows of the model's matrices",
                        "nearest divisor: " + teacher.get().nearestDivisor(count));
            }
        }
    }

    private void activationGroup(KeyPath activations, int features) {
        divides(activations.child("group"), features, "groups of " + features + " features do");
    }

    /** Checks that every matrix of the model has rows of whole groups. */
    private void divides(KeyPath path, int size, String what) {
        if (teacher.isEmpty()) {
            return;
        }
        for (int columns : teacher.get().columns()) {
            if (columns % size != 0) {
                checks.error(
                        path,
                        what + " not divide the " + columns + " columns of the model's matrices",
                        "nearest divisor: " + teacher.get().nearestDivisor(size));
                return;
            }
        }
    }

    private void embeddingGroups(KeyPath path, int count) {
        if (teacher.isPresent()) {
            int width = teacher.get().width();
            checks.error(
                    width % count != 0,
                    path,
                    count + " groups do not divide the " + width + " features of the model equally",
                    "nearest divisor: " + ModelFacts.nearestDivisor(List.of(width), count));
        }
    }
}
