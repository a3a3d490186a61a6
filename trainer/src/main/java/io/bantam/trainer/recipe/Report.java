package io.bantam.trainer.recipe;

import io.bantam.trainer.recipe.key.Key;
import io.bantam.trainer.recipe.key.Limits;
import java.util.List;
import java.util.Optional;

/**
 * The reports written at the end of a run.
 *
 * @param formats the formats
 * @param published figures of a study, shown in columns of their own
 */
public record Report(
        @Key(
                value = "Formats of the report: markdown, a table; json, the figures for other programs;"
                        + " html, one page with plots.",
                standard = "[markdown, json, html]",
                notEmpty = true)
        List<Format> formats,

        @Key(value = "Figures published in a study, shown in columns of their own; null for none.", standard = "null")
        Optional<Published> published) {

    public Report {
        Limits.check(Report.class, formats, published);
        formats = List.copyOf(formats);
    }

    /** A report format. */
    public enum Format {
        /** A table for a terminal or a README. */
        MARKDOWN,
        /** The figures for other programs. */
        JSON,
        /** One page with plots that needs no other file. */
        HTML
    }
}
