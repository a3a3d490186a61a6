package io.bantam.trainer.recipe;

import io.bantam.trainer.hub.ModelFacts;

/** What the models of a recipe do. */
public enum Task {
    /** They go on with a text: decoders, measured on lines of code. */
    COMPLETION,
    /** They give a text, or a pair of texts, a label: encoders such as BERT and CodeBERT. */
    CLASSIFICATION,
    /** They answer a text with another: encoders with a decoder behind them, such as CodeT5 and PLBART. */
    GENERATION;

    /** What a model can do. */
    static Task of(ModelFacts model) {
        if (!model.hasEncoder()) {
            return COMPLETION;
        }
        return model.classifies() ? CLASSIFICATION : GENERATION;
    }

    /** Which sources of data have what the task needs. */
    boolean takes(Source source) {
        return switch (source) {
            case Source.Labelled _ -> this == CLASSIFICATION;
            case Source.Pairs _ -> this == GENERATION;
            case Source.Bundled _, Source.Folder _, Source.Text _, Source.JsonLines _, Source.CodeXGlue _ ->
                this == COMPLETION;
            case Source.Several several -> several.sources().stream().allMatch(this::takes);
        };
    }
}
