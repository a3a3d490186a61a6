package io.bantam.trainer.recipe;

import io.bantam.trainer.recipe.key.Key;
import io.bantam.trainer.recipe.key.Limits;
import java.nio.file.Path;
import java.util.Optional;

/**
 * How every variant is scored: line completion by its packed file, exact match and edit similarity.
 *
 * @param samples the most samples that are scored
 * @param rule where samples come from
 * @param file JSON lines with {@code id}, {@code input} and {@code gt}; given exactly when {@code rule} is {@code file}
 * @param beamWidth beams of the search; 1 is greedy
 * @param maximumNewTokens tokens after which a line is cut off
 * @param baseline the variant that the others are compared with
 * @param bootstrap resamples behind an interval; 0 leaves intervals out
 */
public record Evaluation(
        @Key(
                value = "Most samples that are scored for each variant.",
                standard = "200",
                atLeast = 1,
                atMost = 1_000_000)
        int samples,

        @Key(
                value = "Where samples come from: random-cut, files of the test split cut at a random token,"
                        + " the rest of that line is asked for; last-line, files without their last line, which"
                        + " is asked for; file, the samples in file.",
                standard = "random-cut")
        Rule rule,

        @Key(value = "JSON lines with id, input and gt; given exactly when rule is file.", standard = "null")
        Optional<Path> file,

        @Key(value = "Beams of the search for a completion; 1 is greedy.", standard = "1", atLeast = 1, atMost = 64)
        int beamWidth,

        @Key(
                value = "Most tokens of a completion; what is longer is cut off.",
                standard = "100",
                atLeast = 1,
                atMost = 65_536)
        int maximumNewTokens,

        @Key(value = "The variant that all others are compared with.", standard = "teacher", notEmpty = true)
        String baseline,

        @Key(
                value = "Bootstrap resamples behind each 95 % interval; 0 leaves intervals out.",
                standard = "1000",
                atLeast = 0,
                atMost = 1e6)
        int bootstrap) {

    public Evaluation {
        Limits.check(Evaluation.class, samples, rule, file, beamWidth, maximumNewTokens, baseline, bootstrap);
    }

    /** Where evaluation samples come from. */
    public enum Rule {
        /** Files of the test split, cut at a random token; the rest of that line is asked for (CodeXGLUE). */
        RANDOM_CUT,
        /** Files of the test split without their last line, which is asked for. */
        LAST_LINE,
        /** The samples of {@link Evaluation#file}. */
        FILE
    }
}
