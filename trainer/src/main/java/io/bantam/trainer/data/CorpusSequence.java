package io.bantam.trainer.data;

import java.util.List;
import java.util.function.Consumer;

/**
 * Several corpora, read one after the other.
 *
 * @param corpora the corpora in order
 */
public record CorpusSequence(List<Corpus> corpora) implements Corpus {

    /** Copies the list. */
    public CorpusSequence {
        corpora = List.copyOf(corpora);
    }

    @Override
    public void read(Consumer<Document> sink) {
        corpora.forEach(corpus -> corpus.read(sink));
    }
}
