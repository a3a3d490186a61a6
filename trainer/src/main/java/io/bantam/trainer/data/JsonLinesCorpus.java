package io.bantam.trainer.data;

import io.bantam.runtime.python.PythonNormalizer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * JSON lines, each with Python source in one field, normalised.
 *
 * @param file the file, gzip-compressed when its name ends in {@code .gz}
 * @param field the field that holds the source
 */
public record JsonLinesCorpus(Path file, String field) implements Corpus {

    @Override
    public void read(Consumer<Document> sink) {
        PythonNormalizer normalizer = new PythonNormalizer();
        TextLines.read(file, (number, line) -> {
            String source = JsonObjects.text(JsonObjects.parse(file, number, line), file, number, field);
            sink.accept(new Document(
                    file.getFileName() + ":" + number, normalizer.normalize(source.getBytes(StandardCharsets.UTF_8))));
        });
    }
}
