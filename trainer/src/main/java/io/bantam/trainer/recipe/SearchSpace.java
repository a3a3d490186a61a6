package io.bantam.trainer.recipe;

import io.bantam.compression.quantizer.Granularity;
import io.bantam.trainer.recipe.key.Words;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The combinations of a recipe's {@link Search}. Each can be written as a recipe of its own; those whose recipe has a
 * problem, such as a method without that width, are not possible.
 */
public final class SearchSpace {
    /** Name of the variant that a candidate's recipe adds. */
    public static final String WINNER = "winner";

    private static final int LONGEST_NAME = 64;
    private static final String WINNER_SUFFIX = "-" + WINNER;

    private final Map<Candidate, Optional<Problem>> combinations;

    /**
     * One combination.
     *
     * @param model variant whose model is quantized
     * @param stage how
     */
    public record Candidate(String model, Ptq stage) {

        /** What sets this combination apart, in words. */
        public String label() {
            Ptq.Weights weights = stage.weights();
            String inputs =
                    stage.activations().map(a -> Integer.toString(a.bits())).orElse("32");
            String embedding = stage.embedding().map(e -> word(e.bits())).orElse("32");
            String label =
                    "%s W%sA%sE%s %s".formatted(model, word(weights.bits()), inputs, embedding, word(stage.method()));
            if (stage.chosen().form().isEmpty()) {
                label += switch (weights.granularity()) {
                    case Granularity.PerTensor _ -> ", per tensor";
                    case Granularity.PerRow _ -> ", per row";
                    case Granularity.PerGroup(int size) -> ", groups of " + size;
                    case Granularity.EqualGroups(int count) -> ", " + count + " groups";
                };
            }
            if (!looksAtText(stage)) {
                return label;
            }
            Ptq.Calibration text = stage.calibration();
            return label + ", " + text.samples() + " " + Words.of(text.kind())
                    + text.path().map(path -> " " + path.getFileName()).orElse("")
                    + text.seed().map(seed -> " seed " + seed).orElse("");
        }

        private static String word(Object value) {
            return switch (value) {
                case WeightBits bits -> String.valueOf(new ValueSyntax.Bits().write(bits));
                case Enum<?> constant -> Words.of(constant).toLowerCase(Locale.ROOT);
                default -> throw new IllegalArgumentException("no word for " + value);
            };
        }
    }

    private SearchSpace(Map<Candidate, Optional<Problem>> combinations) {
        this.combinations = combinations;
    }

    /**
     * All combinations of a recipe that has a search.
     *
     * @param recipe without problems but for those that combinations may have
     */
    public static SearchSpace of(Recipe recipe) {
        return of(recipe, new RecipeLoader());
    }

    static SearchSpace of(Recipe recipe, RecipeLoader loader) {
        Map<Candidate, Optional<Problem>> combinations = new LinkedHashMap<>();
        Path here = Path.of("").toAbsolutePath();
        for (Candidate candidate : all(recipe)) {
            combinations.put(candidate, problem(recipe, candidate, loader, here));
        }
        return new SearchSpace(combinations);
    }

    private static Optional<Problem> problem(Recipe recipe, Candidate candidate, RecipeLoader loader, Path here) {
        try {
            loader.parse(RecipeWriter.toYaml(recipe(recipe, candidate), here), candidate.label(), here);
            return Optional.empty();
        } catch (RecipeException refused) {
            return Optional.of(refused.problems().getFirst());
        }
    }

    /** How many combinations there are before any is left out. */
    static long size(Search search) {
        long size = search.models().size();
        for (List<?> values : List.of(
                search.bits(),
                search.granularity(),
                search.methods(),
                search.embedding(),
                search.activations(),
                search.calibration())) {
            size *= Math.max(1, values.size());
        }
        return size;
    }

    private static Set<Candidate> all(Recipe recipe) {
        Search search = recipe.search().orElseThrow();
        Ptq template = (Ptq) recipe.stage(search.stage());
        List<Ptq> stages = List.of(template);
        stages = times(stages, search.bits(), (s, bits) -> s.with(s.weights().with(bits)));
        stages = times(
                stages, search.granularity(), (s, scales) -> s.with(s.weights().with(scales)));
        stages = times(stages, search.methods(), Ptq::with);
        stages = times(stages, search.embedding(), (s, bits) -> s.with(embedding(s, bits)));
        stages = times(stages, search.activations(), (s, bits) -> s.with(activations(s, bits)));
        stages = times(stages, search.calibration(), Ptq::with);
        Set<Candidate> all = new LinkedHashSet<>();
        for (String model : search.models()) {
            stages.forEach(stage -> all.add(new Candidate(model, plain(stage, template))));
        }
        return all;
    }

    private interface With<T> {
        Ptq of(Ptq stage, T value);
    }

    private static <T> List<Ptq> times(List<Ptq> stages, List<T> values, With<T> with) {
        if (values.isEmpty()) {
            return stages;
        }
        List<Ptq> product = new ArrayList<>();
        for (Ptq stage : stages) {
            values.forEach(value -> product.add(with.of(stage, value)));
        }
        return product;
    }

    private static Ptq.Embedding embedding(Ptq stage, WeightBits bits) {
        return stage.embedding()
                .map(e -> new Ptq.Embedding(bits, e.symmetric(), e.range()))
                .orElseGet(() -> new Ptq.Embedding(bits, true, stage.weights().range()));
    }

    private static Ptq.Activations activations(Ptq stage, int bits) {
        return stage.activations()
                .map(a -> new Ptq.Activations(
                        bits, a.symmetric(), a.mode(), a.group(), a.range(), a.percentile(), a.groups(), a.overrides()))
                .orElseGet(() -> new Ptq.Activations(
                        bits,
                        true,
                        ActivationMode.DYNAMIC,
                        Optional.empty(),
                        Ptq.InputRange.MIN_MAX,
                        99.99,
                        Optional.empty(),
                        List.of()));
    }

    /** The stage without differences that make none: AQLM's granularity, and the text of a stage that looks at none. */
    private static Ptq plain(Ptq stage, Ptq template) {
        Ptq plain = stage.chosen().form().isEmpty()
                ? stage
                : stage.with(stage.weights().with(Granularity.perRow()));
        return looksAtText(plain) ? plain : plain.with(template.calibration());
    }

    private static boolean looksAtText(Ptq stage) {
        boolean ranges = stage.activations()
                .filter(a -> a.mode() == ActivationMode.STATIC && a.bits() <= 8)
                .isPresent();
        return stage.choosesByText() || stage.rangesByLogits() || ranges;
    }

    /** The combinations that a stage may have, in the order of the lists. */
    public List<Candidate> candidates() {
        return combinations.entrySet().stream()
                .filter(entry -> entry.getValue().isEmpty())
                .map(Map.Entry::getKey)
                .toList();
    }

    /** The combinations that no stage may have, each with the first reason. */
    Map<Candidate, Problem> refused() {
        Map<Candidate, Problem> refused = new LinkedHashMap<>();
        combinations.forEach((candidate, problem) -> problem.ifPresent(p -> refused.put(candidate, p)));
        return refused;
    }

    /**
     * A candidate as a recipe that {@code bantam run} takes: the baseline, the candidate's model in floating point, and
     * the candidate as the variant {@value #WINNER}.
     */
    public static Recipe recipe(Recipe recipe, Candidate candidate) {
        Search search = recipe.search().orElseThrow();
        List<String> model = recipe.variants().get(candidate.model());
        List<String> winner = new ArrayList<>(model);
        winner.add(search.stage());
        Map<String, List<String>> variants = new LinkedHashMap<>();
        String baseline = recipe.evaluation().baseline();
        variants.put(baseline, recipe.variants().get(baseline));
        variants.put(candidate.model(), model);
        variants.put(WINNER, winner);
        Map<String, Stage> stages = new LinkedHashMap<>();
        recipe.stages().forEach((name, stage) -> {
            if (variants.values().stream().anyMatch(names -> names.contains(name))) {
                stages.put(name, name.equals(search.stage()) ? candidate.stage() : stage);
            }
        });
        String name =
                recipe.name().substring(0, Math.min(recipe.name().length(), LONGEST_NAME - WINNER_SUFFIX.length()));
        return new Recipe(
                recipe.version(),
                name + WINNER_SUFFIX,
                recipe.task(),
                recipe.seed(),
                recipe.device(),
                recipe.threads(),
                false,
                recipe.data(),
                recipe.teacher(),
                stages,
                variants,
                Optional.empty(),
                recipe.evaluation(),
                recipe.export(),
                recipe.report());
    }
}
