package io.bantam.compression.ptq;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Says which tensors a quantization harmed most, and what may help. */
public final class WorstTensors {
    private static final int NAMED = 3;
    private static final double SMALL = 1e-3;
    private static final double LARGE = 0.1;

    private WorstTensors() {}

    /** The three names with the largest noise, the worst first. */
    public static List<String> names(Map<String, Double> noise) {
        return noise.entrySet().stream()
                .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
                .limit(NAMED)
                .map(Map.Entry::getKey)
                .toList();
    }

    /**
     * One sentence for people.
     *
     * @param noise relative noise of each tensor ({@link QuantizationError#relativeNoise}); may be empty
     */
    public static String sentence(Map<String, Double> noise) {
        if (noise.isEmpty()) {
            return "no weight was quantized";
        }
        List<String> worst = names(noise);
        String named = worst.stream()
                .map(name -> String.format(Locale.ROOT, "%s %.2g %%", name, 100 * noise.get(name)))
                .collect(Collectors.joining(", "));
        double most = noise.get(worst.getFirst());
        String advice = most < SMALL
                ? "little to gain by more bits"
                : most < LARGE
                        ? "smaller groups or method: gptq may help"
                        : "give them more bits (weights.overrides), smaller groups or method: auto-round";
        return "largest relative noise: " + named + "; " + advice;
    }
}
