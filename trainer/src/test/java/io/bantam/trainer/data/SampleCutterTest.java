package io.bantam.trainer.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.trainer.evaluation.LineSample;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SampleCutterTest {

    private static List<Document> files(int count) {
        List<Document> files = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            files.add(Documents.random("file" + i, i, 6 + i % 5));
        }
        return files;
    }

    @Test
    void randomCutTargetsTheRestOfTheLine() {
        List<Document> files = files(300);
        Map<String, String> texts = new HashMap<>();
        files.forEach(file -> texts.put(file.name(), file.text()));
        int wholeLines = 0;
        List<LineSample> samples = new SampleCutter(CutRule.RANDOM_CUT, 5).cut(files, 300);
        assertEquals(300, samples.size());
        for (LineSample sample : samples) {
            String text = texts.remove(sample.id().substring(sample.id().indexOf(':') + 1));
            String joined = sample.input() + " " + sample.truth();
            assertTrue(text.startsWith(joined + " <EOL>") || text.equals(joined + " </s>"), sample.toString());
            assertFalse(sample.truth().isEmpty());
            assertFalse(sample.truth().contains("<EOL>"));
            assertTrue(sample.input().split(" ").length >= 11, "ten tokens of context after the start mark");
            wholeLines += sample.input().endsWith("<EOL>") ? 1 : 0;
        }
        // Every 12th token or so starts a line.
        assertEquals(300 / 12.0, wholeLines, 18);
    }

    @Test
    void randomCutReachesTheEleventhAndTheLastToken() {
        String body = "t0 t1 t2 t3 t4 t5 t6 t7 t8 t9 <EOL> t11 <EOL> t13 " + "<EOL> ".repeat(36) + "end";
        Document file = new Document("f", "<s> " + body + " </s>");
        Map<String, Integer> targets = new HashMap<>();
        for (int seed = 0; seed < 600; seed++) {
            new SampleCutter(CutRule.RANDOM_CUT, seed)
                    .cut(List.of(file), 1)
                    .forEach(sample -> targets.merge(sample.truth(), 1, Integer::sum));
        }
        assertEquals(Set.of("t11", "t13", "end"), targets.keySet());
        targets.values().forEach(count -> assertEquals(200, count, 60));
    }

    @Test
    void lastLineTargetsTheWholeLastLine() {
        List<Document> files = files(20);
        for (LineSample sample : new SampleCutter(CutRule.LAST_LINE, 1).cut(files, 20)) {
            assertTrue(sample.input().endsWith(" <EOL>"));
            assertTrue(files.stream()
                    .anyMatch(file -> file.text().equals(sample.input() + " " + sample.truth() + " </s>")));
        }
    }

    @Test
    void sameSeedGivesTheSameSamplesInAnyOrderOfFiles() {
        List<Document> files = files(40);
        SampleCutter cutter = new SampleCutter(CutRule.RANDOM_CUT, 3);
        List<LineSample> first = cutter.cut(files, 10);
        Collections.reverse(files);
        assertEquals(first, cutter.cut(files, 10));
        assertEquals(first, cutter.cut(files, 40).subList(0, 10));
        assertNotEquals(first, new SampleCutter(CutRule.RANDOM_CUT, 4).cut(files, 10));
    }

    @Test
    void fewFilesAreCutAtSeveralPlaces() {
        List<Document> files = files(12);
        SampleCutter cutter = new SampleCutter(CutRule.RANDOM_CUT, 3);
        List<LineSample> samples = cutter.cut(files, 60);
        assertEquals(60, samples.size());
        assertEquals(samples.subList(0, 12), cutter.cut(files, 12));
        Map<String, Set<String>> inputs = new HashMap<>();
        samples.forEach(sample -> inputs.computeIfAbsent(
                        sample.id().substring(sample.id().indexOf(':') + 1), _ -> new HashSet<>())
                .add(sample.input()));
        assertEquals(12, inputs.size());
        assertEquals(60, inputs.values().stream().mapToInt(Set::size).sum());
        assertTrue(cutter.cut(files, 1000).size() <= 12 * SampleCutter.MOST_CUTS);
        assertEquals(12, new SampleCutter(CutRule.LAST_LINE, 3).cut(files, 60).size());
    }

    @Test
    void filesThatAreTooShortOrTooLongAreNotCut() {
        List<Document> files = List.of(Documents.random("short", 1, 3), Documents.random("long", 2, 400));
        DataException e = assertThrows(DataException.class, () -> new SampleCutter(CutRule.LAST_LINE, 1).cut(files, 5));
        assertTrue(e.getMessage().contains("of 2 files, 0 have 50 to 4000 tokens"), e.getMessage());
    }
}
