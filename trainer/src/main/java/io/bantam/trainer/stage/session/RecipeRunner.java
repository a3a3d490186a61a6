package io.bantam.trainer.stage.session;

import io.bantam.trainer.BantamException;
import io.bantam.trainer.evaluation.LineCompletionResult;
import io.bantam.trainer.recipe.Recipe;
import io.bantam.trainer.recipe.RecipeWriter;
import io.bantam.trainer.report.Comparison;
import io.bantam.trainer.report.ReportWriter;
import io.bantam.trainer.report.RunFolder;
import io.bantam.trainer.report.StageRecord;
import io.bantam.trainer.stage.ModelState;
import io.bantam.trainer.stage.RunContext;
import io.bantam.trainer.stage.RunOrigin;
import io.bantam.trainer.stage.evaluate.VariantEvaluation;
import io.bantam.trainer.stage.export.PackedExport;
import io.bantam.trainer.stage.export.VariantFiles;
import io.bantam.trainer.stage.session.RunSession.Finished;
import io.bantam.trainer.train.ProgressListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Runs a whole recipe in a run folder: data, teacher, every stage once ({@link RunSession}), and for every variant a
 * packed file, its evaluation and its row of the report.
 */
public final class RecipeRunner {
    private final Recipe recipe;
    private final Path folder;
    private final RunOrigin origin;
    private final ProgressListener progress;
    private final RunSession session;

    /**
     * @param recipe as {@code RecipeLoader} gives it
     * @param folder the run folder; made if need be
     * @param resume whether to go on in a folder that has a run already
     */
    public RecipeRunner(Recipe recipe, Path folder, boolean resume, RunOrigin origin, ProgressListener progress) {
        this.recipe = recipe;
        this.folder = folder;
        this.origin = origin;
        this.progress = progress;
        this.session = new RunSession(recipe, folder, resume, origin, progress);
    }

    /**
     * Runs everything that is not done yet.
     *
     * @return the variants compared
     * @throws BantamException if the folder holds another run, or the recipe does not fit its files
     */
    public Comparison run() throws IOException {
        session.run(
                recipe.variants().values(), (context, models) -> evaluate(context, models, export(context, models)));
        Set<ReportWriter.Format> formats = EnumSet.noneOf(ReportWriter.Format.class);
        recipe.report().formats().forEach(format -> formats.add(ReportWriter.Format.valueOf(format.name())));
        return ReportWriter.writeRun(folder, formats);
    }

    private Map<String, ModelState> export(RunContext context, Map<List<String>, Finished> finished)
            throws IOException {
        PackedExport export = new PackedExport(
                context.compute().operations(), context.compute().manager());
        VariantFiles files = new VariantFiles(recipe.export().formats(), context.tokenizer(), progress);
        Map<String, Double> figures = new LinkedHashMap<>();
        Map<String, ModelState> models = new LinkedHashMap<>();
        long start = System.nanoTime();
        for (String variant : recipe.variants().keySet()) {
            ModelState model = finished.get(recipe.variants().get(variant))
                    .model()
                    .exported(recipe.export().floats());
            models.put(variant, model);
            PackedExport.Proof proof = export.write(
                    context.home().packedFile(variant),
                    model,
                    context.tokenizer(),
                    context.data().validation(),
                    context.data().textForm());
            progress.message(RunFolder.EXPORT_FOLDER + ": " + variant + ", " + proof.summary());
            figures.put(variant + ".bytes", (double) proof.bytes());
            if (proof.contexts() > 0) {
                figures.put(variant + ".exactError", proof.exactError());
                figures.put(variant + ".logitsError", proof.logitsError());
                figures.put(variant + ".nearTies", (double) proof.nearTies());
            }
            files.write(context.home().packedFile(variant), model);
        }
        new StageRecord(
                        StageRecord.VERSION,
                        "export",
                        "export",
                        RecipeWriter.values(recipe.export()),
                        recipe.seed(),
                        Map.of("fingerprint", ""),
                        (System.nanoTime() - start) / 1e9,
                        null,
                        figures,
                        origin.hardware(),
                        origin.commit())
                .write(folder.resolve(RunFolder.EXPORT_FOLDER));
        return models;
    }

    private void evaluate(RunContext context, Map<List<String>, Finished> finished, Map<String, ModelState> models)
            throws IOException {
        VariantEvaluation evaluation = new VariantEvaluation(context);
        List<String> names = new ArrayList<>(recipe.variants().keySet());
        String baseline = recipe.evaluation().baseline();
        long baselineBytes = Files.size(context.home().packedFile(baseline));
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
            progress.message(RunFolder.EVALUATION_FOLDER
                    + ": %s, EM %.1f, ES %.1f".formatted(name, lines.exactMatch(), lines.editSimilarity()));
        }
    }
}
