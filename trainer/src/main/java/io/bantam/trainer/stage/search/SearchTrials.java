package io.bantam.trainer.stage.search;

import io.bantam.compression.export.PackWriter;
import io.bantam.compression.quantizer.QuantizedWeight;
import io.bantam.runtime.model.PackedDecoder;
import io.bantam.trainer.Sha256;
import io.bantam.trainer.evaluation.LatencyProbe;
import io.bantam.trainer.evaluation.PackedModel;
import io.bantam.trainer.evaluation.TokenEvaluator;
import io.bantam.trainer.recipe.Ptq;
import io.bantam.trainer.recipe.Search;
import io.bantam.trainer.recipe.SearchSpace.Candidate;
import io.bantam.trainer.report.RunFolder;
import io.bantam.trainer.stage.EffortMeter;
import io.bantam.trainer.stage.Fingerprints;
import io.bantam.trainer.stage.ModelState;
import io.bantam.trainer.stage.RecipeQuantizers;
import io.bantam.trainer.stage.RunContext;
import io.bantam.trainer.stage.ptq.PackedSize;
import io.bantam.trainer.stage.ptq.PtqStage;
import io.bantam.trainer.stage.session.RunSession.Finished;
import io.bantam.trainer.tokenizer.SpecialTokens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;

/**
 * Tries the candidates of a search, each in a folder of its own in {@value #FOLDER}, and keeps what came of it in a
 * file there, so that nothing is done twice.
 *
 * <p>Size and time depend on the form of a packed file alone, not on its codes: they are measured before any trial, on
 * a file with the nearest codes, once for all candidates of one form.
 */
final class SearchTrials {
    static final String FOLDER = RunFolder.SEARCH_FOLDER;
    private static final String RECORD = "candidate.json";
    private static final String PACKED = "candidate.bantam";
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final RunContext context;
    private final Search search;
    private final Map<List<String>, Finished> models;
    private final List<int[]> text;
    private final Map<Candidate, String> fingerprints = new HashMap<>();
    private final Map<Candidate, Record> records = new HashMap<>();
    private final Map<CostKey, Measured> measured = new HashMap<>();
    private final Map<Integer, Double> teacherLosses = new HashMap<>();

    SearchTrials(RunContext context, Search search, Map<List<String>, Finished> models) {
        this.context = context;
        this.search = search;
        this.models = models;
        int positions = models.get(List.of()).model().config().positions();
        this.text = context.data().validation().stream()
                .limit(search.halving().sequences())
                .map(sequence -> Arrays.copyOf(sequence, Math.min(sequence.length, positions)))
                .toList();
    }

    /**
     * The content of a candidate's file.
     *
     * @param label for people
     * @param fingerprint of all that the figures depend on
     * @param bytes of the packed file
     * @param milliseconds a generated token; null if nobody asks
     * @param losses by rung, nats a token
     * @param seconds of all trials
     */
    record Record(
            String label, String fingerprint, long bytes, Double milliseconds, List<Double> losses, double seconds) {
        Record {
            losses = List.copyOf(losses);
        }

        Record with(double loss, double moreSeconds) {
            List<Double> all = new ArrayList<>(losses);
            all.add(loss);
            return new Record(label, fingerprint, bytes, milliseconds, all, seconds + moreSeconds);
        }
    }

    /** The settings that decide the size and speed of a packed file: equal keys are measured once. */
    private record CostKey(
            String model,
            Ptq.Weights weights,
            Ptq.Embedding embedding,
            Ptq.Activations activations,
            List<Integer> ofMethod) {}

    private record Measured(long bytes, Double milliseconds) {}

    /** The candidate's record so far, with size and time at least. */
    Record size(Candidate candidate) throws IOException {
        Record known = records.get(candidate);
        if (known == null) {
            known = read(candidate);
            records.put(candidate, known);
        }
        return known;
    }

    private Record read(Candidate candidate) throws IOException {
        String fingerprint = fingerprint(candidate);
        Path file = folder(candidate).resolve(RECORD);
        if (context.home().resume() && Files.exists(file)) {
            Record record = JSON.readValue(Files.readString(file), Record.class);
            boolean timed = record.milliseconds() != null || !isTimed();
            if (record.fingerprint().equals(fingerprint) && timed) {
                measured.putIfAbsent(costKey(candidate), new Measured(record.bytes(), record.milliseconds()));
                return record;
            }
        }
        Measured found = measured.get(costKey(candidate));
        if (found == null) {
            found = measure(candidate);
            measured.put(costKey(candidate), found);
        }
        Record record = new Record(candidate.label(), fingerprint, found.bytes(), found.milliseconds(), List.of(), 0);
        write(candidate, record);
        return record;
    }

    private String fingerprint(Candidate candidate) throws IOException {
        String known = fingerprints.get(candidate);
        if (known != null) {
            return known;
        }
        Ptq stage = candidate.stage();
        Path file = stage.calibration().path().orElse(null);
        String fingerprint = Fingerprints.of(
                "candidate",
                Fingerprints.settings(stage),
                model(candidate).fingerprint(),
                Long.toString(context.recipe().seed()),
                Fingerprints.settings(search.halving()),
                file == null ? "" : Sha256.of(file));
        fingerprints.put(candidate, fingerprint);
        return fingerprint;
    }

    private Finished model(Candidate candidate) {
        return models.get(context.recipe().variants().get(candidate.model()));
    }

    /** Named by its fingerprint, so that other candidates do not move it. */
    private Path folder(Candidate candidate) throws IOException {
        return context.home().folder().resolve(phase(candidate));
    }

    private String phase(Candidate candidate) throws IOException {
        return FOLDER + "/" + Fingerprints.shortName(fingerprint(candidate));
    }

    private void write(Candidate candidate, Record record) throws IOException {
        Path file = folder(candidate).resolve(RECORD);
        Files.createDirectories(file.getParent());
        Path temporary = file.resolveSibling(RECORD + ".tmp");
        Files.writeString(temporary, JSON.writerWithDefaultPrettyPrinter().writeValueAsString(record) + "\n");
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static CostKey costKey(Candidate candidate) {
        Ptq stage = candidate.stage();
        return new CostKey(
                candidate.model(),
                stage.weights(),
                stage.embedding().orElse(null),
                stage.activations().orElse(null),
                stage.chosen().form());
    }

    private boolean isTimed() {
        return search.budget().milliseconds().isPresent()
                || search.objectives().contains(Search.Objective.MILLISECONDS);
    }

    private Measured measure(Candidate candidate) throws IOException {
        Path file = folder(candidate).resolve(PACKED);
        pack(file, nearest(model(candidate).model(), candidate.stage()));
        try {
            Double milliseconds = isTimed()
                    ? Double.valueOf(1000
                            / LatencyProbe.measure(file, LatencyProbe.Settings.STANDARD)
                                    .generatedTokensPerSecond())
                    : null;
            return new Measured(Files.size(file), milliseconds);
        } finally {
            Files.delete(file);
        }
    }

    /** The model with codes of the right form: the nearest ones, or zeros where a method has a form of its own. */
    private static ModelState nearest(ModelState model, Ptq stage) {
        ModelState nearest =
                model.quantized(RecipeQuantizers.of(stage, model.config()), PackedSize.inputs(stage, model.config()));
        Map<String, QuantizedWeight> codes = new LinkedHashMap<>();
        nearest.quantization().quantizers().forEach((name, quantizer) -> {
            int rows = model.config().shapes().get(name).get(0);
            int columns = model.config().shapes().get(name).get(1);
            PackedSize.placeholder(stage, name, rows, columns, quantizer).ifPresent(zeros -> codes.put(name, zeros));
        });
        return codes.isEmpty() ? nearest : nearest.quantized(nearest.quantization(), model.weights(), codes);
    }

    /**
     * Tries a candidate, unless its record says what came of it.
     *
     * @param part of calibration, steps and scored text
     * @return the record with the rung's loss
     */
    Record run(Candidate candidate, int rung, double part) throws IOException {
        Record record = size(candidate);
        if (record.losses().size() > rung) {
            return record;
        }
        String phase = phase(candidate) + "/trial-" + (rung + 1);
        Ptq stage = candidate.stage().part(part);
        String fingerprint = Fingerprints.of(record.fingerprint(), Integer.toString(rung));
        Path work = context.home().of(phase);
        Files.createDirectories(work);
        Record longer;
        try (EffortMeter effort = new EffortMeter(context.energy())) {
            ModelState quantized = new PtqStage(context, stage, phase, fingerprint, effort)
                    .run(model(candidate).model())
                    .model();
            double loss = loss(work.resolve(PACKED), quantized, part);
            longer = record.with(loss, effort.read().seconds());
        }
        write(candidate, longer);
        records.put(candidate, longer);
        remove(work);
        return longer;
    }

    /** The teacher's loss on what a rung scores. */
    double teacherLoss(int rung, double part) throws IOException {
        Double known = teacherLosses.get(rung);
        if (known == null) {
            Path file = context.home().folder().resolve(FOLDER).resolve("teacher.bantam");
            known = loss(file, models.get(List.of()).model(), part);
            Files.delete(file);
            teacherLosses.put(rung, known);
        }
        return known;
    }

    /** How many sequences a part of the text is. */
    int scored(double part) {
        return (int) Math.ceil(text.size() * part);
    }

    private double loss(Path file, ModelState model, double part) throws IOException {
        pack(file, model);
        int workers = context.recipe().threads() > 0
                ? context.recipe().threads()
                : Runtime.getRuntime().availableProcessors();
        try (PackedDecoder decoder = PackedDecoder.load(file)) {
            return new TokenEvaluator(new TokenEvaluator.Settings(
                            model.config().positions(),
                            context.tokenizer().find(SpecialTokens.PAD).orElse(-1),
                            Set.of(),
                            workers))
                    .evaluate(text.subList(0, scored(part)), PackedModel.sharing(decoder, 1), (done, total) -> {})
                    .loss();
        }
    }

    private void pack(Path file, ModelState student) throws IOException {
        ModelState model = student.exported(context.recipe().export().floats());
        Files.createDirectories(file.getParent());
        PackWriter.writeQuantized(
                file,
                model.config(),
                model.weights(),
                model.quantizedMatrices(),
                model.activations(),
                context.tokenizer().json(),
                context.data().textForm());
    }

    private static void remove(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
