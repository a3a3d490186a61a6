package io.bantam.trainer.recipe;

import java.util.Optional;

/**
 * When quantization sets in during a stage. Until {@code startStep} the model trains in floating point; with
 * {@code startBits} or {@code progressive} the change goes on until {@code targetStep}.
 *
 * @param startStep the first step with quantization
 * @param targetStep the step from which everything is quantized at its own width; needed by {@code startBits} and
 *     {@code progressive}
 * @param startBits width of the weights at {@code startStep}; it falls bit by bit at equal distances to the own width
 * @param progressive whether blocks are quantized one after the other, the first block first
 */
public record QuantizationSchedule(
        @Key(value = "First step with quantization.", standard = "0", atLeast = 0)
        int startStep,

        @Key(value = "Step from which everything has its own width.", standard = "null", atLeast = 1)
        Optional<Integer> targetStep,

        @Key(value = "Width of the weights at startStep.", standard = "null", atLeast = 2, atMost = 8)
        Optional<Integer> startBits,

        @Key(value = "Quantize block after block between startStep and targetStep.", standard = "false")
        boolean progressive) {

    public QuantizationSchedule {
        Limits.check(QuantizationSchedule.class, startStep, targetStep, startBits, progressive);
    }
}
