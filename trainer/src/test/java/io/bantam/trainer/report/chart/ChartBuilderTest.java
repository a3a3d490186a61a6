package io.bantam.trainer.report.chart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class ChartBuilderTest {
    private static ChartBuilder builder() {
        return new ChartBuilder("t", "d", 400, 300, Axis.linear(0, 10, 3), Axis.linear(0, 1, 3));
    }

    @Test
    void valuesLandWhereTheAxesSay() {
        Chart chart = builder()
                .line(new double[] {0, 10}, new double[] {0, 1}, 2, true)
                .mark(5, 0.5, 1, "half")
                .build();
        assertEquals(
                chart.left() + ".0," + chart.bottom() + ".0 " + chart.right() + ".0," + chart.top() + ".0",
                chart.lines().getFirst().points());
        Chart.Mark mark = chart.marks().getFirst();
        assertEquals((chart.left() + chart.right()) / 2.0, mark.x());
        assertEquals((chart.top() + chart.bottom()) / 2.0, mark.y());
        assertEquals(mark.low(), mark.high());
        assertEquals(chart.left(), chart.xTicks().getFirst().at());
        assertEquals(chart.top(), chart.yTicks().getLast().at());
    }

    @Test
    void namesOfClosePointsDoNotLieOnEachOther() {
        ChartBuilder builder = builder();
        for (int i = 0; i < 3; i++) {
            builder.mark(5 + 0.1 * i, 0.5, 0.4, 0.6, 0, "", "variant " + i, false);
        }
        List<Chart.Label> labels = builder.build().labels();
        assertEquals(3, labels.size());
        for (int i = 0; i < 3; i++) {
            for (int j = 0; j < i; j++) {
                Chart.Label a = labels.get(i);
                Chart.Label b = labels.get(j);
                assertTrue(Math.abs(a.y() - b.y()) >= 8 || !a.anchor().equals(b.anchor()), a + " " + b);
            }
        }
    }

    @Test
    void aNameAtTheRightEdgeGoesToTheLeft() {
        Chart chart =
                builder().mark(10, 0.5, 0.5, 0.5, 0, "", "a long name", false).build();
        assertEquals("end", chart.labels().getFirst().anchor());
        assertFalse(chart.labels().getFirst().x() > chart.right());
    }

    @Test
    void namesWithoutRoomBesideTheirPointsGoIntoAKey() {
        ChartBuilder builder = builder();
        for (int i = 0; i < 12; i++) {
            builder.mark(5 + 0.2 * i, 0.5, 0.4, 0.6, 0, "", "a variant with a long name " + i, false);
        }
        Chart chart = builder.build();
        assertEquals("a variant with a long name 11", chart.key().get(11));
        assertEquals(12, chart.labels().size());
        assertEquals("12", chart.labels().get(11).text());
        assertEquals(
                List.of(),
                builder().mark(5, 0.5, 0.5, 0.5, 0, "", "one", false).build().key());
    }

    @Test
    void whatCannotBeDrawnIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> builder().mark(Double.NaN, 0, 0, ""));
        assertThrows(
                IllegalArgumentException.class,
                () -> builder().line(new double[] {1}, new double[] {Double.POSITIVE_INFINITY}, 0, false));
    }
}
