package io.bantam.trainer.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pages of runs that are larger, smaller or emptier than the quickstart. */
class ReportPagesTest {
    @TempDir
    Path folder;

    private static String page(Path... runs) {
        return HtmlReport.render(
                Comparison.of(Stream.of(runs).map(RunFolder::read).toList()));
    }

    @Test
    void theCommonRunHasWhatDecidesInItsFirstColumns() throws IOException {
        String page = page(MadeUpRun.write(folder, 1));
        PageChecks.all(page);
        List<String> headers = PageChecks.parts(
                PageChecks.parts(page, "<thead>", "</thead>").getFirst(), "<th scope=\"col\"", "</th>");
        assertEquals(
                List.of("Variant", "Size", "EM %", "ES"),
                headers.stream()
                        .limit(4)
                        .map(header -> header.replaceAll("<[^>]*>", ""))
                        .toList());
        assertTrue(page.contains("1.10 MB<span class=\"detail\">1,104,220</span>"));
        String caption = PageChecks.parts(page, "<caption>", "</caption>").getFirst();
        assertTrue(caption.contains("64 of test split of the bundled corpus (random cut)"), caption);
        assertTrue(caption.contains("95 % interval, by paired bootstrap over these samples"), caption);
    }

    @Test
    void severalRunsAreNamed() throws IOException {
        String page = page(MadeUpRun.write(folder.resolve("first"), 1), MadeUpRun.write(folder.resolve("second"), 2));
        PageChecks.all(page);
        assertTrue(page.contains("<figcaption>recover (second): validation loss</figcaption>"));
        assertTrue(page.contains("<ol class=\"key\"><li>teacher (first)</li>"), "no room for twelve names in a plot");
    }

    @Test
    void oneVariantHasNoIntervals() throws IOException {
        Path run = MadeUpRun.write(folder, 1);
        List<Path> others;
        try (Stream<Path> files = Files.list(run.resolve(RunFolder.EVALUATION_FOLDER))) {
            others = files.filter(file -> !file.getFileName().toString().startsWith("teacher"))
                    .toList();
        }
        for (Path file : others) {
            Files.delete(file);
        }
        String page = page(run);
        PageChecks.all(page);
        String caption = PageChecks.parts(page, "<caption>", "</caption>").getFirst();
        assertFalse(caption.contains("interval"), caption);
    }

    @Test
    void aRunWithoutTrainingHasNoLossCurves() throws IOException {
        Path run = MadeUpRun.write(folder, 1);
        for (String stage : List.of("30-recover", "31-binary")) {
            Files.delete(run.resolve(stage).resolve(MetricsLog.FILE_NAME));
        }
        String page = page(run);
        PageChecks.all(page);
        assertFalse(page.contains("Loss curves"));
    }

    @Test
    void manyVariantsWithLongNamesAndManyMeasuresArePrintedInParts() throws IOException {
        Path run = MadeUpRun.write(folder, 1);
        VariantResult like = VariantResult.read(RunFolder.resultFile(run, "PTQ W8A8"));
        List<Measure> measures = new ArrayList<>();
        IntStream.range(0, 12).forEach(i -> measures.add(new Measure("measure " + i, i, "", List.of(), "")));
        for (int i = 6; i < 20; i++) {
            String name = "W4A16 group-of-64 embedding-8 auto-round calibration-mixed " + i;
            new VariantResult(
                            VariantResult.VERSION,
                            i,
                            name,
                            like.stages(),
                            like.baseline(),
                            like.model(),
                            like.quality(),
                            like.cost(),
                            like.origin(),
                            like.quantizationError(),
                            measures)
                    .write(RunFolder.resultFile(run, name));
        }
        String page = page(run);
        PageChecks.all(page);
        List<String> parts = PageChecks.parts(page, "<div class=\"paper\">", "</table>");
        assertEquals(2, parts.size());
        assertEquals(
                20,
                PageChecks.parts(parts.getLast(), "<th scope=\"row\"", "</th>").size());
        assertTrue(parts.getLast().contains("measure 11") && !parts.getFirst().contains("measure 11"));
        String key = PageChecks.parts(page, "<ol class=\"key\">", "</ol>").getFirst();
        assertEquals(20, PageChecks.parts(key, "<li>", "</li>").size());
    }
}
