package io.bantam.trainer.report;

import io.bantam.trainer.report.chart.Chart;
import java.util.List;

/**
 * The losses of one stage as the page shows them.
 *
 * @param title which stage
 * @param about what its training minimised
 * @param charts a panel a quantity: training and validation loss share one only where they are the same quantity
 */
public record LossView(String title, String about, List<Chart> charts) {
    public LossView {
        charts = List.copyOf(charts);
    }
}
