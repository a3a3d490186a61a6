package io.bantam.trainer.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HtmlReportTest {
    private String page;

    @BeforeAll
    void render(@TempDir Path folder) throws Exception {
        Path run = MadeUpRun.write(folder.resolve("quickstart"), 1);
        page = HtmlReport.render(Comparison.of(List.of(RunFolder.read(run))));
        // kept for people who want to look at it
        Files.writeString(Files.createDirectories(Path.of("target")).resolve("report-of-invented-data.html"), page);
    }

    @Test
    void nothingIsLoadedFromElsewhereAndNoScriptRuns() {
        for (String forbidden :
                List.of("http:", "https:", "src=", "href=", "@import", "url(", "<script", "<link", "<img")) {
            assertFalse(page.contains(forbidden), forbidden);
        }
    }

    @Test
    void noFigureIsMissingItsValue() {
        for (String forbidden : List.of("NaN", "Infinity", "\u221e", "null", "??", "${")) {
            assertFalse(page.contains(forbidden), forbidden);
        }
        assertTrue(page.contains(">" + Figures.ABSENT + "<"), "what was not measured is a dash");
    }

    @Test
    void aDiagnosisNamesTheWorstTensorsFirstWithTheOutliersOfTheirInputs() {
        String section = page.substring(page.indexOf("What post-training quantization did"));
        assertTrue(section.contains("wte.weight &amp; others"));
        assertTrue(section.indexOf("<code>wte.weight") < section.indexOf("<code>h.0.mlp.c_fc.weight"));
        assertTrue(section.contains("<td class=\"number\">2.00e-05</td><td>17 (12.3x)</td>"));
        assertTrue(section.contains("1.0e-06 after the embedding, 9.0e-05 at the end"));
    }

    @Test
    void textFromFilesIsEscaped() {
        assertFalse(page.contains("<b>"));
        assertTrue(page.contains("&lt;b&gt;Not bold&lt;/b&gt; &amp; nothing"));
        assertTrue(page.contains("if a &lt; b &amp; c :"));
        assertTrue(page.contains("<code>&lt;b&gt;pass</code>"));
    }

    @Test
    void everyElementIsClosedInOrder() {
        assertEquals(List.of(), new ArrayList<>(unclosed()));
    }

    @Test
    void theTableHasARowAVariantAndNamesRowsAndColumns() {
        String table = page.substring(page.indexOf("<table>"), page.indexOf("</table>"));
        assertEquals(6, count(table, "<th scope=\"row\">"));
        assertEquals(15, count(table, "<th scope=\"col\""));
        assertEquals(1, count(table, "class=\"baseline\""));
        assertTrue(table.contains("<caption>"));
        assertTrue(table.contains("17.9x"), "factor of the measured files");
        assertTrue(table.contains("~7.34 kJ"), "energy is marked as an estimate");
    }

    @Test
    void plotsAreDescribedAndDrawnInsideTheirFrame() throws Exception {
        NodeList svgs = svgs();
        int plots = 0;
        for (int i = 0; i < svgs.getLength(); i++) {
            Element svg = (Element) svgs.item(i);
            if (!svg.getAttribute("role").equals("img")) {
                continue; // a key of a legend
            }
            plots++;
            assertTrue(svg.getAttribute("aria-label").length() > 20, "description");
            String[] box = svg.getAttribute("viewBox").split(" ");
            NodeList lines = svg.getElementsByTagName("polyline");
            for (int j = 0; j < lines.getLength(); j++) {
                for (String point :
                        ((Element) lines.item(j)).getAttribute("points").split(" ")) {
                    double x = Double.parseDouble(point.split(",")[0]);
                    double y = Double.parseDouble(point.split(",")[1]);
                    assertTrue(x >= 0 && x <= Double.parseDouble(box[2]), point);
                    assertTrue(y >= 0 && y <= Double.parseDouble(box[3]), point);
                }
            }
        }
        assertEquals(
                2 + 2 * 2 + 4 + 1,
                plots,
                "two of size, two a stage that trained, four quantized variants, one diagnosis");
    }

    @Test
    void examplesShowEveryVariantBesideTheTruth() {
        assertEquals(8, count(page, "<div class=\"example\">"));
        assertEquals(8, count(page, "<th scope=\"row\">truth</th>"));
        String example = page.substring(page.indexOf("<div class=\"example\">"));
        example = example.substring(0, example.indexOf("</table>"));
        for (String variant : List.of("teacher", "6L", "1W8A6L", "PTQ W8A8", "6L + PTQ W4A8", "ternary 12L")) {
            assertTrue(example.contains("<th scope=\"row\">" + variant + "</th>"), variant);
        }
    }

    @Test
    void theSummaryNamesTheSmallestVariant() {
        assertTrue(
                page.contains("1W8A6L is the smallest: 1.10 MB instead of 19.7 MB (17.9x smaller than teacher)"), page);
    }

    private NodeList svgs() throws Exception {
        StringBuilder all = new StringBuilder("<all>");
        Matcher matcher = Pattern.compile("<svg.*?</svg>", Pattern.DOTALL).matcher(page);
        while (matcher.find()) {
            all.append(matcher.group());
        }
        Document document = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(all.append("</all>").toString())));
        return document.getElementsByTagName("svg");
    }

    private List<String> unclosed() {
        List<String> open = new ArrayList<>();
        Matcher tags =
                Pattern.compile("<(/?)([a-zA-Z][a-zA-Z0-9]*)([^>]*?)(/?)>").matcher(page);
        List<String> single = List.of("meta", "br");
        while (tags.find()) {
            if (single.contains(tags.group(2)) || !tags.group(4).isEmpty()) {
                continue;
            }
            if (tags.group(1).isEmpty()) {
                open.add(tags.group(2));
            } else {
                assertEquals(open.removeLast(), tags.group(2), "at " + tags.start());
            }
        }
        return open;
    }

    private static int count(String text, String part) {
        return text.split(Pattern.quote(part), -1).length - 1;
    }
}
