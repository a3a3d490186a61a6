package io.bantam.trainer.report;

import io.bantam.trainer.report.Comparison.Entry;
import io.bantam.trainer.report.chart.Axis;
import io.bantam.trainer.report.chart.Axis.Tick;
import io.bantam.trainer.report.chart.Chart;
import io.bantam.trainer.report.chart.ChartBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Plots of the relative quantization error of each layer's linears, one a variant, from zero on a scale of its own: at
 * 1 bit and at 8 bits the errors are a hundred times apart. The token embedding is put before the first layer; tensors
 * of other names are only in the page's table.
 */
final class QuantizationCharts {
    private static final Pattern LAYER = Pattern.compile("(?:.*\\.)?h\\.(\\d+)\\.(.+)\\.weight");
    private static final String EMBEDDING = "wte.weight";
    /** The four linears of a block in the order they run; the place is the number of the style. */
    private static final List<String> LINEARS = List.of("attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj");

    private static final int EMBEDDING_STYLE = LINEARS.size();

    private QuantizationCharts() {}

    static List<Chart> of(Comparison comparison) {
        List<Entry> quantized = comparison.entries().stream()
                .filter(e -> !e.result().quantizationError().isEmpty())
                .toList();
        List<Chart> charts = new ArrayList<>();
        for (Entry entry : quantized) {
            charts.add(chart(entry));
        }
        return charts;
    }

    private static Chart chart(Entry entry) {
        Map<String, Double> errors = entry.result().quantizationError();
        Map<Integer, TreeMap<Integer, Double>> byLinear = new TreeMap<>();
        int layers = entry.result().model().layers();
        for (Map.Entry<String, Double> error : errors.entrySet()) {
            Matcher matcher = LAYER.matcher(error.getKey());
            if (matcher.matches() && LINEARS.contains(matcher.group(2))) {
                int layer = Integer.parseInt(matcher.group(1));
                layers = Math.max(layers, layer + 1);
                byLinear.computeIfAbsent(LINEARS.indexOf(matcher.group(2)), key -> new TreeMap<>())
                        .put(layer, error.getValue());
            }
        }
        Double embedding = errors.get(EMBEDDING);
        double largest =
                errors.values().stream().mapToDouble(Double::doubleValue).max().orElse(0);
        ChartBuilder builder = new ChartBuilder(
                        entry.label(),
                        describe(entry.label(), errors),
                        380,
                        270,
                        layerAxis(layers, embedding != null),
                        Axis.linear(0, Math.max(largest, 1e-6), 5))
                .axes("layer", "relative error |w \u2212 q(w)| / |w|");
        byLinear.forEach((linear, values) -> {
            String name = LINEARS.get(linear);
            builder.line(
                    values.keySet().stream().mapToDouble(Integer::doubleValue).toArray(),
                    values.values().stream().mapToDouble(Double::doubleValue).toArray(),
                    linear,
                    false);
            values.forEach((layer, error) -> builder.mark(
                    layer, error, linear, String.format(Locale.ROOT, "h.%d.%s: %.4f", layer, name, error)));
            builder.legend(linear, name, false);
        });
        if (embedding != null) {
            builder.mark(-1, embedding, EMBEDDING_STYLE, String.format(Locale.ROOT, "wte: %.4f", embedding))
                    .legend(EMBEDDING_STYLE, "embedding", false);
        }
        return builder.build();
    }

    private static Axis layerAxis(int layers, boolean embedding) {
        int every = Math.ceilDiv(layers, 12);
        List<Tick> ticks = new ArrayList<>();
        if (embedding) {
            ticks.add(new Tick(-1, "wte"));
        }
        for (int layer = 0; layer < layers; layer += every) {
            ticks.add(new Tick(layer, Integer.toString(layer)));
        }
        return new Axis(embedding ? -1.3 : -0.3, layers - 0.7, false, ticks);
    }

    private static String describe(String label, Map<String, Double> errors) {
        Map.Entry<String, Double> worst =
                errors.entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow();
        double mean = errors.values().stream()
                .mapToDouble(Double::doubleValue)
                .average()
                .orElseThrow();
        return String.format(
                Locale.ROOT,
                "Relative quantization error of %s over the layers: mean %.3f of %d tensors, largest %.3f in %s.",
                label,
                mean,
                errors.size(),
                worst.getValue(),
                worst.getKey());
    }
}
