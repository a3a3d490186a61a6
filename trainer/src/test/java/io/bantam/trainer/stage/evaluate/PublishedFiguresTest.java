package io.bantam.trainer.stage.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.trainer.recipe.Published;
import io.bantam.trainer.report.Measure;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class PublishedFiguresTest {
    @Test
    void eachFigureIsAColumnMarkedAsOfAnotherDataSet() {
        Published study = new Published(
                "A. Author, a study",
                "PY150",
                List.of(new Published.Figures(
                        "1W8A",
                        Optional.of(14.1),
                        Optional.empty(),
                        Optional.of(42.6),
                        Optional.of(29.8),
                        Optional.of(25.0))));
        List<Measure> measures = PublishedFigures.of(Optional.of(study), "1W8A");
        assertEquals(
                List.of("EM % published", "MB published", "pass@1 % published", "Seconds a reply published"),
                measures.stream().map(Measure::name).toList());
        assertEquals(14.1, measures.getFirst().value());
        assertTrue(
                measures.getFirst().about().startsWith("published by A. Author, a study, on PY150: another data set"));
        assertEquals(List.of(), PublishedFigures.of(Optional.of(study), "6L"));
        assertEquals(List.of(), PublishedFigures.of(Optional.empty(), "1W8A"));
    }
}
