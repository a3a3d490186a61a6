package io.bantam.trainer.data;

/**
 * What became of the files of a corpus.
 *
 * @param filesRead files that the source gave
 * @param shortened of these: cut to their first 20,000 tokens
 * @param unusable of these: empty, shorter than 20 tokens, or not Python
 * @param tables of these: mostly literals
 * @param copies of these: the same text as a file before
 * @param nearDuplicates of these: mostly contained in longer files
 * @param overLimit of these: left out to keep the size limit
 * @param keptBytes UTF-8 bytes of normalised text in the files kept, over all splits
 */
public record CorpusStatistics(
        int filesRead,
        int shortened,
        int unusable,
        int tables,
        int copies,
        int nearDuplicates,
        int overLimit,
        long keptBytes) {}
