package io.bantam.trainer.report;

import io.bantam.trainer.evaluation.LatencyReading;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Writer of reports: of one run into its folder, or of a comparison of several runs into any folder. */
public final class ReportWriter {
    /** A form of the report, and the file it goes to. */
    public enum Format {
        /** A table for a README. */
        MARKDOWN("report.md"),
        /** All figures, for other programs. */
        JSON("report.json"),
        /** One page with plots. */
        HTML("report.html");

        private final String fileName;

        Format(String fileName) {
            this.fileName = fileName;
        }

        /** Returns the name of the file within the report's folder. */
        public String fileName() {
            return fileName;
        }
    }

    private ReportWriter() {}

    /**
     * Reads a run and writes its report into {@code 70-report}.
     *
     * @return what was compared, for the table on the screen
     */
    public static Comparison writeRun(Path runFolder, Set<Format> formats) {
        Comparison comparison = Comparison.of(List.of(RunFolder.read(runFolder)));
        write(comparison, runFolder.resolve(RunFolder.REPORT_FOLDER), formats);
        return comparison;
    }

    /** Reads several runs, on an average grid and without a price. */
    public static Comparison compare(List<Path> runFolders) {
        return compare(runFolders, CostParameters.STANDARD);
    }

    /** Reads several runs. */
    public static Comparison compare(List<Path> runFolders, CostParameters cost) {
        return Comparison.of(runFolders.stream().map(RunFolder::read).toList(), cost);
    }

    /**
     * Writes a comparison into a folder, which is made if need be.
     *
     * @return the files written
     */
    public static List<Path> write(Comparison comparison, Path folder, Set<Format> formats) {
        List<Path> files = new ArrayList<>();
        for (Format format : formats.isEmpty() ? EnumSet.noneOf(Format.class) : EnumSet.copyOf(formats)) {
            Path file = folder.resolve(format.fileName());
            switch (format) {
                case MARKDOWN -> ReportJson.writeText(file, markdown(comparison));
                case JSON -> ReportJson.write(file, json(comparison));
                case HTML -> ReportJson.writeText(file, HtmlReport.render(comparison));
            }
            files.add(file);
        }
        return files;
    }

    private static String markdown(Comparison comparison) {
        String names = String.join(
                ", ", comparison.runs().stream().map(RunFolder::name).toList());
        return "# " + names + "\n\n" + ComparisonTable.of(comparison).markdown();
    }

    /** {@code {version, runs: [name], variants: [{label, run, result, ...}], cost, warnings, notes}}. */
    private static Map<String, Object> json(Comparison comparison) {
        List<Map<String, Object>> variants = new ArrayList<>();
        for (Comparison.Entry entry : comparison.entries()) {
            Map<String, Object> variant = new LinkedHashMap<>();
            variant.put("label", entry.label());
            variant.put("run", entry.run().name());
            variant.put("result", entry.result());
            LatencyReading generation = entry.result().cost().generation();
            if (generation != null && generation.prediction() != null) {
                variant.put("gramsPerThousand", comparison.cost().gramsPerThousand(generation.prediction()));
                variant.put("pricePerThousand", comparison.cost().pricePerThousand(generation.prediction()));
            }
            variants.add(variant);
        }
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("version", 1);
        json.put("runs", comparison.runs().stream().map(RunFolder::name).toList());
        json.put("variants", variants);
        json.put("cost", comparison.cost());
        json.put("warnings", comparison.warnings());
        json.put("notes", comparison.notes());
        return json;
    }
}
