package io.bantam.trainer.evaluation;

import java.io.IOException;

/**
 * A running number of microjoules that starts again from 0 now and then.
 *
 * @param reading takes the number
 * @param range the number at which it starts again
 */
record EnergyCounter(Reading reading, long range) {
    /** Takes the number. */
    @FunctionalInterface
    interface Reading {
        /** Returns the microjoules. */
        long microjoules() throws IOException;
    }

    long read() throws IOException {
        return reading.microjoules();
    }
}
