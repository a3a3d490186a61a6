package io.bantam.trainer.report.chart;

import java.util.List;

/**
 * Geometry of a plot in pixels, y downwards, ready to be drawn as SVG.
 *
 * @param title what is shown
 * @param description the same in a sentence or two, for those who cannot see it
 * @param width of the picture
 * @param height of the picture
 * @param left edge of the plotting area
 * @param top edge of the plotting area
 * @param right edge of the plotting area
 * @param bottom edge of the plotting area
 * @param xLabel name and unit of the horizontal axis
 * @param yLabel name and unit of the vertical axis
 * @param xTicks marks below
 * @param yTicks marks at the left
 * @param lines in drawing order
 * @param marks points, drawn above the lines
 * @param labels texts beside points: names, or numbers of the key
 * @param key names of the points by number, from 1, where there is no room for them beside the points; else empty
 * @param legend names of the series that are not named beside their points; may be empty
 */
public record Chart(
        String title,
        String description,
        int width,
        int height,
        int left,
        int top,
        int right,
        int bottom,
        String xLabel,
        String yLabel,
        List<Tick> xTicks,
        List<Tick> yTicks,
        List<Line> lines,
        List<Mark> marks,
        List<Label> labels,
        List<String> key,
        List<LegendEntry> legend) {
    /**
     * A marked place of an axis.
     *
     * @param at pixel along the axis
     * @param text beside the mark
     */
    public record Tick(double at, String text) {}

    /**
     * A series drawn as one line.
     *
     * @param points as SVG writes them: {@code x,y x,y ...}
     * @param style number of the series, which picks colour, dash and marker
     * @param thin drawn in the background
     */
    public record Line(String points, int style, boolean thin) {}

    /**
     * A data point, with its interval where it has one.
     *
     * @param x pixel
     * @param y pixel
     * @param style number of the series, as of a {@link Line}
     * @param hint shown when pointed at
     * @param low pixel of the lower end of its interval, equal to {@code y} if it has none
     * @param high pixel of the upper end
     * @param hollow whether it is only outlined
     */
    public record Mark(double x, double y, double low, double high, int style, String hint, boolean hollow) {}

    /**
     * A text beside a point.
     *
     * @param x pixel where the text is anchored
     * @param y pixel of its base line
     * @param anchor {@code start}, {@code middle} or {@code end}, as SVG has it
     */
    public record Label(double x, double y, String anchor, String text) {}

    /**
     * A series in the legend.
     *
     * @param style number of the series
     * @param text its name
     * @param thin whether it is a line in the background, without marks
     */
    public record LegendEntry(int style, String text, boolean thin) {}
}
