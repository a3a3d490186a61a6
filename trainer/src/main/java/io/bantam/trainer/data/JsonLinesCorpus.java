package io.bantam.trainer.data;

import io.bantam.runtime.format.TextForm;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * JSON lines, each with a source file in one field.
 *
 * @param file the file, gzip-compressed when its name ends in {@code .gz}
 * @param field the field that holds the source
 * @param form that the sources are read in
 */
public record JsonLinesCorpus(Path file, String field, TextForm form) implements Corpus {

    @Override
    public void read(Consumer<Document> sink) {
        SourceReader reader = SourceReader.of(form);
        TextLines.read(file, (number, line) -> {
            String source = JsonObjects.text(JsonObjects.parse(file, number, line), file, number, field);
            sink.accept(reader.read(file.getFileName() + ":" + number, source.getBytes(StandardCharsets.UTF_8)));
        });
    }
}
