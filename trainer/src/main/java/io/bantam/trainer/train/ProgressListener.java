package io.bantam.trainer.train;

/**
 * Hears how far a long piece of work is. Called on the working thread, so an implementation must return at once and
 * must not throw.
 */
public interface ProgressListener {
    /** Hears nothing. */
    ProgressListener NONE = (step, total, loss, tokensPerSecond, phase) -> {};

    /**
     * Reports the state after a step. The first call with a new phase ends the phase before it.
     *
     * @param step            steps done in this phase, 0 to {@code total}
     * @param total           steps of this phase
     * @param loss            latest smoothed loss, NaN where the phase has none
     * @param tokensPerSecond tokens worked on per second, NaN where the phase counts none
     * @param phase           what is being done, as it should be shown, e.g. {@code "30-recover: distil"}
     */
    void update(long step, long total, double loss, double tokensPerSecond, String phase);

    /**
     * Shows one line that stays on the screen, such as a finished stage or a retry.
     *
     * @param line without a line end
     */
    default void message(String line) {}
}
