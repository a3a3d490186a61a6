package io.bantam.trainer.report.chart;

import io.bantam.trainer.report.chart.Chart.Label;
import io.bantam.trainer.report.chart.Chart.LegendEntry;
import io.bantam.trainer.report.chart.Chart.Line;
import io.bantam.trainer.report.chart.Chart.Mark;
import io.bantam.trainer.report.chart.Chart.Tick;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Places data on two axes. Values that are not finite are refused, so that no picture ever holds a NaN. */
public final class ChartBuilder {
    private static final int LEFT = 56;
    private static final int RIGHT = 16;
    private static final int TOP = 14;
    private static final int BOTTOM = 46;
    /** Width of an average character of a label, and its height, in pixels. */
    private static final double CHARACTER = 6.6;

    private static final double LABEL_HEIGHT = 13;

    private final String title;
    private final String description;
    private final int width;
    private final int height;
    private final Axis x;
    private final Axis y;
    private String xLabel = "";
    private String yLabel = "";
    private final List<Line> lines = new ArrayList<>();
    private final List<Mark> marks = new ArrayList<>();
    private final List<String> names = new ArrayList<>();
    private final List<LegendEntry> legend = new ArrayList<>();

    /**
     * @param title what is shown
     * @param description for those who cannot see it
     * @param width of the whole picture in pixels
     * @param height of the whole picture in pixels
     */
    public ChartBuilder(String title, String description, int width, int height, Axis x, Axis y) {
        this.title = title;
        this.description = description;
        this.width = width;
        this.height = height;
        this.x = x;
        this.y = y;
    }

    /** Names the axes. */
    public ChartBuilder axes(String horizontal, String vertical) {
        xLabel = horizontal;
        yLabel = vertical;
        return this;
    }

    /** Adds a line through points; {@code thin} puts it in the background. Needs at least one point. */
    public ChartBuilder line(double[] xs, double[] ys, int style, boolean thin) {
        StringBuilder points = new StringBuilder();
        for (int i = 0; i < xs.length; i++) {
            points.append(i == 0 ? "" : " ").append(pixelX(xs[i])).append(',').append(pixelY(ys[i]));
        }
        lines.add(new Line(points.toString(), style, thin));
        return this;
    }

    /** Adds a point. */
    public ChartBuilder mark(double valueX, double valueY, int style, String hint) {
        return mark(valueX, valueY, valueY, valueY, style, hint, "", false);
    }

    /**
     * Adds a point with an interval and a name beside it.
     *
     * @param name written beside the point, where there is room; empty for none
     */
    public ChartBuilder mark(
            double valueX,
            double valueY,
            double low,
            double high,
            int style,
            String hint,
            String name,
            boolean hollow) {
        marks.add(new Mark(pixelX(valueX), pixelY(valueY), pixelY(low), pixelY(high), style, hint, hollow));
        names.add(name);
        return this;
    }

    /** Adds a name to the legend. */
    public ChartBuilder legend(int style, String text, boolean thin) {
        legend.add(new LegendEntry(style, text, thin));
        return this;
    }

    /** Returns the finished plot. */
    public Chart build() {
        return new Chart(
                title,
                description,
                width,
                height,
                LEFT,
                TOP,
                width - RIGHT,
                height - BOTTOM,
                xLabel,
                yLabel,
                x.ticks().stream()
                        .map(t -> new Tick(pixelX(t.value()), t.text()))
                        .toList(),
                y.ticks().stream()
                        .map(t -> new Tick(pixelY(t.value()), t.text()))
                        .toList(),
                List.copyOf(lines),
                List.copyOf(marks),
                placeLabels(),
                List.copyOf(legend));
    }

    /** Puts each name right, left, above or below its point, wherever it first touches no point and no other name. */
    private List<Label> placeLabels() {
        List<double[]> taken = new ArrayList<>();
        for (Mark mark : marks) {
            taken.add(new double[] {mark.x() - 5, mark.y() - 5, mark.x() + 5, mark.y() + 5});
            if (mark.low() != mark.high()) {
                taken.add(new double[] {mark.x() - 2, mark.high(), mark.x() + 2, mark.low()});
            }
        }
        List<Label> labels = new ArrayList<>();
        for (int i = 0; i < marks.size(); i++) {
            if (names.get(i).isEmpty()) {
                continue;
            }
            Mark mark = marks.get(i);
            double length = names.get(i).codePointCount(0, names.get(i).length()) * CHARACTER;
            Label best = null;
            double[] bestBox = null;
            int fewest = Integer.MAX_VALUE;
            for (double down : new double[] {4, -8, 17, -20, 29}) {
                for (String anchor : down == 4 ? List.of("start", "end") : List.of("start", "end", "middle")) {
                    double at = mark.x() + (anchor.equals("start") ? 9 : anchor.equals("end") ? -9 : 0);
                    double from = at - (anchor.equals("start") ? 0 : anchor.equals("end") ? length : length / 2);
                    double base = mark.y() + down;
                    double[] box = {from, base - LABEL_HEIGHT + 3, from + length, base + 2};
                    int hits = collisions(box, taken);
                    if (hits < fewest) {
                        fewest = hits;
                        best = new Label(round(at), round(base), anchor, names.get(i));
                        bestBox = box;
                    }
                }
            }
            labels.add(best);
            taken.add(bestBox);
        }
        return labels;
    }

    private int collisions(double[] box, List<double[]> taken) {
        int hits = 0;
        for (double[] other : taken) {
            if (box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3]) {
                hits++;
            }
        }
        // leaving the plotting area is worse than any overlap
        boolean outside = box[0] < LEFT || box[2] > width - 2 || box[1] < 0 || box[3] > height - BOTTOM;
        return outside ? hits + 1000 : hits;
    }

    private double pixelX(double value) {
        return round(LEFT + x.position(finite(value)) * (width - LEFT - RIGHT));
    }

    private double pixelY(double value) {
        return round(height - BOTTOM - y.position(finite(value)) * (height - BOTTOM - TOP));
    }

    private double finite(double value) {
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException(String.format(Locale.ROOT, "%s: cannot draw %f", title, value));
        }
        return value;
    }

    private static double round(double pixel) {
        return Math.rint(pixel * 10) / 10;
    }
}
