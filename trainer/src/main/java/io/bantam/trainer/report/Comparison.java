package io.bantam.trainer.report;

import io.bantam.trainer.BantamException;
import io.bantam.trainer.evaluation.Interval;
import io.bantam.trainer.evaluation.PairedBootstrap;
import io.bantam.trainer.report.RunFolder.VariantRun;
import io.bantam.trainer.report.VariantResult.Origin;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The variants of one or several runs side by side, and what has to be said about comparing them.
 *
 * @param runs in the order given
 * @param entries one a variant, run by run
 * @param warnings reasons why some figures must not be compared, such as different samples; often none
 * @param notes how to read the figures
 * @param cost what turns energy and time into carbon and money
 */
public record Comparison(
        List<RunFolder> runs, List<Entry> entries, List<String> warnings, List<String> notes, CostParameters cost) {
    private static final int RESAMPLES = 1000;

    public Comparison {
        runs = List.copyOf(runs);
        entries = List.copyOf(entries);
        warnings = List.copyOf(warnings);
        notes = List.copyOf(notes);
    }

    /**
     * One variant of one run, under a name that is unique in the comparison.
     *
     * @param label its name, with the run's name where two runs have one of that name; unique
     */
    public record Entry(String label, RunFolder run, VariantRun variant) {
        /** Returns what was measured. */
        public VariantResult result() {
            return variant.result();
        }
    }

    /** Compares runs, on an average grid and without a price. */
    public static Comparison of(List<RunFolder> runs) {
        return of(runs, CostParameters.STANDARD);
    }

    /**
     * Compares runs.
     *
     * @throws BantamException if the same run is given twice, or a run has two variants of one name
     */
    public static Comparison of(List<RunFolder> runs, CostParameters cost) {
        if (runs.isEmpty()) {
            throw new BantamException("no run to compare; give at least one run folder");
        }
        Map<String, Integer> names = new HashMap<>();
        runs.forEach(run -> run.variants().forEach(v -> names.merge(v.result().name(), 1, Integer::sum)));
        Set<String> runNames = runs.stream().map(RunFolder::name).collect(Collectors.toSet());
        List<Entry> entries = new ArrayList<>();
        Set<String> labels = new LinkedHashSet<>();
        for (RunFolder run : runs) {
            String runLabel =
                    runNames.size() == runs.size() ? run.name() : run.folder().toString();
            for (VariantRun variant : run.variants()) {
                String name = variant.result().name();
                String label = names.get(name) == 1 ? name : name + " (" + runLabel + ")";
                if (!labels.add(label)) {
                    throw new BantamException(run.folder() + ": variant \"" + name + "\" is there twice");
                }
                entries.add(new Entry(label, run, variant));
            }
        }
        return new Comparison(runs, entries, warnings(entries), notes(runs, entries, cost), cost);
    }

    /** Returns the names of all further measures, in the order of their first use. */
    List<String> measures() {
        return entries.stream()
                .flatMap(entry -> entry.result().measures().stream())
                .map(Measure::name)
                .distinct()
                .toList();
    }

    /** Returns the paired interval of a variant's difference to its run's baseline, where both have samples. */
    Optional<Interval> difference(Entry entry, Measure measure) {
        if (measure.samples().isEmpty() || entry.result().baselineItself()) {
            return Optional.empty();
        }
        return entries.stream()
                .filter(other ->
                        other.run().equals(entry.run()) && other.result().baselineItself())
                .flatMap(other -> other.result().measure(measure.name()).stream())
                .filter(other -> other.samples().size() == measure.samples().size())
                .findFirst()
                .map(other -> new PairedBootstrap(
                                RESAMPLES, entry.result().origin().seed())
                        .difference(measure.sampleArray(), other.sampleArray()));
    }

    private static List<String> warnings(List<Entry> entries) {
        List<String> warnings = new ArrayList<>();
        Map<String, List<Entry>> bySamples = entries.stream()
                .collect(Collectors.groupingBy(e -> e.result().origin().fingerprint()));
        if (bySamples.size() > 1) {
            warnings.add(
                    "The variants were not scored on the same samples, so EM, ES and loss must not be compared across"
                            + " these groups: "
                            + groups(entries, e -> describe(e.result().origin())) + ".");
        }
        differing(
                entries,
                warnings,
                "search settings",
                o -> o.maximumNewTokens() + " new tokens at most, "
                        + (o.beamWidth() == 1 ? "greedy" : "beam width " + o.beamWidth()));
        differing(entries, warnings, "machines, so speed, seconds and energy are not comparable", Origin::hardware);
        return warnings;
    }

    private static void differing(
            List<Entry> entries, List<String> warnings, String what, Function<Origin, String> property) {
        long kinds = entries.stream()
                .map(e -> property.apply(e.result().origin()))
                .distinct()
                .count();
        if (kinds > 1) {
            warnings.add("The variants were measured with different " + what + ": "
                    + groups(entries, e -> property.apply(e.result().origin())) + ".");
        }
    }

    private static String groups(List<Entry> entries, Function<Entry, String> property) {
        Map<String, List<String>> groups = entries.stream()
                .collect(Collectors.groupingBy(
                        property, LinkedHashMap::new, Collectors.mapping(Entry::label, Collectors.toList())));
        return groups.entrySet().stream()
                .map(group -> (group.getKey().isEmpty() ? "unknown" : group.getKey()) + " ["
                        + String.join(", ", group.getValue()) + "]")
                .collect(Collectors.joining("; "));
    }

    private static String describe(Origin origin) {
        return origin.samples() + " of " + origin.dataSet() + ", fingerprint "
                + origin.fingerprint()
                        .substring(0, Math.min(8, origin.fingerprint().length()));
    }

    private static List<String> notes(List<RunFolder> runs, List<Entry> entries, CostParameters cost) {
        List<String> notes = new ArrayList<>();
        Origin origin = entries.getFirst().result().origin();
        notes.add("Samples: " + samples(entries) + ". Scores compare with each other, not with scores on other data.");
        notes.add((origin.beamWidth() == 1 ? "Greedy decoding" : "Beam search, width " + origin.beamWidth())
                + ", at most "
                + origin.maximumNewTokens() + " new tokens. EM: exact match; ES: edit similarity; both as CodeXGLUE"
                + " scores line completion. Loss in nats a token.");
        if (entries.stream().anyMatch(e -> e.result().quality().exactMatch().difference() != null)) {
            notes.add("[low, high]: 95 % paired bootstrap interval of the difference to "
                    + distinct(entries, e -> e.result().baseline())
                    + (runs.size() > 1 ? " of the same run" : "") + ", in points.");
        }
        notes.add("Bits of weights / activations / embedding. Bytes are measured sizes of packed files; the factor"
                + " compares with the baseline in float32.");
        if (entries.stream().anyMatch(e -> e.result().cost().generation() != null)) {
            notes.add("Speed and peak memory: one completion at a time from the packed file in a fresh process, Java's"
                    + " own memory included.");
        }
        runs.stream()
                .flatMap(run -> run.stages().stream())
                .map(stage -> stage.record().metrics())
                .filter(metrics -> metrics.containsKey(StageRecord.CACHE_COVERAGE))
                .map(metrics -> String.format(
                        Locale.ROOT,
                        "Teacher's cache: %,.0f bytes a token; its tokens hold %.2f %% of the teacher's probability."
                                + " What it costs in EM shows a run with cache: none beside this one (compare RUN"
                                + " RUN).",
                        metrics.get(StageRecord.CACHE_BYTES),
                        100 * metrics.get(StageRecord.CACHE_COVERAGE)))
                .distinct()
                .forEach(notes::add);
        notes.add("Compression time counts all stages of a variant, shared ones in full, without the teacher.");
        Set<String> methods = entries.stream()
                .filter(e -> e.result().cost().energy() != null)
                .map(e -> e.result().cost().energy().method().replaceFirst("^estimate: ", ""))
                .collect(Collectors.toCollection(LinkedHashSet::new));
        if (!methods.isEmpty()) {
            notes.add("Energy of compression (~ is an estimate): " + String.join("; ", methods) + ".");
        }
        entries.stream()
                .map(e -> e.result().cost().generation())
                .filter(generation -> generation != null && generation.prediction() != null)
                .findFirst()
                .ifPresent(generation -> notes.add("A prediction: " + generation.promptTokens() + " tokens read, "
                        + generation.generatedTokens()
                        + " written, on one thread. Milliseconds: median (95th percentile)."
                        + " Energy: " + generation.prediction().method() + "; " + cost.about() + "."));
        Map<String, String> abouts = new LinkedHashMap<>();
        entries.stream()
                .flatMap(entry -> entry.result().measures().stream())
                .filter(measure -> !measure.about().isEmpty())
                .forEach(measure -> abouts.merge(
                        measure.about(),
                        measure.name(),
                        (before, added) ->
                                List.of(before.split(", ")).contains(added) ? before : before + ", " + added));
        abouts.forEach((about, names) -> notes.add(names + ": " + about + "."));
        notes.add("Seed "
                + distinct(entries, e -> Long.toString(e.result().origin().seed())) + ", commit "
                + distinct(entries, e -> e.result().origin().commit()) + ", hardware: "
                + distinct(entries, e -> e.result().origin().hardware()) + ".");
        return notes;
    }

    /** Returns what the scores were measured on, such as {@code 1000 of test split of the bundled corpus}. */
    String samples() {
        return samples(entries);
    }

    /** Returns the names of the variants that differences refer to, a run's own each. */
    String baselines() {
        return distinct(entries, e -> e.result().baseline());
    }

    /** Returns whether EM and ES have intervals of their difference to the baseline. */
    boolean hasDifferences() {
        return entries.stream().anyMatch(e -> e.result().quality().exactMatch().difference() != null);
    }

    private static String samples(List<Entry> entries) {
        return distinct(
                entries,
                e -> e.result().origin().samples() + " of "
                        + e.result().origin().dataSet());
    }

    private static String distinct(List<Entry> entries, Function<Entry, String> property) {
        return entries.stream()
                .map(property)
                .map(text -> text.isEmpty() ? "unknown" : text)
                .distinct()
                .collect(Collectors.joining(", "));
    }
}
