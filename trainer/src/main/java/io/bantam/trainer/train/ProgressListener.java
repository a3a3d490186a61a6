package io.bantam.trainer.train;

import java.util.OptionalDouble;

/**
 * Hears how far a long piece of work is. Called on the working thread, so an implementation must return at once and
 * must not throw. The first call with a new phase ends the phase before it.
 */
public interface ProgressListener {
    /** Hears nothing. */
    ProgressListener NONE = (step, total, figures, phase) -> {};

    /**
     * What was measured on the way.
     *
     * @param loss latest smoothed loss, in nats a token; empty where the phase has none
     * @param tokensPerSecond tokens worked on per second; empty where the phase counts none
     */
    record Figures(OptionalDouble loss, OptionalDouble tokensPerSecond) {
        private static final Figures NOTHING = new Figures(OptionalDouble.empty(), OptionalDouble.empty());

        /** Both figures. */
        public static Figures of(double loss, double tokensPerSecond) {
            return new Figures(OptionalDouble.of(loss), OptionalDouble.of(tokensPerSecond));
        }

        /** A loss alone. */
        public static Figures ofLoss(double loss) {
            return new Figures(OptionalDouble.of(loss), OptionalDouble.empty());
        }

        /** A speed alone. */
        public static Figures ofSpeed(double tokensPerSecond) {
            return new Figures(OptionalDouble.empty(), OptionalDouble.of(tokensPerSecond));
        }
    }

    /**
     * Reports the state after a step, with what was measured.
     *
     * @param step steps done in this phase, 0 to {@code total}
     * @param total steps of this phase
     * @param figures of the step
     * @param phase what is being done, as it should be shown, e.g. {@code "30-recover: distil"}
     */
    void measured(long step, long total, Figures figures, String phase);

    /**
     * Reports a count alone.
     *
     * @param done parts done in this phase, 0 to {@code total}
     * @param total parts of this phase
     * @param phase what is being done, as it should be shown
     */
    default void counted(long done, long total, String phase) {
        measured(done, total, Figures.NOTHING, phase);
    }

    /**
     * Shows one line that stays on the screen, such as a finished stage or a retry.
     *
     * @param line without a line end
     */
    default void message(String line) {}
}
