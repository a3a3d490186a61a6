package io.bantam.trainer.stage.session;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.bantam.trainer.data.Document;
import io.bantam.trainer.data.SequencePacker;
import io.bantam.trainer.data.TokenBatches;
import io.bantam.trainer.data.TokenFile;
import io.bantam.trainer.recipe.Recipe;
import io.bantam.trainer.recipe.RecipeLoader;
import io.bantam.trainer.stage.StageNode;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackedBatchesTest {
    @TempDir
    private Path folder;

    private TokenFile file() {
        Path ids = folder.resolve("ids");
        TokenFile.write(
                ids,
                List.of(new Document("a", "<s> text </s>")),
                texts -> List.of(IntStream.range(0, 80).toArray()),
                100);
        return TokenFile.open(ids);
    }

    /** Twenty sequences in batches of two; the second source begins behind five of them. */
    @Test
    void aLaterStageGoesOnWhereTheOneBeforeStopped() {
        try (TokenFile file = file();
                PackedBatches first = new PackedBatches(new TokenBatches(new SequencePacker(file, 4), 1, 9), 0);
                PackedBatches later = new PackedBatches(new TokenBatches(new SequencePacker(file, 4), 2, 9), 5)) {
            first.seek(5);
            int[] expected = IntStream.concat(IntStream.of(first.next()), IntStream.of(first.next()))
                    .toArray();
            int[] found = later.next();
            assertArrayEquals(expected, found);
            later.next();
            later.seek(0);
            assertArrayEquals(found, later.next());
        }
    }

    @Test
    void stagesCountWhatStagesBeforeThemTrainOn() {
        Recipe recipe = new RecipeLoader()
                .withoutPathChecks()
                .parse("""
                        version: 1
                        name: r
                        data: {source: {kind: bundled}}
                        teacher: {kind: load, path: t}
                        stages:
                          half: {kind: reduce, layers: every-second}
                          first: {kind: distill, training: {steps: 10, batchSize: 3, accumulation: 2}}
                          second: {kind: distill, training: {steps: 5, batchSize: 7}}
                          third: {kind: distill, training: {steps: 1, batchSize: 1}}
                        variants: {teacher: [], v: [half, first, second, third], w: [first]}
                        """, "r.yaml", folder)
                .recipe();
        assertEquals(
                "half 0, first 0, second 60, third 95, first 0",
                StageNode.plan(recipe).stream()
                        .map(node -> node.name() + " " + node.sequencesBefore())
                        .collect(Collectors.joining(", ")));
    }
}
