package io.bantam.trainer.stage.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.bantam.trainer.recipe.LearningRateSchedule;
import io.bantam.trainer.recipe.Training;
import io.bantam.trainer.recipe.key.Precision;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RunSessionTest {
    private static String result(int steps, int batch, int accumulation, boolean checkpointing) {
        return RunSession.resultOf(new Training(
                        steps,
                        batch,
                        accumulation,
                        5e-4,
                        LearningRateSchedule.LINEAR,
                        0,
                        0.01,
                        1.0,
                        100,
                        100,
                        Optional.empty(),
                        Precision.FLOAT32,
                        checkpointing)
                .toString());
    }

    @Test
    void aResumedRunMayChangeWhatOnlyMemoryFeels() {
        String before = result(10, 16, 1, false);
        assertEquals(before, result(10, 16, 1, true));
        assertEquals(before, result(10, 4, 4, false));
        assertEquals(before, result(10, 8, 2, true));
        assertNotEquals(before, result(10, 8, 1, false));
        assertNotEquals(before, result(20, 8, 2, false));
    }
}
