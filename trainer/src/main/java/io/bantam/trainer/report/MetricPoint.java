package io.bantam.trainer.report;

import java.util.Map;

/**
 * A line of {@code metrics.jsonl}: what a training stage measured at a step.
 *
 * @param step from 0
 * @param values the line's finite numbers by name; {@code loss} and {@code validationLoss} are the ones that are plotted
 */
public record MetricPoint(long step, Map<String, Double> values) {
    public MetricPoint {
        values = Map.copyOf(values);
    }
}
