package io.bantam.trainer.data;

import io.bantam.runtime.format.TextForm;
import io.bantam.trainer.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * The corpus that comes with the build: the Python files of three pinned Maven artifacts (the Python standard library
 * as GraalPy ships it, NumPy and SciPy), tests excluded, about 27 MB of source. The build copies the artifacts into
 * {@code trainer/target/corpus}; they are read as archives and are never on the class path.
 *
 * <p>Each archive is checked against its SHA-256 before it is read, so that every machine trains on the same text.
 */
public final class BundledCorpus implements Corpus {

    /** Where the build puts the archives, below the project's folder. */
    private static final Path BUILT = Path.of("trainer", "target", "corpus");

    /** Where a packaged copy of the program has them, below its folder. */
    private static final Path PACKAGED = Path.of("corpus");

    private static final List<Archive> ARCHIVES = List.of(
            new Archive(
                    "python-resources-25.0.3.jar",
                    "META-INF/resources/",
                    "974c82ba1742f0d72ad8b23f410dc5957318215817d1d91515922ac52644510e"),
            new Archive(
                    "numpy-2.4.2-1.5.13-macosx-arm64.jar",
                    "org/bytedeco/numpy/macosx-arm64/python/",
                    "1ad8143b9e9d8464f16d6a4aed8dd8a3f52dbf9a972c7f979877b9a87a4b3b5d"),
            new Archive(
                    "scipy-1.17.0-1.5.13-macosx-arm64.jar",
                    "org/bytedeco/scipy/macosx-arm64/python/",
                    "dbb7ad622a0d7e7c70d512e7fa97f9bd668653710a3fc3fa2863bb883ffb569f"));

    private final Path folder;
    private final List<Archive> archives;
    private final TextForm form;

    BundledCorpus(Path folder, List<Archive> archives, TextForm form) {
        this.folder = folder;
        this.archives = List.copyOf(archives);
        this.form = form;
    }

    /**
     * Finds the corpus of the running program: below the folder that the system property {@code bantam.home} names,
     * else below any folder above the place that this class was loaded from.
     *
     * @param form that the files are read in
     * @throws DataException if it is nowhere; the message lists the places and how to get it
     */
    public static BundledCorpus locate(TextForm form) {
        Set<Path> places = new LinkedHashSet<>();
        String home = System.getProperty("bantam.home");
        if (home != null && !home.isBlank()) {
            addPlaces(places, Path.of(home).toAbsolutePath());
        }
        for (Path above = classLocation().orElse(null); above != null; above = above.getParent()) {
            addPlaces(places, above);
        }
        return locate(places, form);
    }

    static BundledCorpus locate(Set<Path> places, TextForm form) {
        for (Path place : places) {
            if (Files.exists(place.resolve(ARCHIVES.getFirst().file()))) {
                return new BundledCorpus(place, ARCHIVES, form);
            }
        }
        throw new DataException("the bundled corpus is not there; build the project once with network (mvn package), or"
                + " start the program with -Dbantam.home=FOLDER; looked in "
                + String.join(", ", places.stream().map(Path::toString).toList()));
    }

    private static void addPlaces(Set<Path> places, Path root) {
        places.add(root.resolve(BUILT));
        places.add(root.resolve(PACKAGED));
    }

    private static Optional<Path> classLocation() {
        var source = BundledCorpus.class.getProtectionDomain().getCodeSource();
        try {
            return source == null
                    ? Optional.empty()
                    : Optional.of(Path.of(source.getLocation().toURI()));
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
    }

    /** The folder that holds the archives. */
    public Path folder() {
        return folder;
    }

    @Override
    public void read(Consumer<Document> sink) {
        SourceReader reader = SourceReader.of(form);
        for (Archive archive : archives) {
            Path file = folder.resolve(archive.file());
            check(file, archive.sha256());
            try (ZipFile zip = new ZipFile(file.toFile())) {
                for (ZipEntry entry : entries(zip, archive.root())) {
                    try (InputStream in = zip.getInputStream(entry)) {
                        String name = entry.getName().substring(archive.root().length());
                        sink.accept(reader.read(name, in.readAllBytes()));
                    }
                }
            } catch (IOException e) {
                throw new DataException(file + ": cannot be read: " + e.getMessage(), e);
            }
        }
    }

    private static List<ZipEntry> entries(ZipFile zip, String root) {
        List<ZipEntry> entries = new ArrayList<>();
        zip.stream()
                .filter(entry ->
                        entry.getName().startsWith(root) && entry.getName().endsWith(".py"))
                .filter(entry -> !TestPaths.isTest(entry.getName().substring(root.length())))
                .sorted(Comparator.comparing(ZipEntry::getName))
                .forEach(entries::add);
        return entries;
    }

    private static void check(Path file, String expected) {
        if (!Files.isRegularFile(file)) {
            throw new DataException(file + ": missing from the bundled corpus; build the project again with network");
        }
        try {
            String actual = Sha256.of(file);
            if (!actual.equals(expected)) {
                throw new DataException(file + ": SHA-256 is " + actual + ", expected " + expected
                        + "; delete the file here and in the local Maven repository and build again");
            }
        } catch (IOException e) {
            throw new DataException(file + ": cannot be read: " + e.getMessage(), e);
        }
    }

    /**
     * One archive of the corpus.
     *
     * @param file its name in the folder
     * @param root the path inside it below which the Python files lie, with a slash at its end
     * @param sha256 what it must hash to
     */
    record Archive(String file, String root, String sha256) {}
}
