package io.bantam.trainer.stage.evaluate;

import io.bantam.trainer.recipe.Published;
import io.bantam.trainer.report.Measure;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Makes measures of what a study has published of a variant. */
final class PublishedFigures {
    private PublishedFigures() {}

    static List<Measure> of(Optional<Published> published, String variant) {
        List<Measure> measures = new ArrayList<>();
        published.ifPresent(study -> study.figures().stream()
                .filter(figures -> figures.variant().equals(variant))
                .forEach(figures -> {
                    String about = "published by " + study.source() + ", on " + study.dataSet()
                            + ": another data set, so do not compare them with the run's own";
                    add(measures, "EM % published", figures.exactMatch(), about);
                    add(measures, "ES published", figures.editSimilarity(), about);
                    add(measures, "MB published", figures.megabytes(), about);
                    add(measures, "pass@1 % published", figures.passAt1(), about);
                    add(measures, "Seconds a reply published", figures.replySeconds(), about);
                }));
        return measures;
    }

    private static void add(List<Measure> measures, String name, Optional<Double> value, String about) {
        value.ifPresent(figure -> measures.add(new Measure(name, figure, "", List.of(), about)));
    }
}
