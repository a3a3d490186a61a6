package io.bantam.runtime.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsTest {
    @TempDir
    Path folder;

    @Test
    void readsBackWhatWasWritten() throws IOException {
        Path path = folder.resolve("model.safetensors");
        float[] weights = {0f, -0f, 1.5f, Float.MIN_VALUE, Float.MAX_VALUE, Float.NaN};
        long size = new SafetensorsWriter()
                .metadata("format", "pt")
                .metadata(Map.of("ключ", "значение \" \\ \n"))
                .addBytes("bytes", DType.U8, () -> new byte[] {1, 2, -1}, 3)
                .addFloats("weights", weights, 2, 3)
                .addFloats("empty", new float[0], 4, 0)
                .addFloats("scalar", new float[] {7f})
                .addLongs("ids", new long[] {Long.MIN_VALUE, 5}, 2)
                .write(path);
        assertEquals(Files.size(path), size);
        try (SafetensorsReader reader = SafetensorsReader.open(path)) {
            assertEquals(Map.of("format", "pt", "ключ", "значение \" \\ \n"), reader.metadata());
            assertEquals(
                    List.of("ids", "weights", "empty", "scalar", "bytes"),
                    List.copyOf(reader.tensors().keySet()));
            assertArrayEquals(weights, reader.readFloats("weights"));
            assertEquals(List.of(2L, 3L), reader.tensor("weights").shape());
            assertEquals(0, reader.readFloats("empty").length);
            assertEquals(List.of(), reader.tensor("scalar").shape());
            assertArrayEquals(new float[] {7f}, reader.readFloats("scalar"));
            assertArrayEquals(new byte[] {1, 2, -1}, reader.readBytes("bytes"));
            assertEquals(0, reader.tensor("weights").offset() % 4, "aligned to the type");
        }
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(List.of(path), files.toList(), "no temporary file is left");
        }
    }

    @Test
    void widensHalfAndBrainFloats() throws IOException {
        Path path = folder.resolve("half.safetensors");
        float[] values = new float[100_000];
        Random random = new Random(1);
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        new SafetensorsWriter()
                .addFloats("f16", DType.F16, () -> values, values.length)
                .addFloats("bf16", DType.BF16, () -> values, values.length)
                .write(path);
        try (SafetensorsReader reader = SafetensorsReader.open(path)) {
            float[] half = reader.readFloats("f16");
            float[] brain = reader.readFloats("bf16");
            for (int i = 0; i < values.length; i++) {
                assertEquals(Float.float16ToFloat(Float.floatToFloat16(values[i])), half[i]);
                assertEquals(values[i], brain[i], Math.abs(values[i]) / 256);
            }
        }
    }

    @Test
    void partsMakeTheSameFileAndAreReadAlone() throws IOException {
        float[] values = new float[100_003];
        for (int i = 0; i < values.length; i++) {
            values[i] = i / 8f;
        }
        SafetensorsWriter.FloatParts parts = sink -> {
            for (int from = 0; from < values.length; from += 33_333) {
                sink.accept(Arrays.copyOfRange(values, from, Math.min(values.length, from + 33_333)));
            }
        };
        Path whole = folder.resolve("whole");
        Path joined = folder.resolve("joined");
        SafetensorsWriter first = new SafetensorsWriter();
        SafetensorsWriter second = new SafetensorsWriter();
        for (DType dtype : List.of(DType.F32, DType.F16, DType.BF16)) {
            first.addFloats(dtype.name(), dtype, () -> values, values.length);
            second.addFloatParts(dtype.name(), dtype, parts, values.length);
        }
        first.write(whole);
        second.write(joined);
        assertEquals(-1, Files.mismatch(whole, joined));
        try (SafetensorsReader reader = SafetensorsReader.open(joined)) {
            for (String name : reader.tensors().keySet()) {
                float[] all = reader.readFloats(name);
                assertArrayEquals(Arrays.copyOfRange(all, 70_001, 70_013), reader.readFloats(name, 70_001, 12));
                assertEquals(0, reader.readFloats(name, all.length, 0).length);
                assertThrows(IndexOutOfBoundsException.class, () -> reader.readFloats(name, all.length - 1, 2));
            }
        }
        SafetensorsWriter wrong = new SafetensorsWriter().addFloatParts("x", DType.F32, parts, 7);
        assertThrows(IllegalArgumentException.class, () -> wrong.write(folder.resolve("wrong")));
        assertThrows(IllegalArgumentException.class, () -> wrong.addFloatParts("y", DType.I8, parts, 7));
    }

    @Test
    void roundsBrainFloatsToEven() {
        assertEquals(1f, DType.fromBfloat16(DType.toBfloat16(1f + 1f / 256)));
        assertEquals(1f + 1f / 64, DType.fromBfloat16(DType.toBfloat16(1f + 3f / 256)));
        assertEquals(Float.POSITIVE_INFINITY, DType.fromBfloat16(DType.toBfloat16(Float.MAX_VALUE)));
        assertTrue(Float.isNaN(DType.fromBfloat16(DType.toBfloat16(Float.intBitsToFloat(0x7f800001)))));
    }

    @Test
    void failedWriteLeavesTheOldFileAndNoRubbish() throws IOException {
        Path path = folder.resolve("model.safetensors");
        new SafetensorsWriter().addFloats("w", new float[] {1}, 1).write(path);
        byte[] before = Files.readAllBytes(path);
        SafetensorsWriter broken = new SafetensorsWriter().addFloats("w", new float[] {1, 2}, 3);
        IllegalArgumentException failure = assertThrows(IllegalArgumentException.class, () -> broken.write(path));
        assertEquals("tensor 'w': expected 12 bytes for F32 [3], got 8", failure.getMessage());
        assertArrayEquals(before, Files.readAllBytes(path));
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(1, files.count());
        }
    }

    @Test
    void refusesATensorAddedTwice() {
        SafetensorsWriter writer = new SafetensorsWriter().addFloats("w", new float[] {1}, 1);
        assertThrows(IllegalArgumentException.class, () -> writer.addFloats("w", new float[] {1}, 1));
    }

    @Test
    void namesAMissingTensorAndAWrongType() throws IOException {
        Path path = folder.resolve("model.safetensors");
        new SafetensorsWriter().addLongs("ids", new long[] {1}, 1).write(path);
        try (SafetensorsReader reader = SafetensorsReader.open(path)) {
            assertFalse(reader.contains("w"));
            FormatException missing = assertThrows(FormatException.class, () -> reader.readFloats("w"));
            assertEquals(path + ": tensor 'w' is missing; the file has 1 others", missing.getMessage());
            FormatException type = assertThrows(FormatException.class, () -> reader.readFloats("ids"));
            assertEquals(path + ": tensor 'ids': expected F32, F16, BF16 or F64, found I64", type.getMessage());
        }
    }

    @Test
    void closingUnmaps() throws IOException {
        Path path = folder.resolve("model.safetensors");
        new SafetensorsWriter().addFloats("w", new float[] {1}, 1).write(path);
        MemorySegment segment;
        try (SafetensorsReader reader = SafetensorsReader.open(path)) {
            segment = reader.segment("w");
            assertTrue(segment.isReadOnly());
        }
        assertThrows(IllegalStateException.class, () -> segment.asByteBuffer().get());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}|4|expected 8 bytes for F32 [2],"
                        + " found 4",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}|4|expected [begin, end], found [4,"
                        + " 0]",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}|4|whole numbers from 0, found -1",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1.0],\"data_offsets\":[0,4]}}|4|whole numbers from 0, found 1.0",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}|3|truncated",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}|5|bytes after the last tensor",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[1,5]}}|5|leaves a hole",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                        + "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[2,6]}}|6|overlaps another",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                        + "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}|4|duplicate key 'a'",
                "{\"a\":{\"dtype\":\"F31\",\"shape\":[1],\"data_offsets\":[0,4]}}|4|found \"F31\"",
                "{\"a\":{\"shape\":[1],\"data_offsets\":[0,4]}}|4|found null",
                "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}|4|expected a list",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}|4|expected a list",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"x\":1}}|4|unknown key 'x'",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,0]}}|0|overflows 64"
                        + " bits",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[9223372036854775803,"
                        + "9223372036854775807]}}|4|truncated",
                "{\"a\":[]}|0|expected an object with dtype",
                "{\"__metadata__\":[]}|0|expected an object of strings",
                "{\"__metadata__\":{\"a\":1}}|0|key 'a': expected a string",
                "{\"a\":|0|bad JSON",
                "[1234567]|0|expected the header to start with '{'",
            })
    void refusesUnsoundHeaders(String header, int dataBytes, String problem) throws IOException {
        refuse(file(header.length(), header.getBytes(StandardCharsets.UTF_8), dataBytes), problem);
    }

    @Test
    void refusesWrongLengths() throws IOException {
        refuse(new byte[0], "expected at least 8 bytes, found 0");
        refuse(new byte[7], "expected at least 8 bytes, found 7");
        refuse(new byte[8], "expected a header length of 2 to");
        refuse(file(-1, new byte[2], 0), "found 18446744073709551615");
        refuse(file(Long.MAX_VALUE, new byte[2], 0), "found 9223372036854775807");
        refuse(
                file(100, "{}".getBytes(StandardCharsets.UTF_8), 10),
                "truncated: expected a header of 100 bytes, found 12");
        refuse(file(4, new byte[] {'{', '"', (byte) 0xff, '"'}, 0), "not UTF-8");
        refuse("#!/bin/sh\necho this is no model\n".getBytes(StandardCharsets.UTF_8), "no safetensors file");
    }

    /** Every prefix of a sound file, and the file with each byte of its header changed, opens or is refused cleanly. */
    @Test
    void everyTruncationAndHeaderDamageIsRefusedOrHarmless() throws IOException {
        Path path = folder.resolve("model.safetensors");
        new SafetensorsWriter()
                .addFloats("w", new float[] {1, 2, 3}, 3)
                .addLongs("i", new long[] {4}, 1)
                .write(path);
        byte[] sound = Files.readAllBytes(path);
        List<Integer> accepted = new ArrayList<>();
        for (int length = 0; length < sound.length; length++) {
            Files.write(path, Arrays.copyOf(sound, length));
            try (SafetensorsReader reader = SafetensorsReader.open(path)) {
                accepted.add(length);
            } catch (FormatException refused) {
                assertTrue(refused.getMessage().startsWith(path.toString()), refused.getMessage());
            }
        }
        assertEquals(List.of(), accepted, "truncated lengths that were accepted");
        Random random = new Random(7);
        int headerEnd = sound.length - 20;
        for (int i = 0; i < headerEnd; i++) {
            byte[] damaged = sound.clone();
            damaged[i] ^= (byte) (1 + random.nextInt(255));
            Files.write(path, damaged);
            try (SafetensorsReader reader = SafetensorsReader.open(path)) {
                reader.tensors().forEach((name, info) -> assertEquals(info.byteSize(), segmentSize(reader, name)));
            } catch (FormatException refused) {
                assertTrue(refused.getMessage().startsWith(path.toString()), refused.getMessage());
            }
        }
    }

    private static long segmentSize(SafetensorsReader reader, String name) {
        try {
            return reader.segment(name).byteSize();
        } catch (FormatException missing) {
            throw new AssertionError(missing);
        }
    }

    private void refuse(byte[] content, String problem) throws IOException {
        Path path = folder.resolve("bad.safetensors");
        Files.write(path, content);
        FormatException failure = assertThrows(FormatException.class, () -> SafetensorsReader.open(path));
        assertTrue(failure.getMessage().startsWith(path.toString()), failure.getMessage());
        assertTrue(failure.getMessage().contains(problem), failure.getMessage());
        assertFalse(failure.getMessage().contains("\n"), failure.getMessage());
    }

    private static byte[] file(long headerBytes, byte[] header, int dataBytes) {
        ByteBuffer buffer = ByteBuffer.allocate(8 + header.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
        return buffer.putLong(headerBytes).put(header).array();
    }
}
