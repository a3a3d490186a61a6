package io.bantam.trainer.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.model.CachePrecision;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LatencyProbeTest {
    @TempDir
    Path folder;

    @Test
    void aPackedFileIsMeasuredInAProcessOfItsOwn() throws Exception {
        Path file = TinyModel.write(folder.resolve("tiny model.bantam"));
        LatencyReading reading =
                LatencyProbe.measure(file, new LatencyProbe.Settings(16, 8, 3, 1, 30, CachePrecision.INT8));
        assertTrue(reading.loadMillis() > 0, reading.toString());
        assertTrue(reading.promptTokensPerSecond() > 0, reading.toString());
        assertTrue(reading.generatedTokensPerSecond() > 0, reading.toString());
        long own = MemoryProbe.peakResidentBytes().orElse(Long.MAX_VALUE);
        assertTrue(reading.peakResidentBytes() < own, "this process holds far more than a tiny model: " + reading);
        assertEquals(16, reading.promptTokens());
        assertEquals(8, reading.generatedTokens());
        assertEquals(3, reading.repetitions());
        assertTrue(reading.contextMillis().p50() > 0, reading.toString());
        assertTrue(reading.contextMillis().p95() >= reading.contextMillis().p50(), reading.toString());
        assertTrue(reading.tokenMillis().p95() >= reading.tokenMillis().p50(), reading.toString());
        EnergyReading prediction = reading.prediction();
        assertTrue(1000 * prediction.seconds() >= reading.tokenMillis().p50(), reading.toString());
        if (prediction.estimate()) {
            assertEquals(30 * prediction.seconds(), prediction.joules(), 1e-4);
            assertEquals("estimate: 30 W declared x time", prediction.method());
        }
    }

    @Test
    void aModelOfFewPositionsIsGivenLess() throws Exception {
        DecoderConfig config = new DecoderConfig(40, 8, 16, 64, 1, 2, 1e-5f, 0, 1, 2);
        Path file = TinyModel.write(folder.resolve("few.bantam"), config);
        LatencyReading reading = LatencyProbe.measure(file, LatencyProbe.Settings.STANDARD);
        assertEquals(4, reading.promptTokens());
        assertEquals(4, reading.generatedTokens());
    }

    @Test
    void aFileThatCannotRunIsNamedWithTheReason() throws Exception {
        Path missing = folder.resolve("none.bantam");
        assertTrue(message(missing).startsWith(missing + ": no such packed file"));
        Path foreign = Files.writeString(folder.resolve("text.bantam"), "not a model at all, only text");
        String message = message(foreign);
        assertTrue(message.startsWith(foreign + ": measuring its speed failed (exit code 1): "), message);
        assertTrue(
                message.length() > (foreign + ": measuring its speed failed (exit code 1): ").length() + 20, message);
    }

    @Test
    void percentilesLieBetweenNeighbours() {
        double[] values = java.util.stream.IntStream.rangeClosed(0, 100)
                .mapToDouble(i -> 100 - i)
                .toArray();
        assertEquals(new Percentiles(50, 95), Percentiles.of(values));
        assertEquals(new Percentiles(7, 7), Percentiles.of(new double[] {7}));
    }

    @Test
    void medians() {
        assertEquals(2, LatencyProcess.median(new double[] {3, 1, 2}));
        assertEquals(2.5, LatencyProcess.median(new double[] {4, 3, 1, 2}));
    }

    private static String message(Path file) {
        return assertThrows(EvaluationException.class, () -> LatencyProbe.measure(file, LatencyProbe.Settings.STANDARD))
                .getMessage();
    }
}
