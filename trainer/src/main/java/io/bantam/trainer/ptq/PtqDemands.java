package io.bantam.trainer.ptq;

import io.bantam.compression.quantizer.Granularity;
import java.util.SortedSet;

/**
 * What a ptq stage asks of its method beside the method's own keys.
 *
 * @param binary whether some weights are to have 1 bit
 * @param ternary whether some are to be ternary
 * @param widths all other widths of weights, in bits
 * @param granularity which weights share a scale
 * @param samples calibration sequences
 * @param smoothing whether SmoothQuant scales the inputs
 * @param inputGroups whether per-embedding groups scale the inputs
 * @param biasCorrection whether biases take up their layer's mean error
 */
public record PtqDemands(
        boolean binary,
        boolean ternary,
        SortedSet<Integer> widths,
        Granularity granularity,
        int samples,
        boolean smoothing,
        boolean inputGroups,
        boolean biasCorrection) {}
