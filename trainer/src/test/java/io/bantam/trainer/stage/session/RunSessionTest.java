package io.bantam.trainer.stage.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.bantam.trainer.BantamException;
import io.bantam.trainer.WorkFailedException;
import io.bantam.trainer.report.RunFolder;
import io.bantam.trainer.report.StageRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RunSessionTest {
    private static final String HASH = "0a".repeat(32);

    @TempDir
    private Path folder;

    private Path run() {
        return folder.resolve("run");
    }

    private void refused(String home, String version) throws IOException {
        Path recipe = SmallRun.write(folder);
        BantamException refused =
                assertThrows(BantamException.class, () -> SmallRun.run(recipe, run(), true), "nothing is begun");
        // Such an exception ends the program with the exit code for wrong use, not with that for failed work.
        assertFalse(refused instanceof WorkFailedException);
        assertEquals(
                run().resolve(home) + ": is of " + version + " version of Bantam, which marks finished work in another"
                        + " way, so it cannot be told what of this run is still valid. Nothing was changed: resume it"
                        + " with the version that began it, or start again in another folder with --out.",
                refused.getMessage());
        assertFalse(Files.exists(run().resolve(RunFolder.RECIPE)), "the run's recipe is not replaced either");
    }

    /** The first ones had no number before the hash. */
    @ParameterizedTest
    @CsvSource({"'', an earlier", "v1:, an earlier", "v3:, a later"})
    void aRunOfAnotherVersionIsLeftAlone(String number, String version) throws IOException {
        new StageRecord(
                        1,
                        "half",
                        "reduce",
                        Map.of(),
                        7,
                        Map.of("fingerprint", number + HASH),
                        1,
                        null,
                        Map.of(),
                        "",
                        "")
                .write(run().resolve("20-half"));
        refused("20-half", version);
    }

    @Test
    void soIsOneThatWasStoppedInItsFirstStage() throws IOException {
        Path checkpoints = Files.createDirectories(run().resolve("10-teacher/checkpoints"));
        Files.writeString(checkpoints.resolve("step-00000004.json"), """
                {"fingerprint": "%s", "sha256": "%s", "state": {"step": 4, "worseInARow": 0, "bestStep": 0,
                 "bestLoss": 1.0, "smoothedLoss": 1.0, "lowestSmoothed": 1.0, "seconds": 1.0, "sums": {}}}
                """.formatted(HASH, HASH));
        refused("10-teacher", "an earlier");
    }
}
