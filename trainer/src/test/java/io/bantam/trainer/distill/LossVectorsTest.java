package io.bantam.trainer.distill;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.bantam.trainer.model.ReferenceGpt2;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Holds {@link ReferenceLosses}, to which the engine is held, to numbers worked out with numpy from the formulas of
 * other systems: vector {@code kd_logit_losses} of the quantizer vectors.
 */
class LossVectorsTest {
    private static final double[][][] STUDENT = {
        {{2.0, 0.5, -1.0}, {0.1, 0.2, 0.3}}, {{1.5, -0.5, 0.0}, {-1.0, 2.0, 0.4}},
    };
    private static final double[][][] TEACHER = {
        {{1.0, 1.2, -0.7}, {0.0, 0.5, 0.1}}, {{2.2, -1.0, 0.3}, {-0.5, 1.1, 0.9}},
    };

    private static List<ReferenceGpt2.Pass> passes(double[][][] logits) {
        return List.of(
                new ReferenceGpt2.Pass(List.of(), List.of(), logits[0]),
                new ReferenceGpt2.Pass(List.of(), List.of(), logits[1]));
    }

    private static StepLosses at(double temperature) {
        DistillationLoss loss = new DistillationLoss(1, 1, 0, temperature, 0, 0, Map.of(), Map.of());
        return ReferenceLosses.of(loss, passes(STUDENT), passes(TEACHER), List.of(new int[] {0, 1}, new int[] {2, 0}));
    }

    @Test
    void softCrossEntropyIsXtcsMeanOverTokensAndVocabulary() {
        assertEquals(0.3388635869990611, at(1).softCrossEntropy(), 1e-12);
        assertEquals(1.0165907609971836, 3 * at(1).softCrossEntropy(), 1e-12);
        assertEquals(1.0586834028714696, 3 * at(2).softCrossEntropy(), 1e-12);
    }

    @Test
    void klIsTheMeanOverTokensTimesTheSquaredTemperature() {
        assertEquals(0.15525101020473336, at(1).kl(), 1e-12);
        assertEquals(0.16832117580020323, at(2).kl(), 1e-12);
    }
}
