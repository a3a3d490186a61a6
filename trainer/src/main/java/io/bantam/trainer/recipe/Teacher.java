package io.bantam.trainer.recipe;

import java.nio.file.Path;
import java.util.Optional;

/** Where the teacher comes from: a checkpoint, training from nothing, or from a checkpoint. */
public sealed interface Teacher {

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
     * @param path a Hugging Face folder: config.json of a GPT-2, weights, tokenizer
     */
    @Kind("load")
    record Load(
            @Key("A Hugging Face folder, relative to the recipe.")
            Path path) implements Teacher {
        public Load {
            Limits.check(Load.class, path);
        }
    }

    /**
     * A model that exists, trained on with this recipe's data.
     *
     * @param path a Hugging Face folder: config.json of a GPT-2, weights, tokenizer
     * @param training how it is trained, on next-token cross-entropy
     */
    @Kind("fine-tune")
    record FineTune(
            @Key("A Hugging Face folder, relative to the recipe.")
            Path path,

            @Key("How the model is trained.") Training training)
            implements Teacher {

        public FineTune {
            Limits.check(FineTune.class, path, training);
        }
    }

    /**
     * A model trained on this recipe's data.
     *
     * @param tokenizer how the tokenizer is trained
     * @param model the shape of the model
     * @param training how it is trained, on next-token cross-entropy
     */
    @Kind("train")
    record Train(
            @Key(value = "How the tokenizer is trained.", standard = "{}")
            TokenizerSettings tokenizer,

            @Key("The shape of the model.") ModelSettings model,
            @Key("How the model is trained.") Training training)
            implements Teacher {

        public Train {
            Limits.check(Train.class, tokenizer, model, training);
        }
    }
}
