package io.bantam.trainer.report;

import java.util.Map;

/**
 * Measurements of a training stage at one step: a line of {@code metrics.jsonl}.
 *
 * @param step from 0
 * @param values the line's finite numbers by name; {@code loss} and {@code validationLoss} are plotted
 */
public record MetricPoint(long step, Map<String, Double> values) {
    public MetricPoint {
        values = Map.copyOf(values);
    }
}
