package io.bantam.trainer.evaluation;

/**
 * What running a packed file costs, measured in a fresh Java process.
 *
 * @param loadMillis time from opening the file to a model that can run
 * @param promptTokensPerSecond median over the repetitions of reading a prompt
 * @param generatedTokensPerSecond median over the repetitions of writing new tokens, greedily
 * @param peakResidentBytes largest resident memory of the process, Java's own included; 0 where the system does not say
 * @param promptTokens length of the prompt
 * @param generatedTokens tokens written a repetition
 * @param repetitions measured ones, after a warm-up
 * @param contextMillis of reading the prompt; null in files of older versions, as are the two below
 * @param tokenMillis of each new token
 * @param prediction mean time and energy of one repetition, a prompt read and the tokens written
 */
public record LatencyReading(
        double loadMillis,
        double promptTokensPerSecond,
        double generatedTokensPerSecond,
        long peakResidentBytes,
        int promptTokens,
        int generatedTokens,
        int repetitions,
        Percentiles contextMillis,
        Percentiles tokenMillis,
        EnergyReading prediction) {}
