package io.bantam.trainer.report;

import io.bantam.trainer.evaluation.EnergyReading;
import io.bantam.trainer.evaluation.LatencyReading;
import io.bantam.trainer.evaluation.LineCompletionResult;
import io.bantam.trainer.evaluation.LinePrediction;
import io.bantam.trainer.evaluation.LineScore.SampleScore;
import io.bantam.trainer.evaluation.PairedBootstrap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** Writes a run folder of a quickstart that never ran: the shapes are real, all figures are invented. */
public final class MadeUpRun {
    static final String FINGERPRINT = "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef";
    static final String HARDWARE = "2 x Invented CPU, 6 GB";
    private static final Map<String, Object> LOSS = Map.of(
            "logits", Map.of("weight", 1.0, "kind", "kl", "temperature", 1.0),
            "hidden", Map.of("weight", 0.0),
            "attention", Map.of("weight", 0.0),
            "labels", Map.of("weight", 0.0));
    private static final EnergyReading NOTHING = null;
    private static final String[] LINEARS = {"attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj"};
    private static final List<String> TRUTHS = List.of(
            "return self . _labels",
            "loop ) )",
            "for key , value in sorted ( headers . items ( ) ) :",
            "= <NUM_LIT:0>",
            "raise ValueError ( '<STR_LIT>' )",
            "",
            "if a < b & c :");

    private final Path folder;
    private final Random random;
    private final int samples;
    private final double[] difficulty;
    private double[] baselineEs;
    private double[] baselineEm;

    private MadeUpRun(Path folder, long seed, int samples) {
        this.folder = folder;
        this.random = new Random(seed);
        this.samples = samples;
        this.difficulty = random.doubles(samples).toArray();
    }

    /** Writes a run with the quickstart's five variants. */
    public static Path write(Path folder, long seed) throws IOException {
        return write(folder, seed, FINGERPRINT, HARDWARE);
    }

    static Path write(Path folder, long seed, String fingerprint, String hardware) throws IOException {
        MadeUpRun run = new MadeUpRun(folder, seed, 64);
        Files.createDirectories(folder);
        Files.writeString(
                folder.resolve("recipe.yaml"),
                "# Aim: try the page. <b>Not bold</b> & nothing to \"escape\"\n"
                        + "version: 1\nname: quickstart\nseed: 42\n");
        run.stage("10-teacher", "teacher", "load", 0, 0, 0);
        run.stage("20-half", "half", "reduce", 0, 0, 0);
        run.stage("30-recover", "recover", "distill", 300, 6.2, 1.4);
        run.stage("31-binary", "binary", "distill", 900, 21, 1.1);
        run.stage("40-w8a8", "w8a8", "ptq", 0, 0, 0);
        new Diagnosis(
                        Diagnosis.VERSION,
                        Map.of("h.0.mlp.c_fc.weight", 2e-5, "wte.weight", 3e-5),
                        Map.of("h.0.mlp.c_fc", List.of(new Diagnosis.Outlier(17, 31.5, 12.25))),
                        List.of(1e-6, 4e-5, 9e-5),
                        4,
                        List.of("largest relative noise: wte.weight & others"))
                .write(folder.resolve("40-w8a8"));
        run.variant(
                0,
                "teacher",
                List.of(),
                new double[] {32, 32, 32},
                12,
                4_931_328,
                19_741_312,
                1.0,
                fingerprint,
                hardware);
        run.variant(
                1,
                "6L",
                List.of("half", "recover"),
                new double[] {32, 32, 32},
                6,
                3_263_616,
                13_060_800,
                0.96,
                fingerprint,
                hardware);
        run.variant(
                2,
                "1W8A6L",
                List.of("half", "recover", "binary"),
                new double[] {1, 8, 8},
                6,
                3_263_616,
                1_104_220,
                0.91,
                fingerprint,
                hardware);
        run.variant(
                3,
                "PTQ W8A8",
                List.of("w8a8"),
                new double[] {8, 8, 8},
                12,
                4_931_328,
                5_010_944,
                0.99,
                fingerprint,
                hardware);
        run.variant(
                4,
                "6L + PTQ W4A8",
                List.of("half", "recover", "w4a8"),
                new double[] {4, 8, 8},
                6,
                3_263_616,
                2_403_328,
                0.8,
                fingerprint,
                hardware);
        run.variant(
                5,
                "ternary 12L",
                List.of("ternary"),
                new double[] {Math.log(3) / Math.log(2), 8, 4},
                12,
                4_931_328,
                1_890_000,
                0.93,
                fingerprint,
                hardware);
        return folder;
    }

    private void stage(String name, String stage, String kind, int steps, double from, double to) throws IOException {
        Path place = Files.createDirectories(folder.resolve(name));
        Map<String, Double> metrics = steps == 0 ? Map.of() : Map.of("loss", to, "validationLoss", to * 1.05);
        new StageRecord(
                        StageRecord.VERSION,
                        stage,
                        kind,
                        steps == 0 ? Map.of("kind", kind) : Map.of("kind", kind, "steps", steps, "loss", LOSS),
                        42,
                        Map.of("10-teacher/model.safetensors", "ab".repeat(32)),
                        1.5 + steps * 0.4,
                        new EnergyReading(20 * (1.5 + steps * 0.4), 1.5 + steps * 0.4, true, "estimate: 20 W assumed"),
                        metrics,
                        HARDWARE,
                        "0123abc")
                .write(place);
        if (steps == 0) {
            return;
        }
        StringBuilder lines = new StringBuilder();
        for (int step = 1; step <= steps; step++) {
            double loss = to + (from - to) * Math.exp(-step / (steps / 8.0)) + random.nextGaussian() * to * 0.05;
            lines.append(
                    String.format(Locale.ROOT, "{\"step\":%d,\"loss\":%.5f,\"learningRate\":%.6f", step, loss, 5e-4));
            if (step % 100 == 0) {
                lines.append(String.format(Locale.ROOT, ",\"validationLoss\":%.5f", loss * 1.04));
            }
            lines.append(",\"phase\":\"train\"}\n");
        }
        Files.writeString(
                place.resolve("metrics.jsonl"), lines.append("{\"step\":").toString());
    }

    private void variant(
            int position,
            String name,
            List<String> stages,
            double[] bits,
            int layers,
            long parameters,
            long bytes,
            double skill,
            String fingerprint,
            String hardware)
            throws IOException {
        List<LinePrediction> predictions = new ArrayList<>();
        for (int i = 0; i < samples; i++) {
            String truth = TRUTHS.get(i % TRUTHS.size());
            boolean hit = difficulty[i] < 0.45 * skill;
            String prediction =
                    hit ? truth : truth.length() < 3 ? "<b>pass" : truth.substring(0, truth.length() / 2) + " x )";
            SampleScore score = SampleScore.of(prediction, truth);
            predictions.add(new LinePrediction(
                    "s" + i,
                    "<s> import os <EOL> class A ( B ) : <EOL> def run ( self , x ) : <EOL> if x < <NUM_LIT:1> & y :"
                            + " <EOL> value",
                    truth,
                    prediction,
                    score.exactMatch() ? 1 : 0,
                    score.editSimilarity(),
                    5));
        }
        LineCompletionResult result = new LineCompletionResult(predictions, 3);
        boolean baseline = position == 0;
        if (baseline) {
            baselineEs = result.editSimilarityScores();
            baselineEm = result.exactMatchScores();
        }
        PairedBootstrap bootstrap = new PairedBootstrap(500, 42);
        Map<String, Double> errors = new TreeMap<>();
        if (bits[0] < 32) {
            for (int layer = 0; layer < layers; layer++) {
                for (int linear = 0; linear < 4; linear++) {
                    errors.put(
                            "h." + layer + "." + LINEARS[linear] + ".weight",
                            (0.6 / bits[0]) * (1 + 0.1 * linear + 0.02 * layer + 0.05 * random.nextDouble()));
                }
            }
            errors.put("wte.weight", 0.006);
        }
        double seconds = baseline ? 0 : 120 * stages.size() + 7;
        Path file = RunFolder.resultFile(folder, name);
        Files.createDirectories(file.getParent());
        new VariantResult(
                        VariantResult.VERSION,
                        position,
                        name,
                        stages,
                        "teacher",
                        new VariantResult.Model(bits[0], bits[1], bits[2], layers, parameters, bytes, 19_741_312),
                        new VariantResult.Quality(
                                Score.of(result.exactMatchScores(), baseline ? null : baselineEm, bootstrap),
                                Score.of(result.editSimilarityScores(), baseline ? null : baselineEs, bootstrap),
                                position == 3 ? null : 1.9 / skill,
                                position == 3 ? null : 71 * skill),
                        new VariantResult.Cost(
                                position == 4
                                        ? null
                                        : new LatencyReading(
                                                80,
                                                900,
                                                210 + 40 * position,
                                                180_000_000,
                                                128,
                                                64,
                                                5,
                                                null,
                                                null,
                                                null),
                                seconds,
                                baseline
                                        ? NOTHING
                                        : new EnergyReading(
                                                20 * seconds,
                                                seconds,
                                                true,
                                                "estimate: 20 W assumed (2 cores x 10 W) x time")),
                        new VariantResult.Origin(
                                "test split of the bundled corpus (random cut)",
                                samples,
                                fingerprint,
                                100,
                                1,
                                42,
                                hardware,
                                "0123abc"),
                        errors,
                        List.of())
                .write(file);
        result.write(RunFolder.predictionsFile(folder, name));
    }
}
