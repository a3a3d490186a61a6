package io.bantam.trainer.stage;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.jni.JniUtils;
import io.bantam.trainer.BantamException;
import io.bantam.trainer.Sha256;
import io.bantam.trainer.engine.DataParallel;
import io.bantam.trainer.engine.Operations;
import io.bantam.trainer.evaluation.EnergyProbe;
import io.bantam.trainer.evaluation.EnergyReading;
import io.bantam.trainer.evaluation.LineCompletionResult;
import io.bantam.trainer.recipe.Distill;
import io.bantam.trainer.recipe.Export;
import io.bantam.trainer.recipe.Ptq;
import io.bantam.trainer.recipe.Recipe;
import io.bantam.trainer.recipe.RecipeWriter;
import io.bantam.trainer.recipe.Stage;
import io.bantam.trainer.recipe.Teacher;
import io.bantam.trainer.report.Comparison;
import io.bantam.trainer.report.ReportWriter;
import io.bantam.trainer.report.RunFolder;
import io.bantam.trainer.report.StageRecord;
import io.bantam.trainer.tokenizer.CodeTokenizer;
import io.bantam.trainer.train.ProgressListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Runs a whole recipe in a run folder: data, teacher, every stage once, and for every variant a packed file, its
 * evaluation and its row of the report. Finished stages leave a {@code stage.json}; a resumed run skips those whose
 * settings and inputs are unchanged and takes up the one that was interrupted at its last checkpoint.
 */
public final class RecipeRunner {
    private final Recipe recipe;
    private final Path folder;
    private final boolean resume;
    private final RunOrigin origin;
    private final ProgressListener progress;

    /**
     * @param recipe as {@code RecipeLoader} gives it
     * @param folder the run folder; made if need be
     * @param resume whether to go on in a folder that has a run already
     */
    public RecipeRunner(Recipe recipe, Path folder, boolean resume, RunOrigin origin, ProgressListener progress) {
        this.recipe = recipe;
        this.folder = folder;
        this.resume = resume;
        this.origin = origin;
        this.progress = progress;
    }

    /** What a stage gave its variants. */
    private record Finished(StudentModel model, String fingerprint, double seconds, EnergyReading energy) {}

    /**
     * Runs everything that is not done yet.
     *
     * @return the variants compared
     * @throws BantamException if the folder holds another run, or the recipe does not fit its files
     */
    public Comparison run() throws IOException {
        openFolder();
        Device device = device();
        try (NDManager manager = NDManager.newBaseManager(device, "PyTorch")) {
            // Before the first operation: the number of threads decides the order of sums, and so the last bits.
            int threads = recipe.threads() > 0 ? recipe.threads() : cores();
            JniUtils.setNumThreads(threads);
            try (Operations operations = Operations.load(device);
                    DataParallel parallel = new DataParallel(device.isGpu() ? 1 : threads);
                    DataPreparation preparation = new DataPreparation(recipe, folder, progress)) {
                CodeTokenizer tokenizer = preparation.tokenizer();
                RunContext context = new RunContext(
                        recipe,
                        folder,
                        resume,
                        operations,
                        parallel,
                        manager,
                        preparation.prepare(tokenizer),
                        tokenizer,
                        EnergyProbe.ofThisMachine(OptionalDouble.empty()),
                        origin,
                        progress);
                runStages(context);
            }
        }
        Set<ReportWriter.Format> formats = EnumSet.noneOf(ReportWriter.Format.class);
        recipe.report().formats().forEach(format -> formats.add(ReportWriter.Format.valueOf(format.name())));
        return ReportWriter.writeRun(folder, formats);
    }

    private void runStages(RunContext context) throws IOException {
        Map<List<String>, Finished> finished = new HashMap<>();
        Finished teacher = teacher(context);
        finished.put(List.of(), teacher);
        StageRunner runner = new StageRunner(context, teacher.model());
        for (StageNode node : StageNode.plan(recipe)) {
            Finished before = finished.get(node.chain().subList(0, node.chain().size() - 1));
            finished.put(node.chain(), stage(context, runner, node, before));
        }
        evaluate(context, finished, export(context, finished));
    }

    private Finished teacher(RunContext context) throws IOException {
        String fingerprint = Fingerprints.of(
                "teacher",
                teacherSettings(),
                Long.toString(recipe.seed()),
                context.data().fingerprint(),
                loadedTeacherHash());
        Path home = folder.resolve(RunContext.TEACHER_FOLDER);
        if (isFinished(home, fingerprint)) {
            StageRecord record = StageRecord.read(home);
            progress.message(RunContext.TEACHER_FOLDER + ": already done");
            return new Finished(StudentFiles.readFloat(home), fingerprint, 0, null);
        }
        long start = System.nanoTime();
        try (EnergyProbe.Meter meter = context.energy().start()) {
            StageRunner.Outcome outcome = new TeacherStage(context).run(fingerprint);
            double seconds = outcome.seconds().orElse((System.nanoTime() - start) / 1e9);
            StudentFiles.write(home, outcome.model(), context.tokenizer());
            record("teacher", "teacher", recipe.teacher(), fingerprint, seconds, meter.read(), outcome.metrics())
                    .write(home);
            return new Finished(outcome.model(), fingerprint, 0, null);
        }
    }

    /** What the teacher depends on but the files it is loaded from: a folder may move without its model being another. */
    private String teacherSettings() {
        return switch (recipe.teacher()) {
            case Teacher.Load _ -> "load";
            case Teacher.FineTune start -> resultOf(start.training().toString());
            case Teacher.Train train ->
                train.tokenizer() + " " + train.model() + " "
                        + resultOf(train.training().toString());
        };
    }

    private String loadedTeacherHash() throws IOException {
        Optional<Path> checkpoint = recipe.teacher().checkpoint();
        return checkpoint.isPresent() ? Fingerprints.ofFolder(checkpoint.get()) : "";
    }

    /** Settings without the one that changes memory and time, but no figure: a resumed run may change it. */
    private static String resultOf(String settings) {
        return settings.replaceAll(", gradientCheckpointing=(true|false)", "");
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
        return cached ? " top " + teacher.k() : "";
    }

    private Finished stage(RunContext context, StageRunner runner, StageNode node, Finished before) throws IOException {
        String fingerprint = Fingerprints.of(
                "stage",
                resultOf(node.stage().toString()) + taughtFromCache(node) + calibrationText(node.stage()),
                Long.toString(recipe.seed()),
                before.fingerprint());
        Path home = folder.resolve(node.folder());
        if (isFinished(home, fingerprint)) {
            StageRecord record = StageRecord.read(home);
            progress.message(node.folder() + ": already done");
            StudentModel floats = StudentFiles.readFloat(home);
            StudentModel model =
                    StudentFiles.read(home, StageRunner.quantization(node.stage(), before.model(), floats.config()));
            return new Finished(
                    model, fingerprint, before.seconds() + record.seconds(), sum(before.energy(), record.energy()));
        }
        Files.createDirectories(home);
        long start = System.nanoTime();
        try (EnergyProbe.Meter meter = context.energy().start()) {
            StageRunner.Outcome outcome = runner.run(node, before.model(), fingerprint);
            double seconds = outcome.seconds().orElse((System.nanoTime() - start) / 1e9);
            EnergyReading energy = meter.read();
            StudentFiles.write(home, outcome.model(), context.tokenizer());
            record(node.name(), kind(node), node.stage(), fingerprint, seconds, energy, outcome.metrics())
                    .write(home);
            return new Finished(outcome.model(), fingerprint, before.seconds() + seconds, sum(before.energy(), energy));
        }
    }

    private Map<String, StudentModel> export(RunContext context, Map<List<String>, Finished> finished)
            throws IOException {
        PackedExport export = new PackedExport(context.operations(), context.manager());
        Map<String, Double> figures = new LinkedHashMap<>();
        Map<String, StudentModel> models = new LinkedHashMap<>();
        long start = System.nanoTime();
        for (String variant : recipe.variants().keySet()) {
            StudentModel model = finished.get(recipe.variants().get(variant)).model();
            models.put(variant, model);
            PackedExport.Proof proof = export.write(
                    context.packedFile(variant),
                    model,
                    context.tokenizer(),
                    context.data().validation());
            progress.message(String.format(
                    Locale.ROOT,
                    "50-export: %s, %,d bytes; logits within %.1e of the trained model's in float64, %.1e as it runs;"
                            + " greedy text equal on %d of %d contexts",
                    variant,
                    proof.bytes(),
                    proof.exactError(),
                    proof.logitsError(),
                    proof.contexts() - proof.nearTies(),
                    proof.contexts()));
            figures.put(variant + ".bytes", (double) proof.bytes());
            figures.put(variant + ".exactError", proof.exactError());
            figures.put(variant + ".logitsError", proof.logitsError());
            figures.put(variant + ".nearTies", (double) proof.nearTies());
            if (recipe.export().formats().contains(Export.Format.SAFETENSORS)) {
                Path home = folder.resolve(RunContext.EXPORT_FOLDER).resolve(RunFolder.fileName(variant));
                StudentFiles.write(home, model.withWeights(model.quantizedWeights()), context.tokenizer());
            }
        }
        record("export", "export", recipe.export(), "", (System.nanoTime() - start) / 1e9, null, figures)
                .write(folder.resolve(RunContext.EXPORT_FOLDER));
        return models;
    }

    private void evaluate(RunContext context, Map<List<String>, Finished> finished, Map<String, StudentModel> models)
            throws IOException {
        VariantEvaluation evaluation = new VariantEvaluation(context);
        List<String> names = new ArrayList<>(recipe.variants().keySet());
        String baseline = recipe.evaluation().baseline();
        long baselineBytes = Files.size(context.packedFile(baseline));
        LineCompletionResult reference = null;
        List<String> order = new ArrayList<>(names);
        order.remove(baseline);
        order.addFirst(baseline);
        for (String name : order) {
            Finished stages = finished.get(recipe.variants().get(name));
            LineCompletionResult lines = evaluation.run(
                    new VariantEvaluation.Subject(
                            names.indexOf(name),
                            name,
                            recipe.variants().get(name),
                            models.get(name),
                            stages.seconds(),
                            stages.energy()),
                    reference,
                    baselineBytes);
            reference = reference == null ? lines : reference;
            progress.message(
                    "60-evaluate: %s, EM %.1f, ES %.1f".formatted(name, lines.exactMatch(), lines.editSimilarity()));
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
                Map.of("fingerprint", fingerprint),
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
                && fingerprint.equals(StageRecord.read(home).inputs().get("fingerprint"));
    }

    private void openFolder() throws IOException {
        if (Files.isDirectory(folder) && !resume) {
            try (Stream<Path> content = Files.list(folder)) {
                if (content.findAny().isPresent()) {
                    throw new BantamException(folder + ": is not empty. Go on with the run in it by --resume, choose"
                            + " another folder with --out, or remove it.");
                }
            }
        }
        Files.createDirectories(folder);
        RecipeWriter.write(recipe, folder.resolve(RunFolder.RECIPE));
    }

    private Device device() {
        return switch (recipe.device()) {
            case CPU -> Device.cpu();
            case GPU -> gpu();
            case AUTO -> ai.djl.engine.Engine.getEngine("PyTorch").getGpuCount() > 0 ? Device.gpu() : Device.cpu();
        };
    }

    private static Device gpu() {
        if (ai.djl.engine.Engine.getEngine("PyTorch").getGpuCount() == 0) {
            throw new BantamException(
                    "device: gpu, but PyTorch sees no GPU. Run './bantam doctor', or set device: cpu.");
        }
        return Device.gpu();
    }

    private static int cores() {
        return Runtime.getRuntime().availableProcessors();
    }
}
