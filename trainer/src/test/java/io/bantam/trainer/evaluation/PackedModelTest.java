package io.bantam.trainer.evaluation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.runtime.model.PackedDecoder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PackedModelTest {
    private PackedDecoder decoder;

    @BeforeAll
    void load(@TempDir Path folder) throws Exception {
        decoder = PackedDecoder.load(TinyModel.write(folder.resolve("tiny.bantam")));
    }

    @Test
    void completesGreedilyWhatTheLogitsSay() {
        PackedModel model = new PackedModel(decoder, 1);
        int[] context = {3, 14, 15, 9, 26};
        int[] written = model.complete(context, 6, -1);
        assertEquals(6, written.length);
        List<Integer> tokens = new ArrayList<>(List.of(3, 14, 15, 9, 26));
        for (int next : written) {
            int[] last = new int[1];
            int length = tokens.size();
            model.compute(tokens.stream().mapToInt(Integer::intValue).toArray(), (position, logits) -> {
                if (position == length - 1) {
                    for (int i = 0; i < logits.length; i++) {
                        last[0] = logits[i] > logits[last[0]] ? i : last[0];
                    }
                }
            });
            assertEquals(last[0], next);
            tokens.add(next);
        }
        assertArrayEquals(new int[0], model.complete(context, 6, written[0]), "the stop token ends it");
    }

    @Test
    void modelsOnSeveralThreadsAgreeWithOne() {
        List<int[]> files = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            files.add(new Random(i).ints(60, 3, 40).toArray());
        }
        TokenScore one = score(files, 1);
        assertEquals(one, score(files, 3));
        assertTrue(one.loss() > 2 && one.loss() < 8, "a random model knows next to nothing: " + one);
        assertEquals(20 * 59, one.lossTokens());
    }

    private TokenScore score(List<int[]> files, int workers) {
        return new TokenEvaluator(new TokenEvaluator.Settings(TinyModel.CONFIG.positions(), 2, Set.of(0, 1), workers))
                .evaluate(files, PackedModel.sharing(decoder, 1), EvaluationProgress.NONE);
    }
}
