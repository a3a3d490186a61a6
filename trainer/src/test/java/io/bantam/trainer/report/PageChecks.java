package io.bantam.trainer.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Demands on every page of a report: what a screen reader, a narrow screen and a printer need. */
final class PageChecks {
    private PageChecks() {}

    static void all(String page) {
        nothingIsLoaded(page);
        headingsAreInOrder(page);
        tablesAreDescribed(page);
        wideTablesScrollBesideTheirFirstColumn(page);
        chartsAreNamed(page);
        nothingIsFoldedAwayOnPaper(page);
    }

    /** Returns the texts between a start and the next end. */
    static List<String> parts(String page, String start, String end) {
        List<String> parts = new ArrayList<>();
        for (int from = page.indexOf(start); from >= 0; from = page.indexOf(start, from + 1)) {
            parts.add(page.substring(from, page.indexOf(end, from) + end.length()));
        }
        return parts;
    }

    private static void nothingIsLoaded(String page) {
        for (String forbidden :
                List.of("http:", "https:", "src=", "href=", "@import", "url(", "<script", "<link", "<img")) {
            assertFalse(page.contains(forbidden), forbidden);
        }
        for (String forbidden : List.of("NaN", "Infinity", "null", "??", "${")) {
            assertFalse(page.contains(forbidden), forbidden);
        }
    }

    private static void headingsAreInOrder(String page) {
        assertTrue(page.contains("<html lang=\"en\">"));
        Matcher headings = Pattern.compile("<h([1-6])").matcher(page);
        int before = 0;
        while (headings.find()) {
            int level = Integer.parseInt(headings.group(1));
            assertTrue(level <= before + 1 && (level > 1 || before == 0), "h" + level + " after h" + before);
            before = level;
        }
    }

    private static void tablesAreDescribed(String page) {
        List<String> tables = parts(page, "<table", "</table>");
        assertFalse(tables.isEmpty());
        for (String table : tables) {
            List<String> captions = parts(table, "<caption>", "</caption>");
            assertEquals(1, captions.size(), table);
            assertTrue(captions.getFirst().replaceAll("<[^>]*>", "").strip().length() > 20, captions.getFirst());
            Matcher headers = Pattern.compile("<th\\b([^>]*)>").matcher(table);
            while (headers.find()) {
                assertTrue(headers.group(1).matches(".*scope=\"(row|col)\".*"), headers.group());
            }
        }
    }

    private static void wideTablesScrollBesideTheirFirstColumn(String page) {
        String screen = page.substring(page.indexOf("<style>"), page.indexOf("@media print"));
        assertTrue(screen.contains(".scroll{overflow-x:auto;"));
        assertTrue(screen.contains("tr>:first-child{position:sticky;left:0;"));
        for (String frame : parts(page, "<div class=\"scroll\"", ">")) {
            assertTrue(frame.contains("tabindex=\"0\"") && frame.matches(".* aria-label=\".+\".*"), frame);
        }
        int printed = parts(page, "<div class=\"paper\"", ">").size();
        assertEquals(
                parts(page, "<table", ">").size() - printed,
                parts(page, "<div class=\"scroll\"", ">").size(),
                "a frame a table of the screen");
    }

    private static void chartsAreNamed(String page) {
        for (String figure : parts(page, "<figure", "</figure>")) {
            assertTrue(Pattern.compile("<svg [^>]*role=\"img\" aria-label=\"[^\"]{20,}\"")
                    .matcher(figure)
                    .find());
            assertEquals(2, parts(figure, "<text class=\"name\"", "</text>").size(), "two axes");
            for (String name : parts(figure, "<text class=\"name\"", "</text>")) {
                assertFalse(name.contains("></text>"), figure);
            }
        }
    }

    private static void nothingIsFoldedAwayOnPaper(String page) {
        String print = page.substring(page.indexOf("@media print"), page.indexOf("</style>"));
        assertTrue(print.contains("@page{size:A4"));
        assertTrue(print.contains("details::details-content{content-visibility:visible"), print);
        assertFalse(print.contains("details:not([open])"), print);
        assertTrue(print.contains("tr>:first-child{position:static"), print);
        assertTrue(print.contains(".scroll{overflow:visible"), print);
    }
}
