package io.bantam.trainer.recipe;

/** What the keys of a teacher's cache mean; every kind of teacher has them. */
final class CacheKeys {
    static final String CACHE = "none: the teacher runs in every step; topk: it runs once, and its k most likely"
            + " tokens at every position are"
            + " kept in a file for later epochs, stages and runs.";
    static final String K = "Most likely tokens of each distribution that the cache keeps, 4 bytes each (6 in"
            + " vocabularies above 65,536).";
    static final String HIDDEN =
            "Hidden states that the cache keeps too, for loss.hidden: 0 is the embedding, n the output of block"
                    + " n - 1. Each takes 2 bytes per feature and token.";
    static final String FILE = "The cache's file, which several runs may share; null: a file in the run folder.";

    private CacheKeys() {}
}
