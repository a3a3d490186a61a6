package io.bantam.trainer.hub;

import io.bantam.runtime.format.DType;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.EncoderConfig;
import io.bantam.runtime.format.FloatTensor;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/**
 * A classifier for a model that was trained for none: N(0, 0.02), biases 0 (arXiv:1810.04805).
 *
 * @param classes labels
 * @param seed decides the values
 */
public record TaskHead(int classes, long seed) {
    private static final double DEVIATION = 0.02;

    /** The config with so many labels, if the file has no classifier. */
    CheckpointConfig fitted(
            CheckpointConfig config, EncoderConfig encoder, Family<EncoderConfig> family, Set<String> stored) {
        String weight = family.stored(encoder, EncoderConfig.CLASSIFIER + ".weight")
                .getFirst()
                .name();
        return encoder.classes() == 0 || stored.contains(weight)
                ? config
                : new CheckpointConfig(encoder.withClasses(classes), config.others());
    }

    /** Whether a tensor that is missing can only be 0. */
    static boolean isConstant(String name) {
        return name.equals(DecoderConfig.HEAD + ".bias");
    }

    static FloatTensor initial(String name, List<Integer> shape, Optional<TaskHead> head) {
        float[] values = new float[shape.stream().reduce(1, Math::multiplyExact)];
        if (shape.size() > 1) {
            Random random = new Random(head.orElseThrow().seed() + name.hashCode());
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (DEVIATION * random.nextGaussian());
            }
        }
        return new FloatTensor(DType.F32, shape, values);
    }
}
