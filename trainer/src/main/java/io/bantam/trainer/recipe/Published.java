package io.bantam.trainer.recipe;

import io.bantam.trainer.recipe.key.Key;
import io.bantam.trainer.recipe.key.Limits;
import java.util.List;
import java.util.Optional;

/**
 * Figures that a study has published, shown beside the run's own in columns of their own.
 *
 * @param source the study, as it is to be quoted
 * @param dataSet what it measured on
 * @param figures of the variants that it has
 */
public record Published(
        @Key(value = "The study, as a citation.", notEmpty = true)
        String source,

        @Key(value = "The data set of the figures.", notEmpty = true)
        String dataSet,

        @Key(value = "The published figures, one entry per variant.", notEmpty = true)
        List<Figures> figures) {

    public Published {
        Limits.check(Published.class, source, dataSet, figures);
        figures = List.copyOf(figures);
    }

    /**
     * What was published of one variant.
     *
     * @param variant the variant of this recipe that it is to be seen beside
     * @param exactMatch percent
     * @param editSimilarity 0 to 100
     * @param megabytes of the file
     * @param passAt1 percent of programming tasks solved at the first try
     * @param replySeconds until a reply is there
     */
    public record Figures(
            @Key(value = "The variant of this recipe whose row shows the figures.", notEmpty = true)
            String variant,

            @Key(value = "Exact match in percent.", standard = "null", atLeast = 0, atMost = 100)
            Optional<Double> exactMatch,

            @Key(value = "Edit similarity, 0 to 100.", standard = "null", atLeast = 0, atMost = 100)
            Optional<Double> editSimilarity,

            @Key(value = "Size of the model in MB (1,000,000 bytes).", standard = "null", above = 0)
            Optional<Double> megabytes,

            @Key(value = "pass@1 in percent.", standard = "null", atLeast = 0, atMost = 100)
            Optional<Double> passAt1,

            @Key(value = "Seconds until a reply is there.", standard = "null", above = 0)
            Optional<Double> replySeconds) {

        public Figures {
            Limits.check(Figures.class, variant, exactMatch, editSimilarity, megabytes, passAt1, replySeconds);
        }
    }
}
