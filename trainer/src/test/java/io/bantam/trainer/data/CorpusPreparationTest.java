package io.bantam.trainer.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CorpusPreparationTest {

    private static final CorpusPreparation ALL = new CorpusPreparation(0.1, 0.2, Long.MAX_VALUE);

    private static PreparedCorpus prepare(CorpusPreparation preparation, List<Document> documents) {
        return preparation.prepare(documents::forEach);
    }

    private static List<Document> distinct(int count) {
        List<Document> documents = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            documents.add(Documents.random("file" + i, i, 4 + i % 9));
        }
        return documents;
    }

    private static List<Document> kept(PreparedCorpus corpus) {
        List<Document> all = new ArrayList<>(corpus.training());
        all.addAll(corpus.validation());
        all.addAll(corpus.test());
        return all;
    }

    @Test
    void aLongFileIsCutAtALineEnd() {
        Document nine = new Document("a", "<s> a b c <EOL> d e f <EOL> g </s>");
        assertEquals(nine, nine.shortened(9));
        assertEquals("<s> a b c <EOL> d e f </s>", nine.shortened(8).text());
        assertEquals("<s> a b c <EOL> d e f </s>", nine.shortened(7).text());
        assertEquals("<s> a b c </s>", nine.shortened(6).text());
        assertEquals("<s> a b c </s>", nine.shortened(4).text());
        assertEquals("<s> a b </s>", nine.shortened(2).text());
        Document empty = new Document("b", "<s> </s>");
        assertEquals(empty, empty.shortened(1));

        PreparedCorpus corpus =
                prepare(ALL, List.of(Documents.random("long", 1, 30_000), Documents.random("short", 2, 9)));
        assertEquals(1, corpus.statistics().shortened());
        assertTrue(kept(corpus).stream().allMatch(document -> document.tokenCount() <= CorpusPreparation.MOST_TOKENS));
    }

    @Test
    void splitsByTheGivenShares() {
        PreparedCorpus corpus = prepare(ALL, distinct(2000));
        assertEquals(2000, kept(corpus).size());
        assertEquals(200, corpus.validation().size(), 40);
        assertEquals(400, corpus.test().size(), 55);
    }

    @Test
    void splitOfAFileDependsOnNeitherOrderNorNameNorOtherFiles() {
        List<Document> documents = distinct(300);
        Set<String> test = texts(prepare(ALL, documents).test());
        List<Document> others = new ArrayList<>(documents.subList(0, 150));
        others.replaceAll(document -> new Document("renamed", document.text()));
        Collections.shuffle(others, new Random(1));
        Set<String> expected = texts(others);
        expected.retainAll(test);
        assertFalse(expected.isEmpty());
        assertEquals(expected, texts(prepare(ALL, others).test()));
    }

    @Test
    void sameTextsGiveTheSameListsInAnyOrder() {
        List<Document> documents = distinct(100);
        documents.add(new Document("copy", documents.getFirst().text()));
        PreparedCorpus first = prepare(ALL, documents);
        Collections.reverse(documents);
        PreparedCorpus second = prepare(ALL, documents);
        assertEquals(
                first.training().stream().map(Document::text).toList(),
                second.training().stream().map(Document::text).toList());
        assertEquals(first.statistics(), second.statistics());
    }

    @Test
    void dropsExactCopiesShortFilesAndTables() {
        List<Document> documents = distinct(20);
        documents.add(new Document("copy", documents.get(3).text()));
        documents.add(new Document("empty", "<s> </s>"));
        documents.add(new Document("short", "<s> import os </s>"));
        documents.add(new Document("table", "<s> x = [ " + "<NUM_LIT> , ".repeat(50) + "] </s>"));
        PreparedCorpus corpus = prepare(ALL, documents);
        CorpusStatistics statistics = corpus.statistics();
        assertEquals(20, kept(corpus).size());
        assertEquals(24, statistics.filesRead());
        assertEquals(2, statistics.unusable());
        assertEquals(1, statistics.tables());
        assertEquals(1, statistics.copies());
        assertEquals(0, statistics.nearDuplicates());
    }

    @Test
    void dropsAFileMostOfWhichIsInALongerOne() {
        List<String> lines = Documents.randomLines(1, 20);
        Document whole = Documents.of("whole", lines);
        Document half = Documents.of("half", mixed(lines, 10));
        Document mostly = Documents.of("mostly", mixed(lines, 11));
        PreparedCorpus corpus = prepare(ALL, List.of(mostly, half, whole, Documents.random("other", 99, 10)));
        assertEquals(1, corpus.statistics().nearDuplicates());
        List<String> names = kept(corpus).stream().map(Document::name).sorted().toList();
        assertEquals(List.of("half", "other", "whole"), names);
    }

    /** Some lines of a file, then own ones, 20 in all. */
    private static List<String> mixed(List<String> lines, int taken) {
        List<String> mixed = new ArrayList<>(lines.subList(0, taken));
        mixed.addAll(Documents.randomLines(50 + taken, 20 - taken));
        // Shorter than the file it was taken from, so that it comes later.
        mixed.replaceAll(line -> lines.contains(line) ? line : line.replace("method", "m"));
        return mixed;
    }

    @Test
    void noKeptFileIsMostlyInFilesOfAnotherSplit() {
        List<Document> documents = new ArrayList<>();
        Random random = new Random(7);
        for (int family = 0; family < 60; family++) {
            List<String> lines = Documents.randomLines(family, 24);
            for (int i = 0; i < 6; i++) {
                List<String> copy = new ArrayList<>(lines);
                Collections.shuffle(copy, random);
                int own = random.nextInt(24);
                List<String> text = new ArrayList<>(copy.subList(own, 24));
                text.addAll(Documents.randomLines(1000 + 10 * family + i, own));
                documents.add(Documents.of(family + "/" + i, text));
            }
        }
        PreparedCorpus corpus = prepare(new CorpusPreparation(0.3, 0.3, Long.MAX_VALUE), documents);
        assertTrue(corpus.statistics().nearDuplicates() > 50);
        for (List<Document> held : List.of(corpus.validation(), corpus.test())) {
            for (Document document : held) {
                Set<String> lines = lines(document);
                for (Document training : corpus.training()) {
                    Set<String> shared = lines(training);
                    shared.retainAll(lines);
                    int shorter = Math.min(lines.size(), lines(training).size());
                    assertTrue(2 * shared.size() <= shorter, document.name() + " and " + training.name());
                }
            }
        }
    }

    private static Set<String> lines(Document document) {
        return new HashSet<>(Arrays.asList(document.body().split(" <EOL> ")));
    }

    @Test
    void limitKeepsAPartOfTheWholeCorpusInEverySplit() {
        List<Document> documents = distinct(400);
        PreparedCorpus whole = prepare(ALL, documents);
        PreparedCorpus part = prepare(new CorpusPreparation(0.1, 0.2, 40_000), documents);
        assertTrue(part.statistics().keptBytes() <= 40_000);
        assertTrue(part.statistics().keptBytes() > 38_000);
        assertTrue(texts(whole.training()).containsAll(texts(part.training())));
        assertTrue(texts(whole.test()).containsAll(texts(part.test())));
        double share = part.test().size() / (double) kept(part).size();
        assertEquals(0.2, share, 0.1, "the order of filling must not follow the split");
    }

    @Test
    void saysWhatHappenedWhenNothingIsLeft() {
        DataException e = assertThrows(DataException.class, () -> prepare(ALL, List.of(new Document("a", "<s> </s>"))));
        assertTrue(e.getMessage().contains("of 1 files read, 1 are empty"), e.getMessage());
    }

    private static Set<String> texts(List<Document> documents) {
        Set<String> texts = new HashSet<>();
        documents.forEach(document -> texts.add(document.text()));
        return texts;
    }
}
