package io.bantam.trainer.stage.ptq;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeptStreamsTest {
    @TempDir
    private Path folder;

    @Test
    void arraysComeBackInTheirOrderAndTheFileGoes() throws IOException {
        List<float[]> kept =
                List.of(new float[] {1, -0f, Float.NaN, Float.MIN_VALUE, 3, 4}, new float[] {7, 8}, new float[] {9});
        Path missing = folder.resolve("run");
        try (NDManager manager = NDManager.newBaseManager();
                KeptStreams streams = new KeptStreams(missing)) {
            streams.keep(manager.create(kept.get(0), new Shape(1, 3, 2)));
            streams.keep(manager.create(kept.get(1), new Shape(1, 1, 2)));
            assertArrayEquals(kept.get(0), streams.next(6));
            streams.keep(manager.create(kept.get(2)));
            assertArrayEquals(kept.get(1), streams.next(2));
            assertArrayEquals(kept.get(2), streams.next(1));
            assertThrows(EOFException.class, () -> streams.next(1));
        }
        try (var left = Files.list(missing)) {
            assertEquals(0, left.count());
        }
    }
}
