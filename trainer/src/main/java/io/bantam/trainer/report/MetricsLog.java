package io.bantam.trainer.report;

import io.bantam.trainer.BantamException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Reader of {@code metrics.jsonl}, what a training stage measured by step. */
final class MetricsLog {
    static final String FILE_NAME = "metrics.jsonl";

    private MetricsLog() {}

    /**
     * Returns the points by rising step. Where a resumed stage wrote a step again, the later line's values win. A last
     * line without line end was cut off by a crash and is left out.
     *
     * @throws BantamException naming the line that is no JSON object with a whole number {@code step}
     */
    static List<MetricPoint> read(Path file) {
        String text;
        try {
            text = Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new BantamException(file + ": cannot be read: " + e.getMessage(), e);
        }
        Map<Long, Map<String, Double>> steps = new TreeMap<>();
        int number = 0;
        int start = 0;
        for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
            number++;
            addLine(file, number, text.substring(start, end), steps);
            start = end + 1;
        }
        List<MetricPoint> points = new ArrayList<>();
        steps.forEach((step, values) -> points.add(new MetricPoint(step, values)));
        return points;
    }

    private static void addLine(Path file, int number, String line, Map<Long, Map<String, Double>> steps) {
        if (line.isBlank()) {
            return;
        }
        JsonNode node;
        try {
            node = ReportJson.MAPPER.readTree(line);
        } catch (JacksonException e) {
            throw new BantamException(file + ":" + number + ": not valid JSON: " + e.getOriginalMessage(), e);
        }
        JsonNode step = node.get("step");
        if (step == null || !step.isIntegralNumber()) {
            throw new BantamException(file + ":" + number + ": an object with a whole number \"step\" is expected");
        }
        Map<String, Double> values = steps.computeIfAbsent(step.longValue(), key -> new HashMap<>());
        node.properties().forEach(entry -> {
            JsonNode value = entry.getValue();
            if (!entry.getKey().equals("step") && value.isNumber() && Double.isFinite(value.doubleValue())) {
                values.put(entry.getKey(), value.doubleValue());
            }
        });
    }
}
