package io.bantam.trainer.data;

import java.util.List;

/**
 * The files of a corpus, split. Each list is in an order that depends on the texts alone.
 *
 * @param training files to learn from
 * @param validation files for the loss that is measured during training; may be empty
 * @param test files for evaluation samples; may be empty
 * @param statistics what was left out
 */
public record PreparedCorpus(
        List<Document> training, List<Document> validation, List<Document> test, CorpusStatistics statistics) {

    /** Copies the lists. */
    public PreparedCorpus {
        training = List.copyOf(training);
        validation = List.copyOf(validation);
        test = List.copyOf(test);
    }
}
