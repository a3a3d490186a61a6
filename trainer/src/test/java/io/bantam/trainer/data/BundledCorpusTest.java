package io.bantam.trainer.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.runtime.format.TextForm;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BundledCorpusTest {

    @TempDir
    Path folder;

    private Path archive(String... names) throws IOException {
        Path file = folder.resolve("a.jar");
        try (OutputStream out = Files.newOutputStream(file);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            for (String name : names) {
                zip.putNextEntry(new ZipEntry(name));
                zip.write("x = 1\n".getBytes(StandardCharsets.UTF_8));
            }
        }
        return file;
    }

    private BundledCorpus corpus(String sha256) {
        return new BundledCorpus(folder, List.of(new BundledCorpus.Archive("a.jar", "root/", sha256)), TextForm.PY150);
    }

    private static List<String> names(Corpus corpus) {
        List<String> names = new ArrayList<>();
        corpus.read(document -> names.add(document.name()));
        return names;
    }

    @Test
    void readsPythonFilesBelowTheRootWithoutTests() throws Exception {
        Path file = archive("root/b.py", "root/a/c.py", "root/a/tests/t.py", "other/d.py", "root/e.txt");
        String sha256 =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
        assertEquals(List.of("a/c.py", "b.py"), names(corpus(sha256)));
    }

    @Test
    void refusesAnArchiveThatIsNotThePinnedOne() throws IOException {
        archive("root/b.py");
        DataException e = assertThrows(DataException.class, () -> names(corpus("00")));
        assertTrue(e.getMessage().contains("a.jar: SHA-256 is "), e.getMessage());
        assertTrue(e.getMessage().contains("expected 00"), e.getMessage());
    }

    @Test
    void saysWhichArchiveIsMissing() {
        DataException e = assertThrows(DataException.class, () -> names(corpus("00")));
        assertTrue(e.getMessage().contains("a.jar: missing from the bundled corpus"), e.getMessage());
    }

    @Test
    void saysWhereItLooked() {
        DataException e = assertThrows(DataException.class, () -> BundledCorpus.locate(Set.of(folder), TextForm.PY150));
        assertTrue(e.getMessage().contains(folder.toString()), e.getMessage());
        assertTrue(e.getMessage().contains("bantam.home"), e.getMessage());
    }

    /** The build has copied the real archives; reading them all proves their hashes. */
    @Test
    void findsTheCorpusOfThisBuild() {
        List<Document> documents = new ArrayList<>();
        BundledCorpus.locate(TextForm.PY150).read(documents::add);
        assertEquals(1482, documents.size());
        long usable = documents.stream().filter(document -> !document.isEmpty()).count();
        assertTrue(usable > 1400, "normalised " + usable);
        assertTrue(documents.stream().anyMatch(document -> document.name().equals("libpython/argparse.py")));
        assertTrue(documents.stream().noneMatch(document -> document.name().contains("/tests/")));
        long characters = documents.stream()
                .mapToLong(document -> document.text().length())
                .sum();
        assertEquals(15_000_000, characters, 4_000_000);
    }
}
