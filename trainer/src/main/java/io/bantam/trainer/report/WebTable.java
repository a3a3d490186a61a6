package io.bantam.trainer.report;

import io.bantam.trainer.report.ComparisonTable.Cell;
import io.bantam.trainer.report.ComparisonTable.Column;
import io.bantam.trainer.report.ComparisonTable.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A comparison's table in the order of a web page: size, EM and ES stand right behind the variant's name, so that a
 * narrow screen has them without scrolling, and the other columns follow in their order.
 *
 * @param columns from left to right
 * @param rows one a variant, a cell a column
 */
public record WebTable(List<Column> columns, List<Row> rows) {
    private static final List<String> FIRST = List.of(
            ComparisonTable.NAME, ComparisonTable.BYTES, ComparisonTable.EXACT_MATCH, ComparisonTable.EDIT_SIMILARITY);

    public WebTable {
        columns = List.copyOf(columns);
        rows = List.copyOf(rows);
    }

    /** Lays a table out for the web; the exact bytes become the detail of the size. */
    static WebTable of(ComparisonTable table) {
        List<String> headers = table.columns().stream().map(Column::header).toList();
        int bytes = headers.indexOf(ComparisonTable.BYTES);
        int size = table.columns().stream().map(Column::brief).toList().indexOf(ComparisonTable.SIZE);
        List<Column> columns = new ArrayList<>(table.columns());
        columns.set(bytes, new Column(ComparisonTable.SIZE, ComparisonTable.SIZE, true));
        List<Row> rows = new ArrayList<>();
        for (Row row : table.rows()) {
            List<Cell> cells = new ArrayList<>(row.cells());
            cells.set(bytes, new Cell(cells.get(size).text(), cells.get(bytes).text()));
            rows.add(new Row(row.baseline(), cells));
        }
        List<Integer> order =
                new ArrayList<>(FIRST.stream().map(headers::indexOf).toList());
        table.pageColumns().stream().filter(c -> !order.contains(c)).forEach(order::add);
        return new WebTable(columns, rows).select(order);
    }

    /** Returns tables of some of the columns each, the first column in all of them, that together show this one. */
    List<WebTable> parts(int mostColumns) {
        List<WebTable> parts = new ArrayList<>();
        for (int from = 1; from < columns.size(); from += mostColumns - 1) {
            List<Integer> shown = new ArrayList<>(List.of(0));
            IntStream.range(from, Math.min(columns.size(), from + mostColumns - 1))
                    .forEach(shown::add);
            parts.add(select(shown));
        }
        return parts;
    }

    private WebTable select(List<Integer> shown) {
        return new WebTable(
                shown.stream().map(columns::get).toList(),
                rows.stream()
                        .map(row -> new Row(
                                row.baseline(),
                                shown.stream().map(row.cells()::get).toList()))
                        .toList());
    }
}
