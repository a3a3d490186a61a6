package io.bantam.trainer.recipe;

/** What the keys of a teacher's cache mean; every kind of teacher has them. */
final class CacheKeys {
    static final String CACHE =
            "topk keeps the teacher's most likely words of every training sequence, so that it runs once.";
    static final String K = "Words that the cache keeps of each distribution.";
    static final String FILE = "The cache's file; several runs may share it. null: in the run folder.";

    private CacheKeys() {}
}
