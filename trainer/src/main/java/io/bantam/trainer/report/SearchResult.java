package io.bantam.trainer.report;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Outcome of a search over quantization settings: the content of {@code 70-report/search.json}.
 *
 * @param version of this format, 1
 * @param name of the recipe
 * @param stage name of the stage whose settings were varied
 * @param winner label of the candidate with the least loss within the budget
 * @param teacherLoss of the teacher's packed file in the last trial, nats a token
 * @param budget the bounds that were given, by key
 * @param objectives what was to be small: {@code loss}, and {@code bytes} or {@code milliseconds}
 * @param candidates all of them, in the order in which they were listed
 * @param sequences of the validation text that the last trial scored
 * @param hardware one line on the machine
 * @param commit of the program, or empty
 */
public record SearchResult(
        int version,
        String name,
        String stage,
        String winner,
        double teacherLoss,
        Map<String, Double> budget,
        List<String> objectives,
        List<Candidate> candidates,
        int sequences,
        String hardware,
        String commit) {
    public static final int VERSION = 1;
    public static final String FILE_NAME = "search.json";

    public SearchResult {
        Checks.version(version, VERSION);
        Checks.present("name", name);
        Checks.present("winner", winner);
        Checks.finite("teacherLoss", teacherLoss);
        budget = Collections.unmodifiableMap(new LinkedHashMap<>(budget));
        objectives = List.copyOf(objectives);
        candidates = List.copyOf(candidates);
        hardware = hardware == null ? "" : hardware;
        commit = commit == null ? "" : commit;
    }

    /**
     * One combination of settings, with what its trials measured.
     *
     * @param label what sets it apart
     * @param model variant whose model was quantized
     * @param settings of the stage, as JSON values
     * @param bytes of its packed file
     * @param milliseconds a generated token of its packed file, on one thread; null if not measured
     * @param trials that it had; 0 for one that the budget excludes from the start
     * @param loss of the packed file in its last trial, nats a token; null without trial
     * @param seconds that its trials took
     * @param outcome how far it came
     */
    public record Candidate(
            String label,
            String model,
            Map<String, Object> settings,
            long bytes,
            Double milliseconds,
            int trials,
            Double loss,
            double seconds,
            Outcome outcome) {
        public Candidate {
            Checks.present("label", label);
            Checks.present("outcome", outcome);
            settings = settings == null ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(settings));
        }
    }

    /** How far a candidate came. */
    public enum Outcome {
        /** The least loss within the budget. */
        WINNER,
        /** Nothing within the budget was better in every figure. */
        FRONT,
        /** Tried whole; another was better. */
        TRIED,
        /** Left behind after a trial. */
        DROPPED,
        /** Beyond the budget. */
        BEYOND
    }

    /** Writes {@code search.json} into a report's folder. */
    public void write(Path reportFolder) {
        ReportJson.write(reportFolder.resolve(FILE_NAME), this);
    }

    /** Reads the {@code search.json} of a report's folder. */
    public static SearchResult read(Path reportFolder) {
        return ReportJson.read(reportFolder.resolve(FILE_NAME), SearchResult.class, "the result of a search");
    }
}
