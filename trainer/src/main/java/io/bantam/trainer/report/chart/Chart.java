package io.bantam.trainer.report.chart;

import java.util.List;

/**
 * A plot in pixels, y downwards, ready to be drawn.
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
 * @param labels texts beside points
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
        List<LegendEntry> legend) {
    /** A mark of an axis, at a pixel along it. */
    public record Tick(double at, String text) {}

    /**
     * A line.
     *
     * @param points as SVG writes them: {@code x,y x,y ...}
     * @param style number of the series, which picks colour, dash and marker
     * @param thin drawn in the background
     */
    public record Line(String points, int style, boolean thin) {}

    /**
     * A point.
     *
     * @param hint shown when pointed at
     * @param low pixel of the lower end of its interval, equal to {@code y} if it has none
     * @param high pixel of the upper end
     * @param hollow whether it is only outlined
     */
    public record Mark(double x, double y, double low, double high, int style, String hint, boolean hollow) {}

    /**
     * A text.
     *
     * @param anchor {@code start}, {@code middle} or {@code end}, as SVG has it
     */
    public record Label(double x, double y, String anchor, String text) {}

    /** A name in the legend. */
    public record LegendEntry(int style, String text, boolean thin) {}
}
