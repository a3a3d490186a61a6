package io.bantam.trainer.cli.terminal;

import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** Writes the lines that stay on the screen into the log as well. */
public record LoggedProgress(Progress shown) implements Progress {
    private static final Logger LOG = LogManager.getLogger(LoggedProgress.class);

    @Override
    public void update(long step, long total, double loss, double tokensPerSecond, String phase) {
        shown.update(step, total, loss, tokensPerSecond, phase);
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
