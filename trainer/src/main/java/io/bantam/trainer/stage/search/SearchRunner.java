package io.bantam.trainer.stage.search;

import io.bantam.trainer.BantamException;
import io.bantam.trainer.recipe.Recipe;
import io.bantam.trainer.recipe.RecipeWriter;
import io.bantam.trainer.recipe.Search;
import io.bantam.trainer.recipe.SearchSpace;
import io.bantam.trainer.recipe.SearchSpace.Candidate;
import io.bantam.trainer.report.RunFolder;
import io.bantam.trainer.report.SearchReport;
import io.bantam.trainer.report.SearchResult;
import io.bantam.trainer.report.SearchResult.Outcome;
import io.bantam.trainer.search.ParetoFront;
import io.bantam.trainer.search.SuccessiveHalving;
import io.bantam.trainer.stage.RunContext;
import io.bantam.trainer.stage.RunOrigin;
import io.bantam.trainer.stage.session.RunSession;
import io.bantam.trainer.stage.session.RunSession.Finished;
import io.bantam.trainer.train.ProgressListener;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Searches a recipe's space ({@link Search}) in a run folder: makes the models, leaves out what the budget excludes,
 * tries the rest by successive halving, and writes the Pareto front and the winner's recipe.
 *
 * <p>A resumed search reads what it finished before and goes on after the last finished block of the trial that was
 * stopped.
 */
public final class SearchRunner {
    /** The winner's recipe, in the report's folder. */
    public static final String WINNER_RECIPE = "winner.yaml";

    private final Recipe recipe;
    private final Search search;
    private final Path folder;
    private final RunOrigin origin;
    private final ProgressListener progress;
    private final RunSession session;

    /**
     * @param recipe as {@code RecipeLoader} gives it, with a search
     * @param folder the run folder; made if need be
     * @param resume whether to go on in a folder that has a run already
     */
    public SearchRunner(Recipe recipe, Path folder, boolean resume, RunOrigin origin, ProgressListener progress) {
        this.recipe = recipe;
        this.search = recipe.search().orElseThrow();
        this.folder = folder;
        this.origin = origin;
        this.progress = progress;
        this.session = new RunSession(recipe, folder, resume, origin, progress);
    }

    /**
     * Runs everything that is not done yet.
     *
     * @throws BantamException if the folder holds another run, or nothing is within the budget
     */
    public SearchResult run() throws IOException {
        List<Candidate> candidates = SearchSpace.of(recipe).candidates();
        List<List<String>> chains =
                search.models().stream().map(recipe.variants()::get).toList();
        List<SearchResult> result = new ArrayList<>();
        session.run(chains, (context, models) -> result.add(search(context, models, candidates)));
        return result.getFirst();
    }

    private SearchResult search(RunContext context, Map<List<String>, Finished> models, List<Candidate> candidates)
            throws IOException {
        SearchTrials trials = new SearchTrials(context, search, models);
        Map<Candidate, SearchTrials.Record> sizes = new LinkedHashMap<>();
        for (Candidate candidate : candidates) {
            sizes.put(candidate, trials.size(candidate));
        }
        List<Candidate> within =
                candidates.stream().filter(c -> isWithin(sizes.get(c))).toList();
        refuseNone(within, candidates, sizes);
        progress.message("%s: %d candidates, %d of them within the budget"
                .formatted(SearchTrials.FOLDER, candidates.size(), within.size()));
        Search.Halving settings = search.halving();
        SuccessiveHalving halving = new SuccessiveHalving(settings.rungs(), settings.keep());
        Map<Candidate, double[]> last = halving.run(within, (candidate, rung, part) -> {
            SearchTrials.Record record = trials.run(candidate, rung, part);
            double loss = record.losses().get(rung);
            progress.message(String.format(
                    Locale.ROOT,
                    "%s: trial %d of %d, %s: loss %.4f, %,d bytes",
                    SearchTrials.FOLDER,
                    rung + 1,
                    settings.rungs(),
                    candidate.label(),
                    loss,
                    record.bytes()));
            Optional<Double> most = search.budget().lossIncrease();
            return most.isPresent() && loss > trials.teacherLoss(rung, part) + most.get()
                    ? Optional.empty()
                    : Optional.of(figures(loss, record));
        });
        if (last.isEmpty()) {
            throw new BantamException("no candidate's loss is within lossIncrease: "
                    + search.budget().lossIncrease().orElseThrow()
                    + " of the teacher's; allow more, or list more bits or other methods");
        }
        List<Candidate> tried = new ArrayList<>(last.keySet());
        List<Candidate> front = ParetoFront.front(new ArrayList<>(last.values())).stream()
                .map(tried::get)
                .toList();
        Candidate winner = front.stream()
                .min(Comparator.comparingDouble(c -> last.get(c)[0]))
                .orElseThrow();
        Map<Candidate, Outcome> outcomes = new LinkedHashMap<>();
        for (Candidate candidate : candidates) {
            outcomes.put(
                    candidate,
                    candidate.equals(winner)
                            ? Outcome.WINNER
                            : front.contains(candidate)
                                    ? Outcome.FRONT
                                    : last.containsKey(candidate) ? Outcome.TRIED : left(trials, candidate, halving));
        }
        SearchResult result = result(trials, outcomes, winner, halving);
        SearchReport.write(result, folder.resolve(RunFolder.REPORT_FOLDER));
        RecipeWriter.write(
                SearchSpace.recipe(recipe, winner),
                folder.resolve(RunFolder.REPORT_FOLDER).resolve(WINNER_RECIPE));
        return result;
    }

    private boolean isWithin(SearchTrials.Record record) {
        Search.Budget budget = search.budget();
        return budget.bytes().map(most -> record.bytes() <= most).orElse(true)
                && budget.milliseconds()
                        .map(most -> record.milliseconds() <= most)
                        .orElse(true);
    }

    private void refuseNone(
            List<Candidate> within, List<Candidate> candidates, Map<Candidate, SearchTrials.Record> sizes) {
        if (within.isEmpty()) {
            SearchTrials.Record first = sizes.get(candidates.getFirst());
            long least = sizes.values().stream()
                    .mapToLong(SearchTrials.Record::bytes)
                    .min()
                    .orElse(first.bytes());
            String fastest = first.milliseconds() == null
                    ? ""
                    : String.format(
                            Locale.ROOT,
                            " and the fastest takes %.2f ms a token",
                            sizes.values().stream()
                                    .mapToDouble(SearchTrials.Record::milliseconds)
                                    .min()
                                    .orElseThrow());
            throw new BantamException(String.format(
                    Locale.ROOT,
                    "search.budget: no candidate is within it; the smallest has %,d bytes%s. Allow more, or list"
                            + " fewer bits or a model of fewer layers.",
                    least,
                    fastest));
        }
    }

    private double[] figures(double loss, SearchTrials.Record record) {
        double[] figures = new double[1 + search.objectives().size()];
        figures[0] = loss;
        for (int i = 0; i < search.objectives().size(); i++) {
            figures[i + 1] = switch (search.objectives().get(i)) {
                case BYTES -> record.bytes();
                case MILLISECONDS -> record.milliseconds();
            };
        }
        return figures;
    }

    /** Returns the outcome of a candidate that was not tried to the end. */
    private Outcome left(SearchTrials trials, Candidate candidate, SuccessiveHalving halving) throws IOException {
        List<Double> losses = trials.size(candidate).losses();
        if (losses.isEmpty()) {
            return Outcome.BEYOND;
        }
        int rung = losses.size() - 1;
        Optional<Double> most = search.budget().lossIncrease();
        boolean good = most.isEmpty() || losses.getLast() <= trials.teacherLoss(rung, halving.part(rung)) + most.get();
        return good ? Outcome.DROPPED : Outcome.BEYOND;
    }

    private SearchResult result(
            SearchTrials trials, Map<Candidate, Outcome> outcomes, Candidate winner, SuccessiveHalving halving)
            throws IOException {
        List<SearchResult.Candidate> rows = new ArrayList<>();
        for (Candidate candidate : outcomes.keySet()) {
            SearchTrials.Record record = trials.size(candidate);
            List<Double> losses = record.losses();
            rows.add(new SearchResult.Candidate(
                    candidate.label(),
                    candidate.model(),
                    RecipeWriter.values(candidate.stage()),
                    record.bytes(),
                    record.milliseconds(),
                    losses.size(),
                    losses.isEmpty() ? null : losses.getLast(),
                    record.seconds(),
                    outcomes.get(candidate)));
        }
        List<String> objectives = new ArrayList<>(List.of("loss"));
        search.objectives().forEach(o -> objectives.add(o.name().toLowerCase(Locale.ROOT)));
        Map<String, Double> budget = new LinkedHashMap<>();
        search.budget().bytes().ifPresent(most -> budget.put("bytes", (double) most));
        search.budget().milliseconds().ifPresent(most -> budget.put("milliseconds", most));
        search.budget().lossIncrease().ifPresent(most -> budget.put("lossIncrease", most));
        int last = halving.rungs() - 1;
        return new SearchResult(
                SearchResult.VERSION,
                recipe.name(),
                search.stage(),
                winner.label(),
                trials.teacherLoss(last, halving.part(last)),
                budget,
                objectives,
                rows,
                trials.scored(halving.part(last)),
                origin.hardware(),
                origin.commit());
    }
}
