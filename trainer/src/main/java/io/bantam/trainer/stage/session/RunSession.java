package io.bantam.trainer.stage.session;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.jni.JniUtils;
import io.bantam.trainer.BantamException;
import io.bantam.trainer.Sha256;
import io.bantam.trainer.engine.DataParallel;
import io.bantam.trainer.engine.Devices;
import io.bantam.trainer.engine.Operations;
import io.bantam.trainer.evaluation.EnergyProbe;
import io.bantam.trainer.evaluation.EnergyReading;
import io.bantam.trainer.recipe.Distill;
import io.bantam.trainer.recipe.Ptq;
import io.bantam.trainer.recipe.Recipe;
import io.bantam.trainer.recipe.RecipeWriter;
import io.bantam.trainer.recipe.Stage;
import io.bantam.trainer.recipe.Teacher;
import io.bantam.trainer.report.RunFolder;
import io.bantam.trainer.report.StageRecord;
import io.bantam.trainer.stage.Compute;
import io.bantam.trainer.stage.EffortMeter;
import io.bantam.trainer.stage.Fingerprints;
import io.bantam.trainer.stage.ModelState;
import io.bantam.trainer.stage.ModelStateFiles;
import io.bantam.trainer.stage.RecipeQuantizers;
import io.bantam.trainer.stage.RunContext;
import io.bantam.trainer.stage.RunHome;
import io.bantam.trainer.stage.RunOrigin;
import io.bantam.trainer.stage.StageNode;
import io.bantam.trainer.stage.StageOutcome;
import io.bantam.trainer.stage.distill.TeacherStage;
import io.bantam.trainer.tokenizer.CodeTokenizer;
import io.bantam.trainer.train.ProgressListener;
import io.bantam.trainer.train.TrainingLoop;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/**
 * A run folder, and everything in it up to the models: the data, the teacher, and each stage once. Finished stages
 * leave a {@code stage.json}; a resumed session skips those whose settings and inputs are unchanged and takes up the
 * one that was interrupted at its last checkpoint.
 */
public final class RunSession {
    private static final String FINGERPRINT = "fingerprint";

    private final Recipe recipe;
    private final Path folder;
    private final boolean resume;
    private final RunOrigin origin;
    private final ProgressListener progress;

    /** A session with the arguments of {@link RecipeRunner}. */
    public RunSession(Recipe recipe, Path folder, boolean resume, RunOrigin origin, ProgressListener progress) {
        this.recipe = recipe;
        this.folder = folder;
        this.resume = resume;
        this.origin = origin;
        this.progress = progress;
    }

    /** What a stage gave its variants. */
    public record Finished(ModelState model, String fingerprint, double seconds, EnergyReading energy) {}

    /** What is done with the models. */
    @FunctionalInterface
    public interface Work {
        /** @param models by the names of their stages; no stages for the teacher */
        void run(RunContext context, Map<List<String>, Finished> models) throws IOException;
    }

    /**
     * Makes models and hands them on.
     *
     * @param chains stage names of each model that is needed
     * @throws BantamException if the folder holds another run, or the recipe does not fit its files
     */
    public void run(Collection<List<String>> chains, Work work) throws IOException {
        openFolder();
        Device device = device();
        try (NDManager manager = NDManager.newBaseManager(device, "PyTorch")) {
            // Before the first operation: the number of threads decides the order of sums, and so the last bits.
            int threads = recipe.threads() > 0 ? recipe.threads() : cores();
            JniUtils.setNumThreads(threads);
            try (Operations operations = Operations.load(device);
                    DataParallel parallel = new DataParallel(device.isGpu() ? 1 : threads);
                    Preparation preparation = Preparation.of(recipe, folder, progress)) {
                CodeTokenizer tokenizer = preparation.tokenizer();
                RunContext context = new RunContext(
                        recipe,
                        new RunHome(folder, resume),
                        new Compute(operations, parallel, manager),
                        preparation.prepare(tokenizer),
                        tokenizer,
                        EnergyProbe.ofThisMachine(OptionalDouble.empty()),
                        origin,
                        progress);
                work.run(context, models(context, chains));
            }
        }
    }

    private Map<List<String>, Finished> models(RunContext context, Collection<List<String>> chains) throws IOException {
        Map<List<String>, Finished> finished = new HashMap<>();
        Finished teacher = teacher(context);
        finished.put(List.of(), teacher);
        StageRunner runner = new StageRunner(context, teacher.model());
        for (StageNode node : StageNode.plan(recipe)) {
            int length = node.chain().size();
            if (chains.stream()
                    .anyMatch(chain ->
                            chain.size() >= length && chain.subList(0, length).equals(node.chain()))) {
                Finished before = finished.get(node.chain().subList(0, length - 1));
                finished.put(node.chain(), stage(context, runner, node, before));
            }
        }
        return finished;
    }

    private Finished teacher(RunContext context) throws IOException {
        String fingerprint = Fingerprints.of(
                "teacher",
                Fingerprints.settings(recipe.teacher()),
                Long.toString(recipe.seed()),
                context.data().fingerprint(),
                loadedTeacherHash());
        Path home = folder.resolve(RunFolder.TEACHER_FOLDER);
        if (isFinished(home, fingerprint)) {
            StageRecord record = StageRecord.read(home);
            progress.message(RunFolder.TEACHER_FOLDER + ": already done");
            return new Finished(ModelStateFiles.readFloat(home), fingerprint, 0, null);
        }
        try (EffortMeter effort = new EffortMeter(context.energy())) {
            StageOutcome outcome = new TeacherStage(context).run(fingerprint, effort);
            EnergyReading energy = effort.read();
            double seconds = outcome.seconds().orElse(energy.seconds());
            ModelStateFiles.write(home, outcome.model(), context.tokenizer());
            record("teacher", "teacher", recipe.teacher(), fingerprint, seconds, energy, outcome.metrics())
                    .write(home);
            return new Finished(outcome.model(), fingerprint, 0, null);
        }
    }

    private String loadedTeacherHash() throws IOException {
        Optional<Path> checkpoint = recipe.teacher().checkpoint();
        return checkpoint.isPresent() ? Fingerprints.ofFolder(checkpoint.get()) : "";
    }

    /** The content of a text that a stage calibrates with; nothing for other stages. */
    private static String calibrationText(Stage stage) throws IOException {
        Optional<Path> text = stage instanceof Ptq ptq ? ptq.calibration().path() : Optional.empty();
        return text.isPresent() ? Sha256.of(text.get()) : "";
    }

    /** A cache rounds what it holds, so its students are others than the teacher's own. */
    private String taughtFromCache(StageNode node) {
        Teacher teacher = recipe.teacher();
        boolean cached = node.stage() instanceof Distill && teacher.cache() == Teacher.Cache.TOPK;
        return cached ? "top " + teacher.k() + " hidden " + teacher.cacheHidden() : "";
    }

    private Finished stage(RunContext context, StageRunner runner, StageNode node, Finished before) throws IOException {
        String fingerprint = Fingerprints.of(
                "stage",
                Fingerprints.settings(node.stage()),
                taughtFromCache(node),
                calibrationText(node.stage()),
                Long.toString(recipe.seed()),
                before.fingerprint());
        Path home = folder.resolve(node.folder());
        if (isFinished(home, fingerprint)) {
            StageRecord record = StageRecord.read(home);
            progress.message(node.folder() + ": already done");
            ModelState floats = ModelStateFiles.readFloat(home);
            ModelState model =
                    ModelStateFiles.read(home, RecipeQuantizers.after(node.stage(), before.model(), floats.config()));
            return new Finished(
                    model, fingerprint, before.seconds() + record.seconds(), sum(before.energy(), record.energy()));
        }
        Files.createDirectories(home);
        try (EffortMeter effort = new EffortMeter(context.energy())) {
            StageOutcome outcome = runner.run(node, before.model(), fingerprint, effort);
            EnergyReading energy = effort.read();
            double seconds = outcome.seconds().orElse(energy.seconds());
            ModelStateFiles.write(home, outcome.model(), context.tokenizer());
            record(node.name(), kind(node), node.stage(), fingerprint, seconds, energy, outcome.metrics())
                    .write(home);
            return new Finished(outcome.model(), fingerprint, before.seconds() + seconds, sum(before.energy(), energy));
        }
    }

    private StageRecord record(
            String name,
            String kind,
            Object settings,
            String fingerprint,
            double seconds,
            EnergyReading energy,
            Map<String, Double> metrics) {
        return new StageRecord(
                StageRecord.VERSION,
                name,
                kind,
                RecipeWriter.values(settings),
                recipe.seed(),
                Map.of(FINGERPRINT, fingerprint),
                seconds,
                energy,
                metrics,
                origin.hardware(),
                origin.commit());
    }

    private static String kind(StageNode node) {
        return node.stage().getClass().getSimpleName().toLowerCase(Locale.ROOT);
    }

    private static EnergyReading sum(EnergyReading one, EnergyReading other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return new EnergyReading(
                one.joules() + other.joules(),
                one.seconds() + other.seconds(),
                one.estimate() || other.estimate(),
                other.method());
    }

    private boolean isFinished(Path home, String fingerprint) {
        return resume
                && Files.exists(home.resolve(StageRecord.FILE_NAME))
                && fingerprint.equals(StageRecord.read(home).inputs().get(FINGERPRINT));
    }

    private void openFolder() throws IOException {
        if (Files.isDirectory(folder)) {
            List<Path> content;
            try (Stream<Path> found = Files.list(folder)) {
                content = found.sorted().toList();
            }
            if (!content.isEmpty() && !resume) {
                throw new BantamException(folder + ": is not empty. Go on with the run in it by --resume, choose"
                        + " another folder with --out, or remove it.");
            }
            for (Path home : content) {
                requireComparable(home);
            }
        }
        Files.createDirectories(folder);
        RecipeWriter.write(recipe, folder.resolve(RunFolder.RECIPE));
    }

    /** Refuses work whose fingerprint cannot be compared: it would be done again, over what is there. */
    private void requireComparable(Path home) throws IOException {
        List<String> fingerprints = new ArrayList<>(TrainingLoop.fingerprints(home));
        if (Files.exists(home.resolve(StageRecord.FILE_NAME))) {
            Optional.ofNullable(StageRecord.read(home).inputs().get(FINGERPRINT))
                    .ifPresent(fingerprints::add);
        }
        for (String fingerprint : fingerprints) {
            int version = Fingerprints.compareVersion(fingerprint);
            if (version != 0) {
                throw new BantamException(
                        "%s: is of %s version of Bantam, which marks finished work in another way, so it cannot"
                                        .formatted(home, version < 0 ? "an earlier" : "a later")
                                + " be told what of this run is still valid. Nothing was changed: resume it with the"
                                + " version that began it, or start again in another folder with --out.");
            }
        }
    }

    private Device device() {
        return switch (recipe.device()) {
            case CPU -> Device.cpu();
            case GPU -> Devices.gpu("device: gpu", "device: cpu");
            case AUTO -> Devices.hasGpu() ? Device.gpu() : Device.cpu();
        };
    }

    private static int cores() {
        return Runtime.getRuntime().availableProcessors();
    }
}
