package io.bantam.trainer.report.chart;

import io.bantam.trainer.report.chart.Chart.Label;
import io.bantam.trainer.report.chart.Chart.LegendEntry;
import io.bantam.trainer.report.chart.Chart.Line;
import io.bantam.trainer.report.chart.Chart.Mark;
import io.bantam.trainer.report.chart.Chart.Tick;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Builder of a {@link Chart} from data on two axes.
 *
 * <p>Values that are not finite are refused with {@link IllegalArgumentException}, so that no picture ever holds a NaN.
 */
public final class ChartBuilder {
    private static final int RIGHT = 16;
    /** The name of the vertical axis stands above the plotting area: beside it, a long one would be cut. */
    private static final int TOP = 34;

    private static final int BOTTOM = 46;
    /** Width of an average character of a label, and its height, in pixels. */
    private static final double CHARACTER = 7;

    private static final double LABEL_HEIGHT = 14;

    /** What a place for a label costs: touching an interval, hiding a point or another label, leaving the picture. */
    private static final int TOUCHING = 1;

    private static final int HIDING = 100;
    private static final int OUTSIDE = 10_000;

    private final String title;
    private final String description;
    private final int width;
    private final int height;
    private final Axis x;
    private final Axis y;
    private final int left;
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
        this.left = 18
                + (int) Math.ceil(CHARACTER
                        * y.ticks().stream()
                                .mapToInt(tick -> tick.text().length())
                                .max()
                                .orElse(0));
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
     * @param name written beside the point; empty for none. Where there is no room for all names, the points get
     *     numbers instead, and the names are in {@link Chart#key}
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
        Placement placement = place(names);
        List<String> key = List.of();
        if (placement.cost() >= HIDING && placement.labels().size() > 1) {
            key = names.stream().filter(name -> !name.isEmpty()).toList();
            placement = place(numbers());
        }
        return new Chart(
                title,
                description,
                width,
                height,
                left,
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
                placement.labels(),
                key,
                List.copyOf(legend));
    }

    /** The names replaced by their numbers, from 1. */
    private List<String> numbers() {
        List<String> numbers = new ArrayList<>();
        int next = 1;
        for (String name : names) {
            numbers.add(name.isEmpty() ? "" : Integer.toString(next++));
        }
        return numbers;
    }

    /** Labels with the cost of the worst placed one. */
    private record Placement(List<Label> labels, int cost) {}

    /** A part of the picture that a label should leave free, and what it costs not to. */
    private record Taken(double left, double top, double right, double bottom, int cost) {
        boolean meets(Taken other) {
            return left < other.right && other.left < right && top < other.bottom && other.top < bottom;
        }
    }

    /** Puts each text right, left, above or below its point, wherever it first costs least. */
    private Placement place(List<String> texts) {
        List<Taken> taken = new ArrayList<>();
        for (Mark mark : marks) {
            taken.add(new Taken(mark.x() - 5, mark.y() - 5, mark.x() + 5, mark.y() + 5, HIDING));
            if (mark.low() != mark.high()) {
                taken.add(new Taken(mark.x() - 2, mark.high(), mark.x() + 2, mark.low(), TOUCHING));
            }
        }
        List<Label> labels = new ArrayList<>();
        int worst = 0;
        for (int i = 0; i < marks.size(); i++) {
            if (texts.get(i).isEmpty()) {
                continue;
            }
            Mark mark = marks.get(i);
            double length = texts.get(i).codePointCount(0, texts.get(i).length()) * CHARACTER;
            Label best = null;
            Taken bestBox = null;
            int least = Integer.MAX_VALUE;
            for (double down : new double[] {4, -8, 17, -20, 29}) {
                for (String anchor : down == 4 ? List.of("start", "end") : List.of("start", "end", "middle")) {
                    double at = mark.x() + (anchor.equals("start") ? 9 : anchor.equals("end") ? -9 : 0);
                    double from = at - (anchor.equals("start") ? 0 : anchor.equals("end") ? length : length / 2);
                    double base = mark.y() + down;
                    Taken box = new Taken(from, base - LABEL_HEIGHT + 3, from + length, base + 2, HIDING);
                    int cost = cost(box, taken);
                    if (cost < least) {
                        least = cost;
                        best = new Label(round(at), round(base), anchor, texts.get(i));
                        bestBox = box;
                    }
                }
            }
            labels.add(best);
            taken.add(bestBox);
            worst = Math.max(worst, least);
        }
        return new Placement(labels, worst);
    }

    private int cost(Taken box, List<Taken> taken) {
        boolean outside =
                box.left() < left || box.right() > width - 2 || box.top() < 0 || box.bottom() > height - BOTTOM;
        return taken.stream().filter(box::meets).mapToInt(Taken::cost).sum() + (outside ? OUTSIDE : 0);
    }

    private double pixelX(double value) {
        return round(left + x.position(finite(value)) * (width - left - RIGHT));
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
