package io.bantam.trainer.cli.terminal;

import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** Writes the lines that stay on the screen into the log as well. */
public record LoggedProgress(Progress shown) implements Progress {
    private static final Logger LOG = LogManager.getLogger(LoggedProgress.class);

    @Override
    public void measured(long step, long total, Figures figures, String phase) {
        shown.measured(step, total, figures, phase);
    }

    @Override
    public void message(String line) {
        LOG.info(line);
        shown.message(line);
    }

    @Override
    public void close() {
        shown.close();
    }
}
