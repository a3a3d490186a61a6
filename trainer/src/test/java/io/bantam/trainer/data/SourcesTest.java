package io.bantam.trainer.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.runtime.format.TextForm;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SourcesTest {

    @TempDir
    Path folder;

    private static List<Document> read(Corpus corpus) {
        List<Document> documents = new ArrayList<>();
        corpus.read(documents::add);
        return documents;
    }

    private Path write(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    private static String failure(Corpus corpus) {
        return assertThrows(DataException.class, () -> read(corpus)).getMessage();
    }

    @Test
    void folderGivesNormalisedFilesInOrderOfTheirPaths() throws IOException {
        write("b.py", "x = 1\n");
        write("a/z.py", "'name'\n");
        write("a/tests/t.py", "y\n");
        write("a/readme.txt", "no\n");
        write("a/broken.py", "(\n");
        assertEquals(
                List.of(
                        new Document("a/broken.py", "<s> </s>"),
                        new Document("a/z.py", "<s> '<STR_LIT:name>' </s>"),
                        new Document("b.py", "<s> x = <NUM_LIT:1> </s>")),
                read(new FolderCorpus(folder, List.of("py"), false, TextForm.PY150)));
        assertEquals(
                4,
                read(new FolderCorpus(folder, List.of("py"), true, TextForm.PY150))
                        .size());
        assertTrue(failure(new FolderCorpus(folder, List.of("java"), true, TextForm.PY150))
                .contains("no file in it ends in .java"));
        assertTrue(failure(new FolderCorpus(folder.resolve("none"), List.of("py"), true, TextForm.PY150))
                .contains("no such folder"));
    }

    @ParameterizedTest
    @CsvSource({
        "a/b.py, false",
        "tests/a.py, true",
        "a/test/b.py, true",
        "a/test_b.py, true",
        "a/b_test.py, true",
        "a/conftest.py, true",
        "a/tests.py, true",
        "testing/a.py, false",
        "a/contest.py, false",
        "idlelib/idle_test/x.py, true"
    })
    void tellsTestsByTheirPath(String path, boolean test) {
        assertEquals(test, TestPaths.isTest(path));
    }

    @Test
    void textInNormalFormIsReadPlainAndGzipped() throws IOException {
        String text = "<s> a = b <EOL> c </s>\n\n<s> </s>\n";
        Path plain = write("train.txt", text);
        Path zipped = folder.resolve("train.txt.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(zipped))) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
        List<String> expected = List.of("<s> a = b <EOL> c </s>", "<s> </s>");
        assertEquals(
                expected,
                read(new NormalTextCorpus(plain)).stream().map(Document::text).toList());
        assertEquals(
                expected,
                read(new NormalTextCorpus(zipped)).stream().map(Document::text).toList());
        assertEquals("train.txt:3", read(new NormalTextCorpus(plain)).get(1).name());
    }

    @Test
    void damagedTextIsRefusedWithItsPlace() throws IOException {
        assertTrue(failure(new NormalTextCorpus(write("a.txt", "<s> a </s>\nx = 1\n")))
                .contains("a.txt:2: expected"));
        assertTrue(failure(new NormalTextCorpus(folder.resolve("none.txt"))).contains("no such file"));
        assertTrue(failure(new NormalTextCorpus(write("b.gz", "<s> a </s>\n"))).contains("b.gz: damaged or not gzip"));
        Path latin = folder.resolve("c.txt");
        Files.write(latin, new byte[] {'<', 's', '>', ' ', (byte) 0xE9, ' '});
        assertTrue(failure(new NormalTextCorpus(latin)).contains("c.txt:1: not UTF-8"));
    }

    @Test
    void jsonLinesGiveOneFieldNormalised() throws IOException {
        Path file = write("a.jsonl", "{\"id\": 1, \"code\": \"x = 1\\n\"}\n{\"code\": \"f('a')\"}\n");
        assertEquals(
                List.of("<s> x = <NUM_LIT:1> </s>", "<s> f ( '<STR_LIT:a>' ) </s>"),
                read(new JsonLinesCorpus(file, "code", TextForm.PY150)).stream()
                        .map(Document::text)
                        .toList());
        assertTrue(failure(new JsonLinesCorpus(file, "id", TextForm.PY150))
                .contains("a.jsonl:1: field \"id\" must be text"));
        assertTrue(failure(new JsonLinesCorpus(file, "body", TextForm.PY150))
                .contains("no field \"body\"; it has id, code"));
        assertTrue(failure(new JsonLinesCorpus(write("b.jsonl", "{\"code\": \"x\"} {}\n"), "code", TextForm.PY150))
                .contains("b.jsonl:1: not valid JSON"));
        assertTrue(failure(new JsonLinesCorpus(write("c.jsonl", "[1]\n"), "code", TextForm.PY150))
                .contains("found array"));
    }

    @Test
    void codeXGlueSamplesBecomeDocuments() throws IOException {
        Path file = write(
                "test.json",
                "{\"id\": 0, \"input\": \"<s> a = b <EOL> c .\", \"gt\": \"d ( )\"}\n"
                        + "{\"id\": 1, \"input\": \"<s> e <EOL> \", \"gt\": \"\"}\n");
        assertEquals(
                List.of("<s> a = b <EOL> c . d ( ) </s>", "<s> e <EOL> </s>"),
                read(new CodeXGlueCorpus(file)).stream().map(Document::text).toList());
        assertTrue(failure(new CodeXGlueCorpus(write("x.json", "{\"input\": \"a\", \"gt\": \"\"}")))
                .contains("x.json:1: field \"input\" must be in normal form"));
    }

    @Test
    void severalAreReadInOrder() throws IOException {
        Path one = write("1.txt", "<s> a </s>\n");
        Path two = write("2.txt", "<s> b </s>\n");
        Corpus both = new CorpusSequence(List.of(new NormalTextCorpus(two), new NormalTextCorpus(one)));
        assertEquals(
                List.of("2.txt:1", "1.txt:1"),
                read(both).stream().map(Document::name).toList());
    }

    @Test
    void documentCountsItsTokens() {
        Document empty = new Document("a", "<s> </s>");
        assertTrue(empty.isEmpty());
        assertEquals(0, empty.tokenCount());
        assertEquals("", empty.body());
        Document three = new Document("b", "<s> a <EOL> b </s>");
        assertFalse(three.isEmpty());
        assertEquals(3, three.tokenCount());
        assertEquals("a <EOL> b", three.body());
        assertThrows(IllegalArgumentException.class, () -> new Document("c", "a b"));
    }
}
