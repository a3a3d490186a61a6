package io.bantam.trainer.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.runtime.format.TextForm;
import io.bantam.trainer.evaluation.LineSample;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Source text as it stands, from files to line completion tasks. */
class PlainTextTest {
    private static Document plain(String text) {
        return new Document("f", TextForm.PLAIN, text);
    }

    private static String read(byte[] bytes) {
        return SourceReader.of(TextForm.PLAIN).read("f", bytes).text();
    }

    @Test
    void filesAreReadAsTheyStand(@TempDir Path folder) throws IOException {
        assertEquals("a  # é\n\n\tb\nc", read("\uFEFFa  # é\r\n\r\n\tb\rc".getBytes(StandardCharsets.UTF_8)));
        assertEquals("", read(new byte[] {'a', (byte) 0xff}), "not UTF-8");
        assertEquals("", read(new byte[] {'a', 0, 'b'}), "binary");
        Files.writeString(folder.resolve("A.java"), "class A {}  // <EOL>\n");
        List<Document> found = new ArrayList<>();
        new FolderCorpus(folder, List.of("java"), false, TextForm.PLAIN).read(found::add);
        assertEquals(List.of(new Document("A.java", TextForm.PLAIN, "class A {}  // <EOL>\n")), found);
        Path lines = Files.writeString(folder.resolve("a.jsonl"), "{\"code\": \"x = 1\\n\"}\n");
        found.clear();
        new JsonLinesCorpus(lines, "code", TextForm.PLAIN).read(found::add);
        assertEquals("x = 1\n", found.getFirst().text());
    }

    @Test
    void wordsAreCounted() {
        Document document = plain("def f(a_1):\n\n    return a_1 + 2.5\n");
        // def f ( a_1 ): LINE return a_1 + 2 . 5 LINE
        assertEquals(13, document.tokenCount());
        assertEquals(2, document.literalCount());
        assertEquals(List.of("def f ( a_1 ):", "", "return a_1 + 2 . 5"), document.lines());
        assertSame(document, document.shortened(13));
        assertEquals("def f(a_1):\n\n", document.shortened(12).text());
        assertEquals("def f", plain("def f(a)").shortened(2).text());
        assertTrue(plain(" \n").isEmpty());
        assertEquals(0, plain(" \n").tokenCount());
    }

    @Test
    void aCutLeavesTheRestOfTheLine() {
        String text =
                "import os\n\n\ndef f(path):\n    return os.path.join(path, 'a') or None\n" + "x = 1\n".repeat(20);
        Document document = plain(text);
        Set<String> truths = new HashSet<>();
        for (int seed = 0; seed < 300; seed++) {
            LineSample sample = new SampleCutter(CutRule.RANDOM_CUT, seed)
                    .cut(List.of(document), 1)
                    .getFirst();
            String rest = text.substring(sample.input().length());
            int lineEnd = rest.indexOf('\n');
            assertEquals(rest.substring(0, lineEnd).strip(), sample.truth());
            assertFalse(sample.truth().isEmpty());
            assertFalse(sample.input().endsWith(" "), "the space belongs to the next word");
            truths.add(sample.truth());
        }
        assertTrue(truths.contains("x = 1"), truths.toString());
        assertTrue(truths.contains("or None"), truths.toString());
        LineSample last =
                new SampleCutter(CutRule.LAST_LINE, 1).cut(List.of(document), 1).getFirst();
        assertEquals("x = 1", last.truth());
        assertTrue(last.input().endsWith("x = 1\n"));
    }

    @Test
    void uselessFilesAndCopiesAreLeftOut() {
        Random random = new Random(1);
        List<Document> documents = new ArrayList<>();
        for (int file = 0; file < 20; file++) {
            StringBuilder text = new StringBuilder();
            for (int line = 0; line < 10; line++) {
                text.append("    value_%d = compute(first_%d, second, third)[index]\n"
                        .formatted(random.nextInt(100_000), random.nextInt(100_000)));
            }
            documents.add(plain(text.toString()));
        }
        documents.add(plain(documents.getFirst().text()));
        documents.add(plain(documents.getFirst().text().replace("    ", "\t")));
        documents.add(plain("import os\n"));
        documents.add(plain("x = [" + "1, ".repeat(50) + "]\n"));
        documents.add(plain(""));
        CorpusStatistics found = new CorpusPreparation(0, 0, Long.MAX_VALUE)
                .prepare(sink -> documents.forEach(sink))
                .statistics();
        assertEquals(1, found.copies());
        assertEquals(1, found.nearDuplicates(), "the same with other indentation");
        assertEquals(2, found.unusable());
        assertEquals(1, found.tables());
    }
}
