package io.bantam.trainer.recipe;

import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.TextForm;
import io.bantam.trainer.hub.ModelFacts;
import io.bantam.trainer.recipe.key.Words;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Checks what one key alone does not show: sums, order, layers, files. */
final class RecipeChecks {
    private static final KeyPath DATA = KeyPath.of("data");
    private static final KeyPath TEACHER = KeyPath.of("teacher");
    private static final KeyPath STAGES = KeyPath.of("stages");
    private static final KeyPath EVALUATION = KeyPath.of("evaluation");

    private final Checks checks;
    private final PathChecks paths;
    private final StageChecks stages;
    private final boolean lookAtDisk;

    /** @param lookAtDisk whether named files must exist */
    RecipeChecks(Checks checks, boolean lookAtDisk) {
        this.checks = checks;
        this.paths = new PathChecks(checks);
        this.stages = new StageChecks(checks);
        this.lookAtDisk = lookAtDisk;
    }

    void run() {
        Optional<ModelFacts> shape = teacher();
        checks.at(KeyPath.of("task"), Task.class).ifPresent(task -> task(task, shape));
        data(shape);
        form(shape.isPresent());
        checks.keysAt(STAGES).forEach(name -> stages.stage(STAGES.child(name)));
        checks.at(TEACHER, Teacher.class)
                .filter(teacher -> teacher.cache() == Teacher.Cache.TOPK)
                .ifPresent(teacher -> checks.keysAt(STAGES)
                        .forEach(name -> stages.taughtFromCache(STAGES.child(name), teacher.cacheHidden())));
        shape.ifPresent(this::hiddenStates);
        if (lookAtDisk) {
            checks.keysAt(STAGES)
                    .forEach(name -> checks.at(STAGES.child(name), Ptq.class)
                            .flatMap(ptq -> ptq.calibration().path())
                            .ifPresent(file -> paths.file(
                                    STAGES.child(name).child("calibration").child("path"), file)));
        }
        new VariantChecks(checks, shape).run();
        evaluation(shape);
        published();
        new SearchChecks(checks).names();
    }

    /** The hidden states that a cache is to keep, against the teacher's. */
    private void hiddenStates(ModelFacts teacher) {
        KeyPath path = TEACHER.child("cacheHidden");
        for (int i = 0; i < checks.lengthAt(path); i++) {
            KeyPath at = path.child(i);
            checks.at(at, Integer.class)
                    .ifPresent(state -> checks.error(
                            state > teacher.layers(),
                            at,
                            "there is no hidden state " + state + ": the teacher has " + teacher.layers() + " layers",
                            "write 0 to " + teacher.layers()));
        }
    }

    private void task(Task task, Optional<ModelFacts> shape) {
        String word = Words.of(task);
        checks.at(DATA.child("source"), Source.class)
                .ifPresent(source -> checks.error(
                        !task.takes(source),
                        DATA.child("source"),
                        "the task '" + word + "' cannot be done with this data",
                        switch (task) {
                            case COMPLETION -> "write task: classification or generation, or name code";
                            case CLASSIFICATION -> "use kind: labelled";
                            case GENERATION -> "use kind: pairs";
                        }));
        shape.ifPresent(model -> checks.error(
                Task.of(model) != task,
                KeyPath.of("task"),
                "the teacher is for '" + Words.of(Task.of(model)) + "', not for '" + word + "'",
                "write task: " + Words.of(Task.of(model)) + ", or name another teacher"));
        if (task == Task.COMPLETION) {
            return;
        }
        checks.error(
                checks.at(TEACHER, Teacher.Train.class).isPresent(),
                TEACHER.child("kind"),
                "only decoders can be trained from the beginning",
                "use kind: load or fine-tune");
        checks.at(TEACHER, Teacher.class)
                .ifPresent(teacher -> checks.error(
                        teacher.cache() != Teacher.Cache.NONE,
                        TEACHER.child("cache"),
                        "only a decoder's answers can be kept",
                        "remove cache"));
        checks.at(TEACHER.child("training"), Training.class)
                .ifPresent(training -> stages.checkpointing(TEACHER.child("training"), training));
        checks.error(
                checks.at(KeyPath.of("search"), Search.class).isPresent(),
                KeyPath.of("search"),
                "only decoders can be searched",
                "remove search");
        checks.at(KeyPath.of("export"), Export.class)
                .ifPresent(export -> checks.error(
                        export.formats().contains(Export.Format.GGUF)
                                || export.formats().contains(Export.Format.ONNX),
                        KeyPath.of("export").child("formats"),
                        "only decoders are written as gguf or onnx",
                        "use packed and safetensors"));
    }

    private Optional<ModelFacts> teacher() {
        Optional<Teacher> teacher = checks.at(TEACHER, Teacher.class);
        stages.training(TEACHER.child("training"));
        checks.at(TEACHER.child("model"), ModelSettings.class).ifPresent(model -> {
            boolean uneven = model.width() % model.heads() != 0;
            String message = model.heads() + " heads do not divide a width of " + model.width();
            checks.error(uneven, TEACHER.child("model").child("heads"), message, "change heads or width");
        });
        Optional<Path> checkpoint = teacher.flatMap(Teacher::checkpoint);
        if (checkpoint.isPresent()) {
            return lookAtDisk ? paths.teacher(TEACHER.child("path"), checkpoint.get()) : Optional.empty();
        }
        return checks.at(TEACHER.child("model"), ModelSettings.class).flatMap(RecipeChecks::facts);
    }

    /** What is known of a GPT-2 that will be trained; the vocabulary comes with the tokenizer. */
    private static Optional<ModelFacts> facts(ModelSettings model) {
        if (model.width() % model.heads() != 0) {
            return Optional.empty();
        }
        return Optional.of(new ModelFacts(new DecoderConfig(
                1,
                model.context(),
                model.width(),
                4 * model.width(),
                model.layers(),
                model.heads(),
                (float) model.layerNormEpsilon(),
                -1,
                -1,
                -1)));
    }

    private void data(Optional<ModelFacts> shape) {
        if (lookAtDisk) {
            paths.source(DATA.child("source"));
        }
        checks.at(DATA.child("split"), Split.class).ifPresent(split -> {
            double sum = split.validation() + split.test();
            KeyPath path = DATA.child("split");
            checks.error(
                    sum >= 1, path, "validation and test leave nothing to train on", "let them sum to less than 1");
            Optional<String> needs = whoNeedsValidation();
            checks.error(
                    split.validation() == 0 && needs.isPresent(),
                    path.child("validation"),
                    "no validation text, but " + needs.orElse("") + " measures the validation loss",
                    "write 0.02");
        });
        Optional<Integer> length = checks.at(DATA.child("sequenceLength"), Integer.class);
        if (length.isPresent() && shape.isPresent()) {
            int context = shape.get().context();
            checks.error(
                    length.get() > context,
                    DATA.child("sequenceLength"),
                    "sequences of " + length.get() + " tokens do not fit the teacher's context of " + context,
                    "at most " + context);
        }
    }

    /** The form of text that models read, against the teacher's tokenizer, the sources and the evaluation. */
    private void form(boolean teacherFound) {
        KeyPath path = DATA.child("form");
        Optional<TextForm> said = checks.at(path, TextForm.class);
        if (checks.at(KeyPath.of("task"), Task.class).equals(Optional.of(Task.COMPLETION))) {
            Optional<TextForm> told = checks.at(TEACHER, Teacher.class)
                    .flatMap(Teacher::checkpoint)
                    .filter(folder -> lookAtDisk && teacherFound)
                    .flatMap(folder -> paths.textForm(TEACHER.child("path"), folder));
            checks.error(
                    said.equals(Optional.of(TextForm.PY150)) && told.equals(Optional.of(TextForm.PLAIN)),
                    path,
                    "the teacher's tokenizer has not the tokens of PY150's normal form, <s> and <EOL>",
                    "write form: plain");
            if (said.or(() -> told).equals(Optional.of(TextForm.PLAIN))) {
                plain(DATA.child("source"));
                checks.error(
                        checks.at(EVALUATION.child("beamWidth"), Integer.class).orElse(1) > 1,
                        EVALUATION.child("beamWidth"),
                        "plain text is completed greedily",
                        "write 1");
            }
        } else {
            checks.error(said.isPresent(), path, "only decoders that complete code have a form", "remove it");
        }
    }

    /** Refuses sources that are in normal form already, where models read plain text. */
    private void plain(KeyPath source) {
        checks.at(source, Source.class).ifPresent(found -> {
            checks.error(
                    found instanceof Source.Text || found instanceof Source.CodeXGlue,
                    source,
                    "it is in PY150's normal form, and the models read plain text",
                    "name source code: kind folder, json-lines or bundled");
            if (found instanceof Source.Several several) {
                for (int i = 0; i < several.sources().size(); i++) {
                    plain(source.child("sources").child(i));
                }
            }
        });
    }

    private Optional<String> whoNeedsValidation() {
        if (checks.at(TEACHER, Teacher.Train.class).isPresent()
                || checks.at(TEACHER, Teacher.FineTune.class).isPresent()) {
            return Optional.of("the teacher");
        }
        return checks.keysAt(STAGES).stream()
                .filter(name -> checks.at(STAGES.child(name), Stage.class)
                        .filter(RecipeChecks::measuresLoss)
                        .isPresent())
                .map(name -> "stage '" + name + "'")
                .findFirst();
    }

    private static boolean measuresLoss(Stage stage) {
        return switch (stage) {
            case Distill _ -> true;
            case Reduce reduce ->
                reduce.layers() instanceof LayerChoice.ByRule byRule
                        && byRule.rule().measuresLoss();
            case Ptq _ -> false;
        };
    }

    private void published() {
        KeyPath figures = KeyPath.of("report").child("published").child("figures");
        List<String> variants = checks.keysAt(KeyPath.of("variants"));
        for (int i = 0; i < checks.lengthAt(figures); i++) {
            KeyPath at = figures.child(i).child("variant");
            checks.at(at, String.class)
                    .ifPresent(variant -> checks.error(
                            !variants.contains(variant),
                            at,
                            "no variant is called '" + variant + "'",
                            Nearest.advice("variant", variant, variants)));
        }
    }

    private void evaluation(Optional<ModelFacts> shape) {
        Optional<Evaluation> found = checks.at(EVALUATION, Evaluation.class);
        if (found.isEmpty()) {
            return;
        }
        Evaluation evaluation = found.get();
        List<String> variants = checks.keysAt(KeyPath.of("variants"));
        checks.error(
                !variants.isEmpty() && !variants.contains(evaluation.baseline()),
                EVALUATION.child("baseline"),
                "no variant is called '" + evaluation.baseline() + "'",
                Nearest.advice("variant", evaluation.baseline(), variants));
        boolean byFile = evaluation.rule() == Evaluation.Rule.FILE;
        checks.error(
                byFile && evaluation.file().isEmpty(),
                EVALUATION.child("rule"),
                "the rule 'file' needs a file",
                "add file: samples.jsonl");
        checks.error(
                !byFile && evaluation.file().isPresent(),
                EVALUATION.child("file"),
                "the rule '" + Words.of(evaluation.rule()) + "' reads no file",
                "write rule: file, or remove file");
        if (lookAtDisk) {
            evaluation.file().ifPresent(file -> paths.file(EVALUATION.child("file"), file));
        }
        boolean completes = checks.at(KeyPath.of("task"), Task.class)
                .filter(task -> task == Task.COMPLETION)
                .isPresent();
        boolean noTest = checks.at(DATA.child("split"), Split.class)
                .filter(split -> split.test() == 0)
                .isPresent();
        checks.error(
                completes && !byFile && noTest,
                DATA.child("split").child("test"),
                "no test text, but evaluation cuts its samples from it",
                "write 0.02, or evaluate a file");
        shape.ifPresent(model -> checks.error(
                completes && evaluation.maximumNewTokens() >= model.context(),
                EVALUATION.child("maximumNewTokens"),
                evaluation.maximumNewTokens() + " new tokens leave no room in a context of " + model.context(),
                "less than " + model.context()));
    }
}
