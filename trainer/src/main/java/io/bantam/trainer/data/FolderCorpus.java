package io.bantam.trainer.data;

import io.bantam.runtime.format.TextForm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Source files in a folder and the folders below it, in the order of their paths. Links are not followed.
 *
 * @param folder the folder
 * @param extensions the endings of the files to read, without a dot
 * @param tests whether files that are tests by their path ({@link TestPaths}) are read too
 * @param form that the files are read in
 */
public record FolderCorpus(Path folder, List<String> extensions, boolean tests, TextForm form) implements Corpus {

    /** Copies the list. */
    public FolderCorpus {
        extensions = List.copyOf(extensions);
    }

    @Override
    public void read(Consumer<Document> sink) {
        if (!Files.isDirectory(folder)) {
            throw new DataException(folder + ": no such folder; give the folder that holds the source files");
        }
        SourceReader reader = SourceReader.of(form);
        List<Path> files = files();
        if (files.isEmpty()) {
            throw new DataException(folder + ": no file in it ends in ." + String.join(" or .", extensions)
                    + (tests ? "" : " (tests do not count)"));
        }
        for (Path file : files) {
            try {
                sink.accept(reader.read(relative(file), Files.readAllBytes(file)));
            } catch (IOException e) {
                throw new DataException(file + ": cannot be read: " + e.getMessage(), e);
            }
        }
    }

    private List<Path> files() {
        try (Stream<Path> paths = Files.walk(folder)) {
            return paths.filter(Files::isRegularFile)
                    .filter(file -> hasExtension(file.getFileName().toString()))
                    .filter(file -> tests || !TestPaths.isTest(relative(file)))
                    .sorted()
                    .toList();
        } catch (IOException | java.io.UncheckedIOException e) {
            throw new DataException(folder + ": cannot be listed: " + e.getMessage(), e);
        }
    }

    private String relative(Path file) {
        return folder.relativize(file).toString().replace('\\', '/');
    }

    private boolean hasExtension(String name) {
        return extensions.stream().anyMatch(extension -> name.endsWith("." + extension));
    }
}
