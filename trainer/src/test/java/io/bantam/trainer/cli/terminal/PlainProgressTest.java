package io.bantam.trainer.cli.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.bantam.trainer.train.ProgressListener;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PlainProgressTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private long now;
    private final PlainProgress progress =
            new PlainProgress(new PrintStream(bytes, true, StandardCharsets.UTF_8), () -> now);

    private List<String> lines() {
        return bytes.toString(StandardCharsets.UTF_8).lines().toList();
    }

    @Test
    void showsFirstLastAndOneLineEveryTenSeconds() {
        for (int step = 0; step <= 25; step++) {
            progress.measured(step, 25, ProgressListener.Figures.of(4.5 - step / 10.0, 1234.4), "distil");
            now += Duration.ofSeconds(1).toNanos();
        }
        assertEquals(
                List.of(
                        "distil  0/25  loss 4.500  1,234 tokens/s",
                        "distil  10/25  loss 3.500  1,234 tokens/s  15 s left",
                        "distil  20/25  loss 2.500  1,234 tokens/s  5 s left",
                        "distil  25/25  loss 2.000  1,234 tokens/s"),
                lines());
    }

    @Test
    void leavesOutWhatIsNotKnown() {
        progress.counted(0, 2, "export");
        progress.counted(2, 2, "export");
        progress.message("wrote a.bantam");
        assertEquals(List.of("export  0/2", "export  2/2", "wrote a.bantam"), lines());
    }

    @Test
    void aResumedPhaseEstimatesFromWhereItBegan() {
        progress.counted(90, 100, "distil");
        now += Duration.ofSeconds(10).toNanos();
        progress.counted(95, 100, "distil");
        assertEquals("distil  95/100  10 s left", lines().getLast());
    }

    @Test
    void timesHaveUnits() {
        assertEquals("59 s", ProgressText.time(Duration.ofSeconds(59)));
        assertEquals("1:05 min", ProgressText.time(Duration.ofSeconds(65)));
        assertEquals("2:00:05 h", ProgressText.time(Duration.ofSeconds(7205)));
    }
}
