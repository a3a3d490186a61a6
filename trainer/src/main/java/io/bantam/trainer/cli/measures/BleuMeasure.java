package io.bantam.trainer.cli.measures;

import io.bantam.trainer.cli.models.ModelSource;
import io.bantam.trainer.cli.models.StageModel;
import io.bantam.trainer.cli.terminal.Arguments;
import io.bantam.trainer.cli.terminal.Progress;
import io.bantam.trainer.cli.terminal.Terminal;
import io.bantam.trainer.data.TaskExample;
import io.bantam.trainer.hub.ModelLocation;
import io.bantam.trainer.recipe.Recipe;
import io.bantam.trainer.recipe.Source;
import io.bantam.trainer.report.RunFolder;
import io.bantam.trainer.stage.evaluate.AnswerEvaluation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/**
 * Smoothed BLEU-4 on the command line, of models that answer texts. What is not said is as in the recipe of the model's
 * run, else as a recipe's defaults.
 */
public final class BleuMeasure {
    public static final String NAME = "bleu";

    private static final String TEXT = "source";
    private static final String ANSWER = "target";
    private static final int ANSWER_LENGTH = 128;

    private BleuMeasure() {}

    public static Options addOptions(Options options) {
        return options.addOption(Arguments.option("text", "FIELD", "with bleu: the field of a text (source)"))
                .addOption(Arguments.option("answer", "FIELD", "with bleu: the field of its answer (target)"));
    }

    public static void run(CommandLine line, Path data, Terminal terminal) throws IOException {
        Optional<Recipe> recipe = recipe(line);
        Optional<Source.Pairs> pairs = recipe.map(found -> found.data().source())
                .filter(Source.Pairs.class::isInstance)
                .map(Source.Pairs.class::cast);
        TaskExample.Fields fields = new TaskExample.Fields(
                line.getOptionValue("text", pairs.map(Source.Pairs::text).orElse(TEXT)),
                Optional.empty(),
                line.getOptionValue("answer", pairs.map(Source.Pairs::answer).orElse(ANSWER)));
        List<TaskExample> all = TaskExample.read(data, fields);
        List<TaskExample> examples =
                all.subList(0, Math.min(all.size(), Arguments.integer(line, "limit", Integer.MAX_VALUE, 1)));
        int answerLength = Arguments.integer(
                line, "max-tokens", pairs.map(Source.Pairs::answerLength).orElse(ANSWER_LENGTH), 2);
        int textLength = recipe.map(found -> found.data().sequenceLength()).orElse(Integer.MAX_VALUE);
        Optional<Path> folder = ModelSource.huggingFaceFolder(line);
        Path model = folder.isPresent() ? folder.get() : ModelSource.packedFile(line, Arguments.one(line, "MODEL"));
        String about = "smoothed, the mean over %d answers of %s, greedily written, at most %d tokens"
                .formatted(examples.size(), data.getFileName(), answerLength);
        AnswerEvaluation.Result result;
        try (Progress progress = Progress.on(terminal)) {
            result = AnswerEvaluation.run(
                    model,
                    examples,
                    textLength,
                    answerLength,
                    about,
                    (done, total) -> progress.counted(done, total, "evaluate"));
        }
        terminal.out()
                .printf(
                        Locale.ROOT,
                        "BLEU-4 %.2f (%d answers of %s, greedy, %.1f s)%n",
                        result.bleu().value(),
                        examples.size(),
                        data.getFileName(),
                        result.predictions().seconds());
        if (line.hasOption("predictions")) {
            result.predictions().write(Path.of(line.getOptionValue("predictions")));
        }
        RunFigures.keep(line, List.of(result.bleu()));
    }

    /** The recipe of the run that MODEL is, or is a part of. */
    private static Optional<Recipe> recipe(CommandLine line) throws IOException {
        ModelLocation location = ModelLocation.of(Arguments.existing(line, "MODEL"));
        Path path = location.path().toAbsolutePath().normalize();
        Path run = switch (location.kind()) {
            case RUN_FOLDER -> path;
            case STAGE_FOLDER -> path.getParent();
            case PACKED_FILE -> path.getParent().getParent();
            case HUGGING_FACE_FOLDER -> null;
        };
        if (run == null || !Files.exists(run.resolve(RunFolder.RECIPE))) {
            return Optional.empty();
        }
        return Optional.of(StageModel.recipe(run));
    }
}
