package io.bantam.trainer.data;

import java.util.function.Consumer;

/**
 * A source of documents in normal form. Reading it again gives the same documents in the same order.
 *
 * <p>Documents that are empty (a file that does not tokenise, an empty file) are given too; {@link CorpusPreparation}
 * drops and counts them.
 */
public interface Corpus {

    /**
     * Reads all documents on the calling thread.
     *
     * @param sink takes each document
     * @throws DataException if a file is missing, damaged or not in the expected form
     */
    void read(Consumer<Document> sink);
}
