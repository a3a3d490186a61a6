package io.bantam.trainer.cli.commands;

import io.bantam.trainer.cli.terminal.Bytes;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Prints {@link TensorRow}s in columns, with totals. */
final class TensorTable {
    private TensorTable() {}

    static void print(List<TensorRow> rows, long fileBytes, PrintStream out) {
        int name = width(rows.stream().map(TensorRow::name).toList(), "tensor");
        int shape = width(rows.stream().map(TensorTable::shape).toList(), "shape");
        int type = width(rows.stream().map(TensorRow::type).toList(), "type");
        String format = "%-" + name + "s  %-" + shape + "s  %-" + type + "s  %11s  %15s%n";
        out.printf(format, "tensor", "shape", "type", "bits/weight", "bytes");
        for (TensorRow row : rows) {
            out.printf(format, row.name(), shape(row), row.type(), bits(row.bitsPerWeight()), count(row.bytes()));
        }
        long weights = rows.stream().mapToLong(TensorRow::weights).sum();
        long weightBytes = rows.stream()
                .filter(row -> row.weights() > 0)
                .mapToLong(TensorRow::bytes)
                .sum();
        out.println();
        out.printf(
                "%s tensors; %s weights in %s bytes, %s bits a weight; the file has %s bytes (%s)%n",
                count(rows.size()),
                count(weights),
                count(weightBytes),
                bits(weights == 0 ? Double.NaN : 8.0 * weightBytes / weights),
                count(fileBytes),
                Bytes.text(fileBytes));
    }

    private static String shape(TensorRow row) {
        return row.shape().stream().map(String::valueOf).collect(Collectors.joining(" x "));
    }

    private static String bits(double bits) {
        return Double.isNaN(bits) ? "-" : String.format(Locale.ROOT, "%.3f", bits);
    }

    private static String count(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    private static int width(List<String> texts, String title) {
        return Math.max(
                title.length(), texts.stream().mapToInt(String::length).max().orElse(0));
    }
}
