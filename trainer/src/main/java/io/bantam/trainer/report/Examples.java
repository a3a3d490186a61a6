package io.bantam.trainer.report;

import io.bantam.trainer.evaluation.LinePrediction;
import io.bantam.trainer.report.Comparison.Entry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** A few samples, spread evenly over the data set, with what each variant made of them. */
public final class Examples {
    private static final int COUNT = 8;
    private static final int CONTEXT_LINES = 4;

    private Examples() {}

    /**
     * A sample with the answers of the variants.
     *
     * @param id of the sample in its data set
     * @param lines end of the code before the completion, one entry a line; the last is the unfinished line
     * @param truth what really follows
     */
    public record Example(String id, List<String> lines, String truth, List<Answer> answers) {}

    /**
     * Text that one variant wrote for a sample.
     *
     * @param variant its label in the comparison
     * @param exact whether the text is the true one
     * @param editSimilarity to the true text, 0 to 100
     */
    public record Answer(String variant, String text, boolean exact, int editSimilarity) {}

    /** Returns samples that the first variant with predictions has, with the answers of all that have them too. */
    static List<Example> of(Comparison comparison) {
        Map<String, Map<String, LinePrediction>> byVariant = new HashMap<>();
        for (Entry entry : comparison.entries()) {
            byVariant.put(
                    entry.label(),
                    entry.variant().predictions().stream()
                            .collect(Collectors.toMap(LinePrediction::id, Function.identity(), (a, b) -> a)));
        }
        List<LinePrediction> first = comparison.entries().stream()
                .map(e -> e.variant().predictions())
                .filter(p -> !p.isEmpty())
                .findFirst()
                .orElse(List.of());
        int count = Math.min(COUNT, first.size());
        List<Example> examples = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            LinePrediction sample = first.get((int) ((long) i * first.size() / count));
            List<Answer> answers = new ArrayList<>();
            for (Entry entry : comparison.entries()) {
                LinePrediction prediction = byVariant.get(entry.label()).get(sample.id());
                if (prediction != null
                        && prediction.truth().equals(sample.truth())
                        && prediction.context().equals(sample.context())) {
                    answers.add(new Answer(
                            entry.label(),
                            prediction.prediction().strip(),
                            prediction.exactMatch() == 1,
                            prediction.editSimilarity()));
                }
            }
            examples.add(new Example(sample.id(), lines(sample.context()), sample.truth(), answers));
        }
        return examples;
    }

    /** Returns the last lines of a context, which is text in normal form or as it stands. */
    private static List<String> lines(String context) {
        List<String> lines = context.contains("<EOL>")
                ? Arrays.stream(context.split("<EOL>", -1)).map(String::strip).toList()
                : Arrays.asList(context.split("\n", -1));
        return lines.subList(Math.max(0, lines.size() - CONTEXT_LINES), lines.size());
    }
}
