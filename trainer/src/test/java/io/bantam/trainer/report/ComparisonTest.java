package io.bantam.trainer.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.trainer.BantamException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComparisonTest {
    @TempDir
    Path folder;

    @Test
    void oneRunComparesInTheOrderOfItsRecipeWithoutWarning() throws IOException {
        Comparison comparison = Comparison.of(List.of(RunFolder.read(MadeUpRun.write(folder.resolve("a"), 1))));
        assertEquals(
                List.of("teacher", "6L", "1W8A6L", "PTQ W8A8", "6L + PTQ W4A8", "ternary 12L"),
                comparison.entries().stream().map(Comparison.Entry::label).toList());
        assertEquals(List.of(), comparison.warnings());
        assertTrue(comparison.notes().stream().anyMatch(n -> n.contains("64 of test split of the bundled corpus")));
        assertTrue(comparison.notes().stream().anyMatch(n -> n.contains("(~ is an estimate): 20 W assumed")));
    }

    @Test
    void namesThatTwoRunsShareAreToldApart() throws IOException {
        Comparison comparison = Comparison.of(List.of(
                RunFolder.read(MadeUpRun.write(folder.resolve("first"), 1)),
                RunFolder.read(MadeUpRun.write(folder.resolve("second"), 2))));
        assertEquals(12, comparison.entries().size());
        assertEquals("teacher (first)", comparison.entries().get(0).label());
        assertEquals("teacher (second)", comparison.entries().get(6).label());
        assertEquals(List.of(), comparison.warnings());
        assertTrue(comparison.notes().stream().anyMatch(n -> n.contains("of the same run")));
    }

    @Test
    void runsOfTheSameFolderNameAreToldApartByTheirPaths() throws IOException {
        Path one = MadeUpRun.write(folder.resolve("x/run"), 1);
        Path two = MadeUpRun.write(folder.resolve("y/run"), 2);
        Comparison comparison = Comparison.of(List.of(RunFolder.read(one), RunFolder.read(two)));
        assertEquals("6L (" + two + ")", comparison.entries().get(7).label());
    }

    @Test
    void otherSamplesAndMachinesAreSaid() throws IOException {
        Comparison comparison = Comparison.of(List.of(
                RunFolder.read(MadeUpRun.write(folder.resolve("first"), 1)),
                RunFolder.read(MadeUpRun.write(folder.resolve("second"), 1, "f".repeat(64), "another machine"))));
        assertEquals(2, comparison.warnings().size());
        String samples = comparison.warnings().getFirst();
        assertTrue(samples.startsWith("The variants were not scored on the same samples"), samples);
        assertTrue(samples.contains("fingerprint 5f70bf18 [teacher (first)"), samples);
        assertTrue(samples.contains("fingerprint ffffffff [teacher (second)"), samples);
        assertTrue(comparison.warnings().getLast().contains("another machine [teacher (second)"));
        assertTrue(ComparisonTable.of(comparison)
                .terminal()
                .contains("! The variants were not scored on the same samples"));
        assertTrue(HtmlReport.render(comparison).contains("<strong>Careful:</strong> The variants were not scored"));
    }

    @Test
    void theSameRunTwiceOrNoneIsRefused() throws IOException {
        RunFolder run = RunFolder.read(MadeUpRun.write(folder.resolve("a"), 1));
        assertThrows(BantamException.class, () -> Comparison.of(List.of(run, run)));
        assertThrows(BantamException.class, () -> Comparison.of(List.of()));
        assertFalse(run.stages().isEmpty());
    }
}
