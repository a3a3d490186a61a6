package io.bantam.trainer.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.trainer.evaluation.EnergyReading;
import io.bantam.trainer.evaluation.LatencyReading;
import io.bantam.trainer.evaluation.Percentiles;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ComparisonTableTest {
    private ComparisonTable table;

    @BeforeAll
    void layOut(@TempDir Path folder) throws Exception {
        table = ComparisonTable.of(Comparison.of(List.of(RunFolder.read(MadeUpRun.write(folder, 1)))));
    }

    @Test
    void theTerminalFormFitsIntoItsWidthAndIsAligned() {
        List<String> lines = table.terminal().lines().toList();
        assertTrue(lines.stream().allMatch(line -> line.length() <= 120), table.terminal());
        assertTrue(lines.stream().noneMatch(line -> line.endsWith(" ")), "no trailing blanks");
        String header = lines.getFirst();
        assertTrue(header.startsWith("Variant"), header);
        int end = header.indexOf("Factor") + "Factor".length();
        String row =
                lines.stream().filter(l -> l.startsWith("1W8A6L")).findFirst().orElseThrow();
        assertTrue(row.substring(0, end).endsWith(" 17.9x"), row);
        String below = lines.get(lines.indexOf(row) + 1);
        assertTrue(below.matches(" +\\[-?\\d+\\.\\d, [-+]?\\d+\\.\\d] +\\[.*]"), below);
        assertTrue(row.contains("1/8/8") && row.contains("1.10 MB") && row.contains("~"), row);
    }

    @Test
    void theMarkdownFormHasEveryColumnInEveryRow() {
        List<String> lines =
                table.markdown().lines().filter(l -> l.startsWith("|")).toList();
        assertEquals(2 + 6, lines.size());
        for (String line : lines) {
            assertEquals(16, line.chars().filter(c -> c == '|').count(), line);
        }
        assertTrue(lines.getFirst().contains("| Bytes on disk |"), lines.getFirst());
        assertTrue(lines.get(4).contains("| 1,104,220 |"), lines.get(4));
        assertTrue(table.markdown().contains("\n- Samples: "));
    }

    @Test
    void markdownDoesNotTakeTextForMarkup() {
        ComparisonTable odd = new ComparisonTable(
                List.of(new ComparisonTable.Column("a|b", "a", false)),
                List.of(new ComparisonTable.Row(true, List.of(new ComparisonTable.Cell("<i>|\n|", "")))),
                List.of("w"),
                List.of());
        assertEquals("| a\\|b |\n|---|\n| &lt;i>\\| \\| |\n\n- **w**\n", odd.markdown());
    }

    @Test
    void theBaselineIsMarkedAndHasNoDifference() {
        assertTrue(table.rows().getFirst().baseline());
        assertTrue(table.rows().getFirst().cells().stream()
                .allMatch(c -> c.detail().isEmpty()));
        assertFalse(table.rows().get(1).baseline());
    }

    @Test
    void predictionsHaveTheirCostInCarbonAndMoney(@TempDir Path folder) throws Exception {
        Path run = MadeUpRun.write(folder, 1);
        String name = RunFolder.read(run).variants().get(1).result().name();
        Path file = RunFolder.resultFile(run, name);
        LatencyReading reading = new LatencyReading(
                1,
                2,
                3,
                4,
                128,
                64,
                20,
                new Percentiles(12.34, 20),
                new Percentiles(1.5, 2),
                new EnergyReading(36, 2, true, "estimate: 18 W declared x time"));
        VariantResult.read(file).with(reading).write(file);
        // 36 kJ are 0.01 kWh; 2,000 s are 5/9 of an hour.
        List<String> lines = ComparisonTable.of(
                        Comparison.of(List.of(RunFolder.read(run)), new CostParameters(500, false, 0.9)))
                .markdown()
                .lines()
                .toList();
        assertTrue(
                lines.getFirst()
                        .endsWith("| Context ms | Token ms | J / prediction | gCO2e / 1,000 predictions |"
                                + " Price / 1,000 predictions | gCO2e to compress |"),
                lines.getFirst());
        assertTrue(lines.get(3).contains("| 12.3 (20.0) | 1.5 (2.0) | ~36.0 | 5.0 | 0.500 | ~0."), lines.get(3));
        assertTrue(
                lines.get(4).endsWith("| \u2013 | \u2013 | \u2013 | \u2013 | \u2013 | \u2013 |")
                        || lines.get(4).contains("| \u2013 | \u2013 | \u2013 | \u2013 | \u2013 | ~"),
                lines.get(4));
        assertTrue(
                lines.stream().anyMatch(line -> line.contains("gCO2e at 500 g/kWh, price at 0.9 an hour.")),
                String.join("\n", lines));
    }

    @Test
    void furtherMeasuresAreColumnsWithTheirIntervals(@TempDir Path folder) throws Exception {
        Path run = MadeUpRun.write(folder, 1);
        List<String> names = RunFolder.read(run).variants().stream()
                .map(variant -> variant.result().name())
                .toList();
        for (int i = 0; i < 2; i++) {
            Path file = RunFolder.resultFile(run, names.get(i));
            double score = 100 - 50 * i;
            VariantResult.read(file)
                    .with(List.of(
                            Measure.ofSamples("pass@1 %", List.of(score, score), "two tasks"),
                            new Measure("p95 ms", 0.0123, "by hand", List.of(), "")))
                    .write(file);
        }
        ComparisonTable measured = ComparisonTable.of(Comparison.of(List.of(RunFolder.read(run))));
        List<String> lines = measured.markdown().lines().toList();
        assertTrue(lines.getFirst().endsWith("| pass@1 % | p95 ms |"), lines.getFirst());
        assertTrue(lines.get(2).endsWith("| 100.0 | 0.0123 by hand |"), lines.get(2));
        assertTrue(lines.get(3).endsWith("| 50.0 [-50.0, -50.0] | 0.0123 by hand |"), lines.get(3));
        assertTrue(lines.get(4).endsWith("| \u2013 | \u2013 |"), lines.get(4));
        assertTrue(lines.contains("- pass@1 %: two tasks."), measured.markdown());
        List<String> terminal = measured.terminal().lines().toList();
        assertTrue(terminal.stream().allMatch(line -> line.length() <= 120), measured.terminal());
        assertTrue(terminal.stream().anyMatch(line -> line.matches("Variant +pass@1 % +p95 ms")), measured.terminal());
    }
}
