package io.bantam.trainer.recipe;

/** What the keys of a teacher's cache mean; every kind of teacher has them. */
final class CacheKeys {
    static final String CACHE =
            "topk keeps the teacher's most likely words of every training sequence, so that it runs once.";
    static final String K = "Words that the cache keeps of each distribution.";
    static final String HIDDEN =
            "Hidden states that the cache keeps beside the words, for loss.hidden: 0 is the embedding, n the output of block"
                    + " n - 1. Each takes two bytes a feature of every token.";
    static final String FILE = "The cache's file; several runs may share it. null: in the run folder.";

    private CacheKeys() {}
}
