package io.bantam.trainer.ptq;

import io.bantam.compression.quantizer.Granularity;
import java.util.Optional;
import java.util.SortedSet;

/**
 * What a ptq stage asks of its method beside the method's own keys.
 *
 * @param gridless widths asked for whose codes are not chosen on a grid, such as 1 bit
 * @param rangeless widths asked for whose grid has no range to learn, such as ternary
 * @param widths bits of the uniform grids asked for
 * @param granularity which weights share a scale
 * @param samples calibration sequences
 * @param smoothing whether SmoothQuant scales the inputs
 * @param inputGroups whether per-embedding groups scale the inputs
 * @param biasCorrection whether biases take up their layer's mean error
 */
public record PtqDemands(
        Optional<Unfit> gridless,
        Optional<Unfit> rangeless,
        SortedSet<Integer> widths,
        Granularity granularity,
        int samples,
        boolean smoothing,
        boolean inputGroups,
        boolean biasCorrection) {
    /**
     * Widths that a method may not be able to do.
     *
     * @param adjective what the weights are then, such as {@code 1-bit}
     * @param instead the widths that a recipe may write in their place
     */
    public record Unfit(String adjective, String instead) {}
}
