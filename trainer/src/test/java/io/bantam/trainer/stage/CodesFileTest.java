package io.bantam.trainer.stage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.compression.quantizer.AdditiveCodebooks;
import io.bantam.compression.quantizer.AsymmetricQuantizer;
import io.bantam.compression.quantizer.Granularity;
import io.bantam.compression.quantizer.QuantizedMatrix;
import io.bantam.compression.quantizer.TernaryQuantizer;
import io.bantam.runtime.format.DType;
import io.bantam.runtime.format.FormatException;
import io.bantam.runtime.format.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CodesFileTest {
    private static final float[] WEIGHT = {1, -2, 3, 0.5f, -0.25f, 4, 1.5f, -3};

    @TempDir
    Path folder;

    @Test
    void everythingComesBackToTheLastBit() throws IOException {
        QuantizedMatrix grouped = new AsymmetricQuantizer(3, Granularity.perGroup(2)).quantize(WEIGHT, 2, 4);
        QuantizedMatrix ternary = new TernaryQuantizer(Granularity.perTensor()).quantize(WEIGHT, 4, 2);
        AdditiveCodebooks sums = new AdditiveCodebooks(
                2, 4, 2, 2, 1, new byte[] {0, 3, 2, 1}, new float[] {1, 2, 3, 4, 5, 6, 7, 8}, new float[] {0.1f, 2});
        Path file = folder.resolve("codes.safetensors");
        new CodesFile(
                        "abc",
                        Map.of("outputError.a.weight", 0.25),
                        Map.of("seconds", 1e-3),
                        Map.of("a.weight", grouped, "b.weight", ternary, "c.weight", sums),
                        Map.of("a.bias", new float[] {1, 2}))
                .write(file);
        CodesFile read = CodesFile.read(file);
        assertEquals("abc", read.fingerprint());
        assertEquals(Map.of("outputError.a.weight", 0.25), read.metrics());
        assertEquals(Map.of("seconds", 1e-3), read.sums());
        assertEquals(Map.of("a.weight", grouped, "b.weight", ternary, "c.weight", sums), read.codes());
        assertArrayEquals(new float[] {1, 2}, read.floats().get("a.bias"));
        assertEquals(1, read.floats().size());
        CodesFile lazy = CodesFile.readLazily(file);
        assertEquals("abc", lazy.fingerprint());
        assertEquals(read.codes(), lazy.codes());
        assertEquals(Set.of("a.bias"), lazy.floats().keySet());
        assertArrayEquals(new float[] {1, 2}, lazy.floats().get("a.bias"));
        assertNull(lazy.codes().get("d.weight"));
    }

    @Test
    void codesWithoutTheirFormAreRefused() throws IOException {
        Path file = folder.resolve("damaged.safetensors");
        new SafetensorsWriter()
                .addBytes("w.codes", DType.I8, () -> new byte[4], 2, 2)
                .addFloats("w.scales", new float[1], 1)
                .write(file);
        String message =
                assertThrows(FormatException.class, () -> CodesFile.read(file)).getMessage();
        assertTrue(message.contains("damaged.safetensors") && message.contains("'w'"), message);
        new SafetensorsWriter()
                .metadata("w", "symmetric,4,3")
                .addBytes("w.codes", DType.I8, () -> new byte[4], 2, 2)
                .addFloats("w.scales", new float[1], 1)
                .write(file);
        message =
                assertThrows(FormatException.class, () -> CodesFile.read(file)).getMessage();
        assertTrue(message.contains("groups of 3 do not divide"), message);
    }
}
