package io.bantam.compression.quantizer;

import java.util.Optional;

/**
 * When a layer's weights are quantized in training, and with how many bits on the way to the target.
 *
 * <p>Layer l starts at step {@code startStep + l * stepsBetweenLayers}. Before that it stays float. From there it has
 * {@code startBits}, one bit less every {@code stepsPerBit} steps, and in the end the target quantizer. The widths on
 * the way use a symmetric quantizer with the target's granularity (one bit at a time: DeepSpeed's mixture of
 * quantization).
 *
 * @param startStep first step with quantization, from 0
 * @param startBits first width, at most 8, or 0 to start with the target at once
 * @param stepsPerBit steps with each width on the way to the target; at least 1 if {@code startBits} is not 0
 * @param stepsBetweenLayers steps from one layer's start to the next layer's; 0 starts all layers together
 */
public record QuantizationSchedule(long startStep, int startBits, long stepsPerBit, long stepsBetweenLayers) {

    public QuantizationSchedule {
        if (startStep < 0 || stepsBetweenLayers < 0) {
            throw new IllegalArgumentException("steps must not be negative: startStep " + startStep
                    + ", stepsBetweenLayers " + stepsBetweenLayers);
        }
        if (startBits < 0 || startBits > 8) {
            throw new IllegalArgumentException("startBits must be 0 (none) or up to 8, not " + startBits);
        }
        if (startBits != 0 && stepsPerBit < 1) {
            throw new IllegalArgumentException("stepsPerBit must be at least 1, not " + stepsPerBit);
        }
    }

    /** The target from the first step on. */
    public static QuantizationSchedule immediate() {
        return new QuantizationSchedule(0, 0, 0, 0);
    }

    /**
     * A schedule that has all layers at their target by {@code targetStep}, with equal distances between all changes.
     *
     * @param startBits first width, or 0 to start with the target at once
     * @param progressive whether layers start one after the other
     * @param layers number of layers
     * @param target the quantizer in the end
     * @throws IllegalArgumentException if there are fewer steps than changes
     */
    public static QuantizationSchedule until(
            long startStep, long targetStep, int startBits, boolean progressive, int layers, Quantizer target) {
        int widths = startBits == 0 ? 0 : Math.max(0, startBits - target.bits());
        int changes = widths + (progressive ? layers - 1 : 0);
        if (changes == 0) {
            return new QuantizationSchedule(startStep, 0, 0, 0);
        }
        long distance = Math.floorDiv(targetStep - startStep, changes);
        if (distance < 1) {
            throw new IllegalArgumentException("from step " + startStep + " to step " + targetStep
                    + " there is no room for " + changes + " changes of width or layer; raise targetStep to at least "
                    + (startStep + changes));
        }
        return new QuantizationSchedule(
                startStep, widths == 0 ? 0 : startBits, widths == 0 ? 0 : distance, progressive ? distance : 0);
    }

    /**
     * The quantizer in force at a step, or none while the layer is still float.
     *
     * @param layer index of the block, from 0; use 0 for tensors outside blocks
     */
    public Optional<Quantizer> quantizerAt(long step, int layer, Quantizer target) {
        long since = step - startStep - layer * stepsBetweenLayers;
        if (since < 0) {
            return Optional.empty();
        }
        if (startBits == 0) {
            return Optional.of(target);
        }
        long bits = startBits - since / stepsPerBit;
        // A ternary target counts as 2 bits, as in XTC.
        return Optional.of(bits > target.bits() ? new SymmetricQuantizer((int) bits, target.granularity()) : target);
    }

    /** The first step at which all of {@code layers} layers have their target. */
    public long targetReachedAt(int layers, Quantizer target) {
        long widths = startBits == 0 ? 0 : Math.max(0, startBits - target.bits());
        return startStep + Math.max(0, layers - 1) * stepsBetweenLayers + widths * stepsPerBit;
    }
}
