package io.bantam.trainer.report;

import io.bantam.trainer.evaluation.EnergyReading;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Record of a finished stage: the content of {@code stage.json} in its folder.
 *
 * @param version of this format, 1
 * @param stage name in the recipe
 * @param kind {@code teacher}, {@code reduce}, {@code distill}, {@code ptq}, {@code export}, {@code evaluate}, ...
 * @param settings the resolved settings, as JSON values
 * @param seed that the stage used
 * @param inputs SHA-256 in hexadecimal of each file that the stage read, by path relative to the run folder
 * @param seconds wall clock time, all sittings of a resumed stage together
 * @param energy that it took; null if nobody looked
 * @param metrics final figures; finite. {@code loss} of a stage that trained is the least validation loss
 * @param hardware one line on the machine
 * @param commit of the program, or empty
 */
public record StageRecord(
        int version,
        String stage,
        String kind,
        Map<String, Object> settings,
        long seed,
        Map<String, String> inputs,
        double seconds,
        EnergyReading energy,
        Map<String, Double> metrics,
        String hardware,
        String commit) {
    public static final int VERSION = 1;
    public static final String FILE_NAME = "stage.json";

    /** Metric: bytes that the teacher's cache takes for a token. */
    public static final String CACHE_BYTES = "teacherCacheBytesPerToken";

    /** Metric: mean probability, 0 to 1, that the cache's tokens have together. */
    public static final String CACHE_COVERAGE = "teacherCacheCoverage";

    public StageRecord {
        Checks.version(version, VERSION);
        Checks.present("stage", stage);
        Checks.present("kind", kind);
        settings = ordered(settings);
        inputs = ordered(inputs);
        metrics = ordered(metrics);
        Checks.finite("seconds", seconds);
        metrics.forEach(Checks::finite);
        hardware = Objects.requireNonNullElse(hardware, "");
        commit = Objects.requireNonNullElse(commit, "");
    }

    /** Writes {@code stage.json} into the stage's folder. */
    public void write(Path stageFolder) {
        ReportJson.write(stageFolder.resolve(FILE_NAME), this);
    }

    /** Reads the {@code stage.json} of a stage's folder. */
    public static StageRecord read(Path stageFolder) {
        return ReportJson.read(stageFolder.resolve(FILE_NAME), StageRecord.class, "a stage record");
    }

    private static <V> Map<String, V> ordered(Map<String, V> map) {
        return map == null ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(map));
    }
}
