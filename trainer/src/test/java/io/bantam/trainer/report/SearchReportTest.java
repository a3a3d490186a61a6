package io.bantam.trainer.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.trainer.report.SearchResult.Candidate;
import io.bantam.trainer.report.SearchResult.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SearchReportTest {
    private static Candidate candidate(String label, long bytes, int trials, Double loss, Outcome outcome) {
        return new Candidate(label, "teacher", Map.of("method", "gptq"), bytes, 2.5, trials, loss, 3.0, outcome);
    }

    private static final SearchResult RESULT = new SearchResult(
            SearchResult.VERSION,
            "small",
            "q",
            "W4 <gptq>",
            1.5,
            Map.of("bytes", 6e6),
            List.of("loss", "bytes"),
            List.of(
                    candidate("W8", 7_000_000, 0, null, Outcome.BEYOND),
                    candidate("W3", 4_000_000, 2, 1.9, Outcome.FRONT),
                    candidate("W4 nearest", 5_000_000, 2, 1.8, Outcome.TRIED),
                    candidate("W2", 3_000_000, 1, 4.0, Outcome.DROPPED),
                    candidate("W4 <gptq>", 5_000_000, 2, 1.6, Outcome.WINNER)),
            64,
            "a machine",
            "");

    @Test
    void theTableHasTheWinnerFirstAndWhatWasNotTriedLast() {
        List<String> lines = SearchReport.markdown(RESULT).lines().toList();
        assertEquals("W4 <gptq> wins: 5.00 MB, loss 1.6000 (the teacher: 1.5000).", lines.get(2));
        assertEquals("| W4 <gptq> | winner | 5,000,000 | 2.50 | 1.6000 | 2 | 3.0 s |", lines.get(6));
        assertEquals("| W3 | front | 4,000,000 | 2.50 | 1.9000 | 2 | 3.0 s |", lines.get(7));
        assertEquals("| W8 | beyond | 7,000,000 | 2.50 | \u2013 | 0 | \u2013 |", lines.get(10));
        assertTrue(SearchReport.markdown(RESULT).contains("Budget: bytes 6,000,000."));
    }

    @Test
    void thePageDrawsTheFrontAndEscapesLabels() {
        String page = SearchReport.html(RESULT);
        assertEquals(2, page.split("<svg viewBox=\"0 0 460", -1).length - 1, "against size and against time");
        assertTrue(page.contains("W4 &lt;gptq&gt;"));
        assertFalse(page.contains("<gptq>"));
        assertEquals(1, page.split("class=\"baseline\"", -1).length - 1);
        for (String forbidden : List.of("http:", "https:", "<script", "NaN", "${")) {
            assertFalse(page.contains(forbidden), forbidden);
        }
    }

    @Test
    void thePageNamesTheFrontAndSaysWhatItShows() {
        String page = SearchReport.html(RESULT);
        PageChecks.all(page);
        assertTrue(page.contains(">W3</text>"), "a candidate of the front beside its point");
        assertTrue(page.contains("W4 nearest (tried): 1.8000 at 5.00 MB"), "every point for those who cannot see it");
        String caption = PageChecks.parts(page, "<caption>", "</caption>").getFirst();
        assertTrue(caption.contains("nats a token on 64 validation sequences"), caption);
    }

    @Test
    void theJsonIsReadAgain(@TempDir Path folder) {
        SearchReport.write(RESULT, folder);
        assertEquals(RESULT, SearchResult.read(folder));
        assertTrue(Files.exists(folder.resolve(SearchReport.HTML)));
        assertTrue(Files.exists(folder.resolve(SearchReport.MARKDOWN)));
    }
}
