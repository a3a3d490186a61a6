package io.bantam.trainer.report;

import io.bantam.trainer.evaluation.EnergyReading;
import io.bantam.trainer.evaluation.Interval;
import io.bantam.trainer.evaluation.LatencyReading;
import io.bantam.trainer.evaluation.Percentiles;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Table of a {@link Comparison}, a row a variant: the one layout behind the forms for terminal, Markdown and web.
 *
 * @param columns from left to right
 * @param rows one a variant, a cell a column
 * @param warnings see {@link Comparison}
 * @param notes see {@link Comparison}
 */
public record ComparisonTable(List<Column> columns, List<Row> rows, List<String> warnings, List<String> notes) {
    static final String NAME = "Variant";
    static final String BYTES = "Bytes on disk";
    static final String SIZE = "Size";
    static final String EXACT_MATCH = "EM %";
    static final String EDIT_SIMILARITY = "ES";
    private static final int NOTE_WIDTH = 118;

    public ComparisonTable {
        columns = List.copyOf(columns);
        rows = List.copyOf(rows);
        warnings = List.copyOf(warnings);
        notes = List.copyOf(notes);
    }

    /**
     * Heading and alignment of a column.
     *
     * @param header in Markdown and on web pages; empty if the column is left out there
     * @param brief header for a terminal; empty if the column is left out there
     * @param numeric aligned at the right
     */
    public record Column(String header, String brief, boolean numeric) {}

    /**
     * The figures of one variant.
     *
     * @param baseline whether it is the variant that the others are compared with
     * @param cells one a column
     */
    public record Row(boolean baseline, List<Cell> cells) {
        public Row {
            cells = List.copyOf(cells);
        }
    }

    /**
     * One figure as text.
     *
     * @param text the figure
     * @param detail its interval, or empty
     */
    public record Cell(String text, String detail) {
        Cell(String text) {
            this(text, "");
        }
    }

    private record Definition(Column column, BiFunction<String, VariantResult, Cell> cell) {}

    private static final List<Definition> DEFINITIONS = List.of(
            column(NAME, NAME, false, (label, r) -> new Cell(label)),
            column("Bits w/a/e", "Bits", false, (label, r) -> new Cell(bits(r))),
            column(
                    "Layers",
                    "L",
                    true,
                    (label, r) -> new Cell(Integer.toString(r.model().layers()))),
            column(
                    "Parameters",
                    "Params",
                    true,
                    (label, r) -> new Cell(Figures.count(r.model().parameters()))),
            column(
                    BYTES,
                    "",
                    true,
                    (label, r) -> new Cell(Figures.grouped(r.model().packedBytes()))),
            column(
                    "",
                    SIZE,
                    true,
                    (label, r) -> new Cell(Figures.bytes(r.model().packedBytes()))),
            column(
                    "Factor",
                    "Factor",
                    true,
                    (label, r) -> new Cell(Figures.factor(r.model().factor()))),
            column(
                    EXACT_MATCH,
                    EXACT_MATCH,
                    true,
                    (label, r) -> score(r.quality().exactMatch())),
            column(
                    EDIT_SIMILARITY,
                    EDIT_SIMILARITY,
                    true,
                    (label, r) -> score(r.quality().editSimilarity())),
            column("Loss", "", true, (label, r) -> number("%.3f", r.quality().loss())),
            column(
                    "Token acc. %",
                    "", true, (label, r) -> number("%.1f", r.quality().tokenAccuracy())),
            column("Tokens/s writing", "tok/s", true, (label, r) -> speed(r, false)),
            column("Tokens/s reading", "", true, (label, r) -> speed(r, true)),
            column("Peak memory", "Memory", true, (label, r) -> memory(r.cost().generation())),
            column(
                    "Time to compress",
                    "Time",
                    true,
                    (label, r) -> new Cell(
                            r.cost().compressionSeconds() == 0
                                    ? Figures.ABSENT
                                    : Figures.seconds(r.cost().compressionSeconds()))),
            column("Energy", "Energy", true, (label, r) -> energy(r.cost().energy())));

    /** Columns of the cost of predictions; left out where no variant has one of these figures. */
    private static List<CostColumn> costColumns(Comparison comparison) {
        CostParameters cost = comparison.cost();
        List<CostColumn> columns = new ArrayList<>(List.of(
                new CostColumn("Context ms", r -> times(r.contextMillis())),
                new CostColumn("Token ms", r -> times(r.tokenMillis())),
                new CostColumn(
                        "J / prediction",
                        r -> (r.prediction().estimate() ? "~" : "")
                                + figure(r.prediction().joules())),
                new CostColumn("gCO2e / 1,000 predictions", r -> figure(cost.gramsPerThousand(r.prediction())))));
        if (cost.pricePerHour() > 0) {
            columns.add(
                    new CostColumn("Price / 1,000 predictions", r -> figure(cost.pricePerThousand(r.prediction()))));
        }
        boolean any = comparison.entries().stream().anyMatch(entry -> hasCost(entry.result()));
        return any ? columns : List.of();
    }

    private record CostColumn(String header, Function<LatencyReading, String> text) {
        Cell cell(VariantResult result) {
            return new Cell(hasCost(result) ? text.apply(result.cost().generation()) : Figures.ABSENT);
        }
    }

    private static boolean hasCost(VariantResult result) {
        return result.cost().generation() != null && result.cost().generation().prediction() != null;
    }

    private static String times(Percentiles millis) {
        return figure(millis.p50()) + " (" + figure(millis.p95()) + ")";
    }

    private static String figure(double value) {
        return Figures.measure(value);
    }

    /** Lays a comparison out: columns of every variant, then further measures in the order of their first use. */
    public static ComparisonTable of(Comparison comparison) {
        List<String> measures = comparison.measures();
        List<CostColumn> costs = costColumns(comparison);
        List<Row> rows = new ArrayList<>();
        for (Comparison.Entry entry : comparison.entries()) {
            List<Cell> cells = new ArrayList<>();
            DEFINITIONS.forEach(d -> cells.add(d.cell().apply(entry.label(), entry.result())));
            costs.forEach(column -> cells.add(column.cell(entry.result())));
            if (!costs.isEmpty()) {
                cells.add(carbon(entry.result(), comparison.cost()));
            }
            measures.forEach(name -> cells.add(measure(comparison, entry, name)));
            rows.add(new Row(entry.result().baselineItself(), cells));
        }
        List<Column> columns =
                new ArrayList<>(DEFINITIONS.stream().map(Definition::column).toList());
        costs.forEach(column -> columns.add(new Column(column.header(), "", true)));
        if (!costs.isEmpty()) {
            columns.add(new Column("gCO2e to compress", "", true));
        }
        measures.forEach(name -> columns.add(new Column(name, name, true)));
        return new ComparisonTable(columns, rows, comparison.warnings(), comparison.notes());
    }

    private static Cell carbon(VariantResult result, CostParameters cost) {
        EnergyReading energy = result.cost().energy();
        boolean known = energy != null && energy.joules() > 0;
        return new Cell(known ? (energy.estimate() ? "~" : "") + figure(cost.grams(energy.joules())) : Figures.ABSENT);
    }

    private static Cell measure(Comparison comparison, Comparison.Entry entry, String name) {
        return entry.result()
                .measure(name)
                .map(measure -> new Cell(
                        Figures.measure(measure.value()),
                        comparison
                                .difference(entry, measure)
                                .map(ComparisonTable::interval)
                                .orElse(measure.detail())))
                .orElse(new Cell(Figures.ABSENT));
    }

    private static String interval(Interval difference) {
        return "[" + Figures.signed(difference.low()) + ", " + Figures.signed(difference.high()) + "]";
    }

    /** Returns the numbers of the columns that Markdown shows. */
    List<Integer> pageColumns() {
        return IntStream.range(0, columns.size())
                .filter(c -> !columns.get(c).header().isEmpty())
                .boxed()
                .toList();
    }

    /**
     * Returns plain text, intervals on a line of their own; about 115 characters wide. Further measures stand in a
     * second table below.
     */
    public String terminal() {
        List<Integer> shown = IntStream.range(0, columns.size())
                .filter(c -> !columns.get(c).brief().isEmpty())
                .boxed()
                .toList();
        StringBuilder out = new StringBuilder();
        block(out, shown.stream().filter(c -> c < DEFINITIONS.size()).toList());
        if (shown.getLast() >= DEFINITIONS.size()) {
            out.append('\n');
            block(
                    out,
                    shown.stream()
                            .filter(c -> c == 0 || c >= DEFINITIONS.size())
                            .toList());
        }
        out.append('\n');
        warnings.forEach(warning -> wrap(out, "! ", warning));
        notes.forEach(note -> wrap(out, "  ", note));
        return out.toString();
    }

    private void block(StringBuilder out, List<Integer> shown) {
        int[] widths = shown.stream()
                .mapToInt(c -> rows.stream()
                        .map(row -> row.cells().get(c))
                        .mapToInt(cell -> Math.max(length(cell.text()), length(cell.detail())))
                        .reduce(length(columns.get(c).brief()), Math::max))
                .toArray();
        line(out, shown, widths, shown.stream().map(c -> columns.get(c).brief()).toList());
        out.append("-".repeat(Arrays.stream(widths).sum() + 2 * (widths.length - 1)))
                .append('\n');
        for (Row row : rows) {
            line(
                    out,
                    shown,
                    widths,
                    shown.stream().map(c -> row.cells().get(c).text()).toList());
            if (shown.stream().anyMatch(c -> !row.cells().get(c).detail().isEmpty())) {
                line(
                        out,
                        shown,
                        widths,
                        shown.stream().map(c -> row.cells().get(c).detail()).toList());
            }
        }
    }

    /** Returns a Markdown table with the notes below it as a list. */
    public String markdown() {
        StringBuilder out = new StringBuilder("|");
        pageColumns()
                .forEach(c ->
                        out.append(' ').append(escape(columns.get(c).header())).append(" |"));
        out.append("\n|");
        pageColumns().forEach(c -> out.append(columns.get(c).numeric() ? "---:|" : "---|"));
        out.append('\n');
        for (Row row : rows) {
            out.append('|');
            for (int c : pageColumns()) {
                Cell cell = row.cells().get(c);
                out.append(' ').append(escape(cell.text()));
                out.append(cell.detail().isEmpty() ? "" : " " + escape(cell.detail()))
                        .append(" |");
            }
            out.append('\n');
        }
        out.append('\n');
        warnings.forEach(warning -> out.append("- **").append(escape(warning)).append("**\n"));
        notes.forEach(note -> out.append("- ").append(escape(note)).append('\n'));
        return out.toString();
    }

    private void line(StringBuilder out, List<Integer> shown, int[] widths, List<String> texts) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            String padding = " ".repeat(widths[i] - length(texts.get(i)));
            boolean numeric = columns.get(shown.get(i)).numeric();
            line.append(i == 0 ? "" : "  ").append(numeric ? padding + texts.get(i) : texts.get(i) + padding);
        }
        out.append(line.toString().stripTrailing()).append('\n');
    }

    private static void wrap(StringBuilder out, String lead, String text) {
        StringBuilder line = new StringBuilder(lead);
        for (String word : text.split(" ")) {
            if (length(line.toString()) + length(word) > NOTE_WIDTH && line.length() > lead.length()) {
                out.append(line.toString().stripTrailing()).append('\n');
                line = new StringBuilder("    ");
            }
            line.append(word).append(' ');
        }
        out.append(line.toString().stripTrailing()).append('\n');
    }

    private static int length(String text) {
        return text.codePointCount(0, text.length());
    }

    private static String escape(String text) {
        return text.replace("\\", "\\\\")
                .replace("|", "\\|")
                .replace("<", "&lt;")
                .replaceAll("[\\r\\n]+", " ");
    }

    private static Definition column(
            String header, String brief, boolean numeric, BiFunction<String, VariantResult, Cell> cell) {
        return new Definition(new Column(header, brief, numeric), cell);
    }

    private static String bits(VariantResult result) {
        return Figures.bits(result.model().weightBits()) + "/"
                + Figures.bits(result.model().activationBits()) + "/"
                + Figures.bits(result.model().embeddingBits());
    }

    private static Cell score(Score score) {
        Interval difference = score.difference();
        return new Cell(Figures.one(score.value()), difference == null ? "" : interval(difference));
    }

    private static Cell number(String format, Double value) {
        return new Cell(value == null ? Figures.ABSENT : String.format(Locale.ROOT, format, value));
    }

    private static Cell speed(VariantResult result, boolean prompt) {
        LatencyReading reading = result.cost().generation();
        if (reading == null) {
            return new Cell(Figures.ABSENT);
        }
        return new Cell(
                Figures.perSecond(prompt ? reading.promptTokensPerSecond() : reading.generatedTokensPerSecond()));
    }

    private static Cell memory(LatencyReading reading) {
        boolean known = reading != null && reading.peakResidentBytes() > 0;
        return new Cell(known ? Figures.bytes(reading.peakResidentBytes()) : Figures.ABSENT);
    }

    private static Cell energy(EnergyReading energy) {
        if (energy == null || energy.joules() == 0) {
            return new Cell(Figures.ABSENT);
        }
        return new Cell((energy.estimate() ? "~" : "") + Figures.joules(energy.joules()));
    }
}
