package io.bantam.trainer.report;

import java.util.List;

/**
 * A figure beyond those that every variant has, such as pass@1: a column of the comparison where any variant has it.
 *
 * @param name the column's header, with the unit; variants are compared where it is the same
 * @param value the figure
 * @param detail a few characters to stand with it, such as a p-value; often empty
 * @param samples one value a sample, whose mean is {@code value}, for a paired interval against the baseline; or empty
 * @param about how it was measured, in a sentence or so without a full stop; shown once below the table
 */
public record Measure(String name, double value, String detail, List<Double> samples, String about) {
    public Measure {
        Checks.present("name of a measure", name);
        Checks.finite(name, value);
        detail = detail == null ? "" : detail;
        about = about == null ? "" : about;
        samples = samples == null ? List.of() : List.copyOf(samples);
        samples.forEach(sample -> Checks.finite(name, sample));
    }

    /** Makes a measure of the mean over samples. */
    public static Measure ofSamples(String name, List<Double> samples, String about) {
        double mean = samples.stream()
                .mapToDouble(Double::doubleValue)
                .average()
                .orElseThrow(() -> new IllegalArgumentException(name + ": no samples"));
        return new Measure(name, mean, "", samples, about);
    }

    /** Returns the samples as an array. */
    double[] sampleArray() {
        return samples.stream().mapToDouble(Double::doubleValue).toArray();
    }
}
