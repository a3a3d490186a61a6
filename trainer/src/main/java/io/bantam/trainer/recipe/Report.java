package io.bantam.trainer.recipe;

import java.util.List;

/**
 * The reports written at the end of a run.
 *
 * @param formats the formats
 */
public record Report(
        @Key(value = "Formats of the report.", standard = "[markdown, json, html]", notEmpty = true)
        List<Format> formats) {

    public Report {
        Limits.check(Report.class, formats);
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
