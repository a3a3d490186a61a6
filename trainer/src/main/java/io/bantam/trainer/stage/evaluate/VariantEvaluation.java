package io.bantam.trainer.stage.evaluate;

import io.bantam.compression.ptq.QuantizationError;
import io.bantam.compression.quantizer.Quantizer;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.Scheme;
import io.bantam.runtime.format.TextForm;
import io.bantam.runtime.model.PackedDecoder;
import io.bantam.trainer.evaluation.EnergyReading;
import io.bantam.trainer.evaluation.LatencyProbe;
import io.bantam.trainer.evaluation.LatencyReading;
import io.bantam.trainer.evaluation.LineCompletionEvaluator;
import io.bantam.trainer.evaluation.LineCompletionResult;
import io.bantam.trainer.evaluation.LineSample;
import io.bantam.trainer.evaluation.PackedModel;
import io.bantam.trainer.evaluation.PairedBootstrap;
import io.bantam.trainer.evaluation.PlainLineEvaluator;
import io.bantam.trainer.evaluation.TextCodec;
import io.bantam.trainer.evaluation.TokenEvaluator;
import io.bantam.trainer.evaluation.TokenScore;
import io.bantam.trainer.recipe.Evaluation;
import io.bantam.trainer.report.Measure;
import io.bantam.trainer.report.RunFolder;
import io.bantam.trainer.report.Score;
import io.bantam.trainer.report.VariantResult;
import io.bantam.trainer.stage.ModelState;
import io.bantam.trainer.stage.RunContext;
import io.bantam.trainer.tokenizer.SpecialTokens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Measures one variant, everything on its packed file. */
public final class VariantEvaluation {
    private static final double TERNARY_BITS = Math.log(3) / Math.log(2);

    private final RunContext context;
    private final Evaluation settings;

    public VariantEvaluation(RunContext context) {
        this.context = context;
        this.settings = context.recipe().evaluation();
    }

    /**
     * A variant that is ready to be measured.
     *
     * @param seconds of all its stages
     * @param energy of all its stages
     */
    public record Subject(
            int position, String name, List<String> stages, ModelState model, double seconds, EnergyReading energy) {}

    /**
     * Completes the samples, scores them and measures speed; writes the result and the predictions.
     *
     * @param baseline the baseline's predictions; null for the baseline itself
     * @param baselineBytes size of the baseline's packed file
     */
    public LineCompletionResult run(Subject subject, LineCompletionResult baseline, long baselineBytes)
            throws IOException {
        Path file = context.home().packedFile(subject.name());
        Answers answers = context.data().completes()
                ? completed(subject, file)
                : new TaskEvaluation(context).run(subject.name(), file);
        LineCompletionResult lines = answers.lines();
        TokenScore tokens = answers.tokens();
        Files.createDirectories(context.home().of(RunFolder.EVALUATION_FOLDER));
        lines.write(RunFolder.predictionsFile(context.home().folder(), subject.name()));
        PairedBootstrap bootstrap = settings.bootstrap() == 0
                ? null
                : new PairedBootstrap(settings.bootstrap(), context.recipe().seed());
        VariantResult result = new VariantResult(
                VariantResult.VERSION,
                subject.position(),
                subject.name(),
                subject.stages(),
                settings.baseline(),
                describe(subject.model(), Files.size(file), baseline == null ? Files.size(file) : baselineBytes),
                new VariantResult.Quality(
                        Score.of(
                                lines.exactMatchScores(),
                                baseline == null ? null : baseline.exactMatchScores(),
                                bootstrap),
                        Score.of(
                                lines.editSimilarityScores(),
                                baseline == null ? null : baseline.editSimilarityScores(),
                                bootstrap),
                        tokens.loss(),
                        tokens.accuracy()),
                new VariantResult.Cost(answers.latency(), subject.seconds(), subject.energy()),
                new VariantResult.Origin(
                        context.data().dataSet(),
                        context.data().samples().size(),
                        LineSample.fingerprint(context.data().samples()),
                        settings.maximumNewTokens(),
                        settings.beamWidth(),
                        context.recipe().seed(),
                        context.origin().hardware(),
                        context.origin().commit()),
                errors(subject.model()),
                measures(answers, subject.name()));
        result.write(RunFolder.resultFile(context.home().folder(), subject.name()));
        return lines;
    }

    /**
     * What a model answers.
     *
     * @param lines what it predicts
     * @param tokens its loss and accuracy
     * @param latency null if not measured
     * @param measures further figures of its task
     */
    record Answers(LineCompletionResult lines, TokenScore tokens, LatencyReading latency, List<Measure> measures) {}

    private Answers completed(Subject subject, Path file) throws IOException {
        int workers = Math.max(1, Runtime.getRuntime().availableProcessors());
        LineCompletionResult lines;
        TokenScore tokens;
        try (PackedDecoder decoder = PackedDecoder.load(file)) {
            lines = context.data().textForm().equals(Optional.of(TextForm.PLAIN))
                    ? completePlainLines(subject, file, workers)
                    : completeLines(subject, decoder, workers);
            tokens = scoreTokens(subject, decoder, workers);
        }
        return new Answers(lines, tokens, LatencyProbe.measure(file, LatencyProbe.Settings.STANDARD), List.of());
    }

    private List<Measure> measures(Answers answers, String variant) {
        List<Measure> measures = new ArrayList<>(answers.measures());
        measures.addAll(PublishedFigures.of(context.recipe().report().published(), variant));
        return measures;
    }

    private LineCompletionResult completeLines(Subject subject, PackedDecoder decoder, int workers) {
        LineCompletionEvaluator evaluator = new LineCompletionEvaluator(
                TextCodec.of(context.tokenizer()::encode, context.tokenizer()::decode),
                new LineCompletionEvaluator.Settings(
                        subject.model().config().positions(),
                        settings.maximumNewTokens(),
                        context.tokenizer().endOfLineId(),
                        workers));
        return evaluator.evaluate(
                context.data().samples(),
                PackedModel.sharing(decoder, settings.beamWidth()),
                (done, total) -> context.progress()
                        .counted(done, total, RunFolder.EVALUATION_FOLDER + ": " + subject.name() + ", lines"));
    }

    private LineCompletionResult completePlainLines(Subject subject, Path file, int workers) throws IOException {
        try (io.bantam.runtime.completion.PackedModel model = io.bantam.runtime.completion.PackedModel.load(file, 1)) {
            return new PlainLineEvaluator(settings.maximumNewTokens(), workers)
                    .evaluate(
                            model,
                            context.data().samples(),
                            (done, total) -> context.progress()
                                    .counted(
                                            done,
                                            total,
                                            RunFolder.EVALUATION_FOLDER + ": " + subject.name() + ", lines"));
        }
    }

    private TokenScore scoreTokens(Subject subject, PackedDecoder decoder, int workers) {
        TokenEvaluator evaluator = new TokenEvaluator(new TokenEvaluator.Settings(
                subject.model().config().positions(),
                context.tokenizer().find(SpecialTokens.PAD).orElse(-1),
                Arrays.stream(context.data().ignored()).boxed().collect(Collectors.toSet()),
                workers));
        return evaluator.evaluate(
                context.data().test(),
                PackedModel.sharing(decoder, 1),
                (done, total) -> context.progress()
                        .counted(done, total, RunFolder.EVALUATION_FOLDER + ": " + subject.name() + ", tokens"));
    }

    private static VariantResult.Model describe(ModelState model, long bytes, long baselineBytes) {
        double bits = 0;
        long count = 0;
        for (List<String> block : model.config().blockLinears()) {
            for (String linear : block) {
                long weights = model.config().shapes().get(linear + ".weight").stream()
                        .mapToLong(Integer::longValue)
                        .reduce(1, Math::multiplyExact);
                bits += weights * bits(model, linear + ".weight");
                count += weights;
            }
        }
        return new VariantResult.Model(
                bits / count,
                model.activations().bits(),
                bits(model, DecoderConfig.EMBEDDING),
                model.config().layers(),
                model.config().parameterCount(),
                bytes,
                baselineBytes);
    }

    private static double bits(ModelState model, String name) {
        return model.quantization().of(name).map(VariantEvaluation::bits).orElse(32.0);
    }

    private static double bits(Quantizer quantizer) {
        return quantizer.scheme() == Scheme.TERNARY ? TERNARY_BITS : quantizer.bits();
    }

    private static Map<String, Double> errors(ModelState model) {
        Map<String, float[]> quantized = model.quantizedWeights();
        Map<String, Double> errors = new LinkedHashMap<>();
        for (String name : model.quantization().quantizers().keySet()) {
            double noise = QuantizationError.relativeNoise(model.weights().get(name), quantized.get(name));
            errors.put(name, Math.sqrt(noise));
        }
        return errors;
    }
}
