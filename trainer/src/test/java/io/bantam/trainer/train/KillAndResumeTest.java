package io.bantam.trainer.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A training whose process is killed (SIGKILL) again and again gives, to the last bit, the weights of one that ran
 * through.
 */
class KillAndResumeTest {
    private static final int STEPS = 60;
    /** Of a SIGKILL: 128 + 9. */
    private static final int KILLED = 137;

    @TempDir
    Path folder;

    private JavaProcess start(Path training) throws IOException {
        return JavaProcess.start(
                folder.resolve("errors.txt"),
                TrainingProcess.class,
                List.of("-Xmx256m", "-XX:TieredStopAtLevel=1"),
                training.toString(),
                Integer.toString(STEPS));
    }

    private static void await(JavaProcess java) throws IOException, InterruptedException {
        // Reading to the end keeps the process from waiting for room in its output.
        java.process().inputReader().transferTo(Writer.nullWriter());
        assertEquals(0, java.process().waitFor(), java.complaints());
    }

    /** Kills some moment after the process has done some steps; returns the last step that was heard of. */
    private long killAtRandom(Path training, Random random) throws IOException, InterruptedException {
        JavaProcess java = start(training);
        int heard = 1 + random.nextInt(9);
        int nanos = random.nextInt(20_000_000);
        long step = 0;
        try (BufferedReader steps = java.process().inputReader()) {
            for (int i = 0; i < heard; i++) {
                String line = steps.readLine();
                assertTrue(line != null, () -> "ended too early" + complaints(java));
                step = Long.parseLong(line);
            }
            TimeUnit.NANOSECONDS.sleep(nanos);
            kill(java);
        }
        return step;
    }

    /** Kills as soon as a checkpoint's file is begun, or else after some more steps. */
    private boolean killWhileWriting(Path training, Random random) throws IOException, InterruptedException {
        JavaProcess java = start(training);
        Path checkpoints = training.resolve("checkpoints");
        try (BufferedReader steps = java.process().inputReader()) {
            int heard = 1 + random.nextInt(3);
            for (int i = 0; i < heard; i++) {
                assertTrue(steps.readLine() != null, () -> "ended too early" + complaints(java));
            }
            boolean begun = false;
            int more = 0;
            while (!begun && more < 9) {
                begun = hasTemporary(checkpoints);
                if (steps.ready() && !begun) {
                    steps.readLine();
                    more++;
                }
            }
            kill(java);
            return hasTemporary(checkpoints);
        }
    }

    private static void kill(JavaProcess java) throws InterruptedException, IOException {
        java.process().destroyForcibly();
        assertEquals(KILLED, java.process().waitFor(), () -> "ended before it was killed: " + complaints(java));
    }

    private static boolean hasTemporary(Path checkpoints) throws IOException {
        if (!Files.isDirectory(checkpoints)) {
            return false;
        }
        try (Stream<Path> files = Files.list(checkpoints)) {
            return files.anyMatch(file -> file.toString().endsWith(".tmp"));
        }
    }

    private static String complaints(JavaProcess java) {
        try {
            return java.complaints();
        } catch (IOException unreadable) {
            return unreadable.toString();
        }
    }

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void theWeightsAreThoseOfAnUninterruptedTraining() throws IOException, InterruptedException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        String trace = "seed " + seed + ": ";
        Path whole = folder.resolve("whole");
        Path killed = folder.resolve("killed");
        await(start(whole));
        trace += "killed after step " + killAtRandom(killed, random) + ", ";
        trace += "killed while writing (" + killWhileWriting(killed, random) + "), ";
        trace += "killed after step " + killAtRandom(killed, random) + ", ";
        trace += "killed while writing (" + killWhileWriting(killed, random) + ")";
        assertFalse(Files.exists(killed.resolve("final.safetensors")), trace);
        await(start(killed));
        assertEquals(
                -1, Files.mismatch(whole.resolve("final.safetensors"), killed.resolve("final.safetensors")), trace);
        assertFalse(hasTemporary(killed.resolve("checkpoints")), trace);
        List<String> expected = steps(whole);
        assertEquals(expected, steps(killed), trace);
    }

    /** The lines of the metrics without what depends on the clock. */
    private static List<String> steps(Path training) throws IOException {
        return Files.readAllLines(training.resolve("metrics.jsonl")).stream()
                .map(line -> line.replaceAll(",\"tokensPerSecond\".*", "}"))
                .toList();
    }
}
