package io.bantam.trainer.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.trainer.train.EventFileReader.Event;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorBoardWriterTest {
    @TempDir
    Path folder;

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    /** The check value of CRC-32C (RFC 3720, appendix B.4, and the catalogue's "123456789"). */
    @Test
    void theReaderOfThisTestKnowsTheChecksum() {
        assertEquals(0xe3069283, EventFileReader.crc32c("123456789".getBytes(StandardCharsets.US_ASCII)));
        assertEquals(0x8a9136aa, EventFileReader.crc32c(new byte[32]));
    }

    @Test
    void scalarsAreReadBack() throws IOException {
        double before = System.currentTimeMillis() / 1000.0;
        Map<String, Double> first = new TreeMap<>(Map.of("loss", 2.5, "learningRate", 5e-4));
        Map<String, Number> second = new TreeMap<>(Map.of("tokensPerSecond", 1234567890123L, "Verlust größer", 0.1));
        try (TensorBoardWriter writer = TensorBoardWriter.open(folder, 1)) {
            writer.write(1, first);
            writer.write(300_000_000_000L, second);
            writer.write(300_000_000_001L, Map.of("loss", Double.NaN));
        }
        assertEquals(1, files(folder).size());
        Path file = files(folder).getFirst();
        assertTrue(
                file.getFileName().toString().matches("events\\.out\\.tfevents\\.\\d{10}\\.[A-Za-z0-9.-]+"),
                file.toString());
        List<Event> events = EventFileReader.read(file);
        assertEquals(5, events.size());
        assertEquals("brain.Event:2", events.get(0).version());
        assertEquals(1, events.get(1).sessionStatus());
        assertEquals(1, events.get(1).step());
        assertEquals(1, events.get(2).step());
        assertEquals(Map.of("loss", 2.5f, "learningRate", 5e-4f), events.get(2).scalars());
        assertEquals(300_000_000_000L, events.get(3).step());
        assertEquals(
                Map.of("tokensPerSecond", 1234567890123f, "Verlust größer", 0.1f),
                events.get(3).scalars());
        assertTrue(Float.isNaN(events.get(4).scalars().get("loss")));
        for (Event event : events) {
            assertTrue(event.wallTime() >= before && event.wallTime() <= before + 600, "seconds since 1970");
        }
    }

    @Test
    void aResumedTrainingStartsALaterFileAndDropsWhatItRepeats() throws IOException {
        try (TensorBoardWriter writer = TensorBoardWriter.open(folder, 1)) {
            writer.write(1, Map.of("loss", 3));
        }
        Path first = files(folder).getFirst();
        byte[] content = Files.readAllBytes(first);
        try (TensorBoardWriter writer = TensorBoardWriter.open(folder, 41)) {
            writer.write(41, Map.of("loss", 2));
        }
        List<Path> both = files(folder);
        assertEquals(2, both.size(), "within the same second too");
        assertEquals(first, both.getFirst(), "the names sort by time");
        assertEquals(-1, Files.mismatch(first, Files.write(folder.resolve("copy"), content)));
        List<Event> events = EventFileReader.read(both.getLast());
        assertEquals(1, events.get(1).sessionStatus());
        assertEquals(41, events.get(1).step());
        assertEquals(41, events.get(2).step());
    }
}
