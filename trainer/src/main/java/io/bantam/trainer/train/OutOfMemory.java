package io.bantam.trainer.train;

import java.lang.management.MemoryUsage;
import java.util.Locale;
import java.util.Optional;

/** What to say when the tensors of a training step do not fit into the device's memory. */
final class OutOfMemory {
    private static final double GIBIBYTE = 1L << 30;

    private OutOfMemory() {}

    /**
     * One line: what did not fit, how much there was, what to change.
     *
     * @param memory of the device, if known
     * @param checkpointing whether blocks are run again already
     */
    static String message(
            String phase, long step, int batch, int tokens, Optional<MemoryUsage> memory, boolean checkpointing) {
        String free = memory.map(m -> String.format(
                        Locale.ROOT,
                        ", %.1f of %.1f GiB free",
                        (m.getMax() - m.getUsed()) / GIBIBYTE,
                        m.getMax() / GIBIBYTE))
                .orElse("");
        String what = "%s: out of memory at step %d with %d sequences of %d tokens%s. "
                .formatted(phase, step, batch, tokens, free);
        String first = "gradientCheckpointing: true";
        String second = "batchSize: %d with twice the accumulation".formatted(batch / 2);
        if (batch == 1) {
            return what
                    + (checkpointing
                            ? "Start again with a smaller data.sequenceLength."
                            : "Set " + first + ", and go on with --resume.");
        }
        return what + "Set " + (checkpointing ? "" : first + ", or ") + second + ", and go on with --resume.";
    }
}
