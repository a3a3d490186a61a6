package io.bantam.trainer.recipe;

import io.bantam.trainer.recipe.key.Key;
import io.bantam.trainer.recipe.key.Kind;
import io.bantam.trainer.recipe.key.Limits;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Where the teacher comes from: a checkpoint, training from nothing, or from a checkpoint. */
public sealed interface Teacher {

    /** Whether the teacher's answers are kept for later epochs, stages and runs. */
    Cache cache();

    /** How many of the most likely tokens the cache keeps of each distribution. */
    int k();

    /** Which hidden states the cache keeps too: 0 is the embedding, n the output of block n - 1. */
    List<Integer> cacheHidden();

    /** Where the cache is; in the run folder if not said. */
    Optional<Path> cacheFile();

    /** What is kept of the teacher's answers. */
    enum Cache {
        /** Nothing: the teacher runs in every step. */
        NONE,
        /** The probabilities of the most likely tokens. */
        TOPK
    }

    /** The Hugging Face folder that the teacher comes from, if it comes from one. */
    default Optional<Path> checkpoint() {
        return switch (this) {
            case Load load -> Optional.of(load.path());
            case FineTune start -> Optional.of(start.path());
            case Train _ -> Optional.empty();
        };
    }

    /**
     * A model that exists, with its own tokenizer.
     *
     * @param path a Hugging Face folder: config.json of one of the families, weights, tokenizer
     * @param cache whether its answers are kept
     * @param k tokens that the cache keeps of each distribution
     * @param cacheHidden hidden states that the cache keeps too
     * @param cacheFile where the cache is; in the run folder if not said
     */
    @Kind(value = "load", meaning = "A model that exists, used as it is, with its own tokenizer.")
    record Load(
            @Key(value = "The model's Hugging Face folder: config.json, weights and tokenizer.", result = false)
            Path path,

            @Key(value = CacheKeys.CACHE, standard = "none", result = false)
            Cache cache,

            @Key(value = CacheKeys.K, standard = "64", atLeast = 1, atMost = 1_000_000, result = false)
            int k,

            @Key(value = CacheKeys.HIDDEN, standard = "[]", atLeast = 0, result = false)
            List<Integer> cacheHidden,

            @Key(value = CacheKeys.FILE, standard = "null", result = false)
            Optional<Path> cacheFile)
            implements Teacher {
        public Load {
            Limits.check(Load.class, path, cache, k, cacheHidden, cacheFile);
        }
    }

    /**
     * A model that exists, trained on with this recipe's data.
     *
     * @param path a Hugging Face folder: config.json of one of the families, weights, tokenizer
     * @param training how it is trained, on next-token cross-entropy
     * @param cache whether its answers are kept
     * @param k tokens that the cache keeps of each distribution
     * @param cacheHidden hidden states that the cache keeps too
     * @param cacheFile where the cache is; in the run folder if not said
     */
    @Kind(value = "fine-tune", meaning = "A model that exists, trained on with this recipe's data before it teaches.")
    record FineTune(
            @Key(value = "The model's Hugging Face folder: config.json, weights and tokenizer.", result = false)
            Path path,

            @Key("How the model is trained.") Training training,

            @Key(value = CacheKeys.CACHE, standard = "none", result = false)
            Cache cache,

            @Key(value = CacheKeys.K, standard = "64", atLeast = 1, atMost = 1_000_000, result = false)
            int k,

            @Key(value = CacheKeys.HIDDEN, standard = "[]", atLeast = 0, result = false)
            List<Integer> cacheHidden,

            @Key(value = CacheKeys.FILE, standard = "null", result = false)
            Optional<Path> cacheFile)
            implements Teacher {

        public FineTune {
            Limits.check(FineTune.class, path, training, cache, k, cacheHidden, cacheFile);
        }
    }

    /**
     * A model trained on this recipe's data.
     *
     * @param tokenizer how the tokenizer is trained
     * @param model the shape of the model
     * @param training how it is trained, on next-token cross-entropy
     * @param cache whether its answers are kept
     * @param k tokens that the cache keeps of each distribution
     * @param cacheHidden hidden states that the cache keeps too
     * @param cacheFile where the cache is; in the run folder if not said
     */
    @Kind(value = "train", meaning = "A GPT-2 trained from nothing on this recipe's data.")
    record Train(
            @Key(value = "How the tokenizer is trained.", standard = "{}")
            TokenizerSettings tokenizer,

            @Key("The shape of the model.") ModelSettings model,
            @Key("How the model is trained.") Training training,

            @Key(value = CacheKeys.CACHE, standard = "none", result = false)
            Cache cache,

            @Key(value = CacheKeys.K, standard = "64", atLeast = 1, atMost = 1_000_000, result = false)
            int k,

            @Key(value = CacheKeys.HIDDEN, standard = "[]", atLeast = 0, result = false)
            List<Integer> cacheHidden,

            @Key(value = CacheKeys.FILE, standard = "null", result = false)
            Optional<Path> cacheFile)
            implements Teacher {

        public Train {
            Limits.check(Train.class, tokenizer, model, training, cache, k, cacheHidden, cacheFile);
        }
    }
}
