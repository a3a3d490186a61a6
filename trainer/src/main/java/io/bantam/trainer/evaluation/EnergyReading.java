package io.bantam.trainer.evaluation;

/**
 * Energy that a piece of work took.
 *
 * @param joules energy
 * @param seconds wall clock time
 * @param estimate true unless the processor's own counters were read
 * @param method how the figure came about, for the reader of a report
 */
public record EnergyReading(double joules, double seconds, boolean estimate, String method) {}
