package io.bantam.trainer.data;

import io.bantam.runtime.python.PythonNormalizer;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * CodeXGLUE's line-level JSON lines: {@code input} is the beginning of a file in normal form, {@code gt} the rest of
 * its last line (empty where CodeXGLUE withholds it). Each pair becomes one document.
 *
 * @param file the file, gzip-compressed when its name ends in {@code .gz}
 */
public record CodeXGlueCorpus(Path file) implements Corpus {

    @Override
    public void read(Consumer<Document> sink) {
        TextLines.read(file, (number, line) -> {
            var object = JsonObjects.parse(file, number, line);
            String input = JsonObjects.text(object, file, number, "input").strip();
            String rest = JsonObjects.text(object, file, number, "gt").strip();
            if (!input.equals(PythonNormalizer.START) && !input.startsWith(PythonNormalizer.START + " ")) {
                throw new DataException(file + ":" + number + ": field \"input\" must be in normal form and start with "
                        + PythonNormalizer.START);
            }
            String text = (rest.isEmpty() ? input : input + " " + rest) + " " + PythonNormalizer.END;
            sink.accept(new Document(file.getFileName() + ":" + number, text));
        });
    }
}
