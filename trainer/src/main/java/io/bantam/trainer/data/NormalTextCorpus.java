package io.bantam.trainer.data;

import io.bantam.runtime.python.PythonNormalizer;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * A text in PY150 normal form, the way CodeXGLUE hands out token-level completion: one file a line,
 * {@code <s> ... </s>}.
 *
 * @param file the text file, gzip-compressed when its name ends in {@code .gz}
 */
public record NormalTextCorpus(Path file) implements Corpus {

    @Override
    public void read(Consumer<Document> sink) {
        TextLines.read(file, (number, line) -> {
            String text = line.strip();
            if (!text.startsWith(PythonNormalizer.START + " ") || !text.endsWith(" " + PythonNormalizer.END)) {
                throw new DataException(file + ":" + number + ": expected one file in normal form, "
                        + PythonNormalizer.START + " ... " + PythonNormalizer.END + "; for plain source code use the"
                        + " source kind folder or json-lines");
            }
            sink.accept(new Document(file.getFileName() + ":" + number, text));
        });
    }
}
