package io.bantam.trainer.report;

import io.bantam.trainer.report.SearchResult.Candidate;
import io.bantam.trainer.report.SearchResult.Outcome;
import io.bantam.trainer.report.chart.Axis;
import io.bantam.trainer.report.chart.Chart;
import io.bantam.trainer.report.chart.ChartBuilder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/** Report of a search: JSON, a Markdown table, and a web page with plots of the Pareto front. */
public final class SearchReport {
    public static final String MARKDOWN = "search.md";
    public static final String HTML = "search.html";

    private static final int FRONT_STYLE = 0;
    private static final int OTHER_STYLE = 1;
    private static final int TEACHER_STYLE = 2;
    private static final double SMALLEST_SPAN = 0.02;

    private SearchReport() {}

    /**
     * Row of the table of candidates.
     *
     * @param winner whether it is the candidate with the least loss within the budget
     * @param front whether it is on the Pareto front
     * @param cells texts, one a column
     */
    public record Row(boolean winner, boolean front, List<String> cells) {}

    private static final List<String> HEADERS =
            List.of("Candidate", "Outcome", "Bytes on disk", "ms a token", "Loss", "Trials", "Time");

    /** Writes {@code search.json}, {@code search.md} and {@code search.html} into a folder. */
    public static void write(SearchResult result, Path folder) {
        result.write(folder);
        ReportJson.writeText(folder.resolve(MARKDOWN), markdown(result));
        ReportJson.writeText(folder.resolve(HTML), html(result));
    }

    /** The winner first, then the front by size, then the others by how far they came. */
    private static List<Candidate> ordered(SearchResult result) {
        return result.candidates().stream()
                .sorted(Comparator.comparing(Candidate::outcome)
                        .thenComparing(Comparator.comparing(Candidate::trials).reversed())
                        .thenComparing(Candidate::bytes))
                .toList();
    }

    private static List<String> cells(Candidate candidate) {
        return List.of(
                candidate.label(),
                candidate.outcome().name().toLowerCase(Locale.ROOT),
                Figures.grouped(candidate.bytes()),
                candidate.milliseconds() == null
                        ? Figures.ABSENT
                        : String.format(Locale.ROOT, "%.2f", candidate.milliseconds()),
                candidate.loss() == null ? Figures.ABSENT : String.format(Locale.ROOT, "%.4f", candidate.loss()),
                Integer.toString(candidate.trials()),
                candidate.trials() == 0 ? Figures.ABSENT : Figures.seconds(candidate.seconds()));
    }

    private static List<Row> rows(SearchResult result) {
        return ordered(result).stream()
                .map(c -> new Row(
                        c.outcome() == Outcome.WINNER,
                        c.outcome() == Outcome.WINNER || c.outcome() == Outcome.FRONT,
                        cells(c)))
                .toList();
    }

    /** One sentence on the winner. */
    public static String summary(SearchResult result) {
        Candidate winner = result.candidates().stream()
                .filter(c -> c.outcome() == Outcome.WINNER)
                .findFirst()
                .orElseThrow();
        return String.format(
                Locale.ROOT,
                "%s wins: %s, loss %.4f (the teacher: %.4f).",
                winner.label(),
                Figures.bytes(winner.bytes()),
                winner.loss(),
                result.teacherLoss());
    }

    /** What the table means. */
    static List<String> notes(SearchResult result) {
        List<String> bounds = new ArrayList<>();
        result.budget()
                .forEach((key, value) -> bounds.add(key + " "
                        + String.format(Locale.ROOT, "%,.10g", value)
                                .replaceAll("(\\.\\d*?)0+$", "$1")
                                .replaceAll("\\.$", "")));
        return List.of(
                "Loss in nats a token on " + result.sequences() + " validation sequences, of the packed file; dropped"
                        + " candidates were scored on fewer, so their losses compare only within a trial.",
                "Objectives: " + String.join(", ", result.objectives()) + ". Budget: " + String.join(", ", bounds)
                        + ".",
                "front: nothing within the budget is better in every objective; tried: something is; dropped: left"
                        + " behind after an early trial; beyond: outside the budget.");
    }

    static String markdown(SearchResult result) {
        StringBuilder text = new StringBuilder("# Search ")
                .append(result.name())
                .append("\n\n")
                .append(summary(result))
                .append("\n\n| ")
                .append(String.join(" | ", HEADERS))
                .append(" |\n|---|---|---:|---:|---:|---:|---:|\n");
        for (Row row : rows(result)) {
            text.append("| ").append(String.join(" | ", row.cells())).append(" |\n");
        }
        text.append('\n');
        notes(result).forEach(note -> text.append("- ").append(note).append('\n'));
        return text.toString();
    }

    static String html(SearchResult result) {
        Map<String, Object> model = new HashMap<>();
        model.put("title", "Search " + result.name());
        model.put("summary", summary(result));
        model.put("headers", HEADERS);
        model.put("rows", rows(result));
        model.put("notes", notes(result));
        model.put("about", caption(result));
        model.put("charts", charts(result));
        return Pages.render("search.ftlh", model);
    }

    /** Says what the table of candidates shows, and on which data. */
    private static String caption(SearchResult result) {
        return "Candidates of search " + result.name() + ": size of the packed file, time a generated token on one"
                + " thread, and loss in nats a token on " + result.sequences() + " validation sequences. Each figure"
                + " is one measurement, without an interval. The winner is shaded.";
    }

    private static List<Chart> charts(SearchResult result) {
        List<Candidate> tried = result.candidates().stream()
                .filter(c -> c.outcome().compareTo(Outcome.TRIED) <= 0)
                .toList();
        List<Chart> charts = new ArrayList<>();
        charts.add(chart(result, tried, "bytes on disk, log scale", Candidate::bytes, true));
        if (tried.stream().allMatch(c -> c.milliseconds() != null)) {
            charts.add(chart(result, tried, "milliseconds a token", Candidate::milliseconds, false));
        }
        return charts;
    }

    private static Chart chart(
            SearchResult result,
            List<Candidate> tried,
            String axis,
            ToDoubleFunction<Candidate> figure,
            boolean bytes) {
        double low = Math.min(result.teacherLoss(), extreme(tried, Candidate::loss, -1));
        double high = Math.max(result.teacherLoss(), extreme(tried, Candidate::loss, 1));
        double middle = (low + high) / 2;
        double half = Math.max(SMALLEST_SPAN, high - low) / 2;
        double smallest = extreme(tried, figure, -1);
        double largest = extreme(tried, figure, 1);
        Axis horizontal = bytes ? Axis.logarithmic(smallest, largest, Figures::roundBytes) : Axis.linear(0, largest, 6);
        ChartBuilder builder = new ChartBuilder(
                        "Loss against " + (bytes ? "size" : "time"),
                        describe(result, tried, axis, figure, bytes),
                        460,
                        330,
                        horizontal,
                        Axis.linear(middle - half, middle + half, 6))
                .axes(axis, "loss, nats a token");
        List<Candidate> front = tried.stream()
                .filter(c -> c.outcome() != Outcome.TRIED)
                .sorted(Comparator.comparingDouble(figure))
                .toList();
        builder.line(
                front.stream().mapToDouble(figure).toArray(),
                front.stream().mapToDouble(Candidate::loss).toArray(),
                FRONT_STYLE,
                true);
        builder.line(
                new double[] {horizontal.minimum(), horizontal.maximum()},
                new double[] {result.teacherLoss(), result.teacherLoss()},
                TEACHER_STYLE,
                true);
        for (Candidate candidate : tried) {
            boolean winner = candidate.outcome() == Outcome.WINNER;
            int style = candidate.outcome() == Outcome.TRIED ? OTHER_STYLE : FRONT_STYLE;
            builder.mark(
                    figure.applyAsDouble(candidate),
                    candidate.loss(),
                    candidate.loss(),
                    candidate.loss(),
                    style,
                    String.format(Locale.ROOT, "%s: %.4f", candidate.label(), candidate.loss()),
                    candidate.outcome() == Outcome.TRIED ? "" : candidate.label(),
                    winner);
        }
        return builder.legend(FRONT_STYLE, "front", false)
                .legend(OTHER_STYLE, "others tried whole", false)
                .legend(TEACHER_STYLE, "the teacher's loss", true)
                .build();
    }

    private static String describe(
            SearchResult result,
            List<Candidate> tried,
            String axis,
            ToDoubleFunction<Candidate> figure,
            boolean bytes) {
        String points = tried.stream()
                .map(c -> String.format(
                        Locale.ROOT,
                        "%s (%s): %.4f at %s",
                        c.label(),
                        c.outcome().name().toLowerCase(Locale.ROOT),
                        c.loss(),
                        bytes
                                ? Figures.bytes(c.bytes())
                                : String.format(Locale.ROOT, "%.2f ms", figure.applyAsDouble(c))))
                .collect(Collectors.joining("; "));
        return "Loss in nats a token against " + axis + ". " + summary(result) + " " + points + ".";
    }

    private static double extreme(List<Candidate> of, ToDoubleFunction<Candidate> figure, int sign) {
        return sign
                * of.stream()
                        .mapToDouble(c -> sign * figure.applyAsDouble(c))
                        .max()
                        .orElseThrow();
    }
}
