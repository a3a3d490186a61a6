package io.bantam.runtime.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.runtime.completion.ScriptedModel;
import io.bantam.runtime.tokenizer.BytePairTokenizer;
import io.bantam.runtime.tokenizer.TinyTokenizer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever the bytes of a file are, it is read, or refused with one line: no other exception, no lack of memory, no
 * read beyond the end. A short run by default; {@code -Dbantam.fuzz.seconds=600} makes each test go on that long.
 */
final class DamagedFilesTest {
    private static final long SECONDS = Long.getLong("bantam.fuzz.seconds", 0);
    private static final int LEAST = 400;
    private static final String[] WORDS = {
        "-1",
        "1e99",
        "2147483648",
        "9223372036854775807",
        "null",
        "[]",
        "{}",
        "\"\"",
        "\"F32\"",
        "0",
        "\\u0000",
        ",",
        "}"
    };

    @TempDir
    private Path folder;

    /** Reads a file. */
    private interface Reading {
        void read(byte[] bytes) throws IOException;
    }

    /** Damages the first {@code header} bytes in all kinds of ways. */
    private static void damage(byte[] sound, int header, Reading reading) throws IOException {
        long end = System.nanoTime() + SECONDS * 1_000_000_000;
        int refused = 0;
        for (long seed = 0; seed < LEAST || System.nanoTime() < end; seed++) {
            byte[] bytes = damaged(sound, header, new Random(seed));
            try {
                reading.read(bytes);
            } catch (FormatException expected) {
                refused++;
                assertEquals(1, expected.getMessage().lines().count(), expected.getMessage());
            } catch (RuntimeException | Error fault) {
                throw new AssertionError("seed " + seed, fault);
            }
        }
        assertTrue(refused > LEAST / 10, "only " + refused + " were refused");
    }

    private static byte[] damaged(byte[] sound, int header, Random random) {
        byte[] bytes = sound.clone();
        for (int n = random.nextInt(3); n >= 0; n--) {
            int at = random.nextInt(Math.max(1, Math.min(header, bytes.length - 8)));
            ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
            switch (random.nextInt(6)) {
                case 0 -> bytes[at] = (byte) random.nextInt(256);
                case 1 -> buffer.putLong(at, random.nextLong() >> random.nextInt(64));
                case 2 -> bytes = Arrays.copyOf(bytes, 8 + random.nextInt(Math.max(1, bytes.length - 8)));
                case 3 -> bytes[at] = (byte) ('0' + random.nextInt(10));
                case 4 -> {
                    byte[] word = WORDS[random.nextInt(WORDS.length)].getBytes(StandardCharsets.UTF_8);
                    System.arraycopy(word, 0, bytes, at, Math.min(word.length, bytes.length - at));
                }
                default -> {
                    int from = random.nextInt(Math.max(1, Math.min(header, bytes.length - 8)));
                    int length = Math.min(random.nextInt(40), bytes.length - Math.max(at, from));
                    System.arraycopy(bytes, from, bytes, at, length);
                }
            }
        }
        return bytes;
    }

    @Test
    void packedFiles() throws IOException {
        byte[] sound = Files.readAllBytes(new ScriptedModel(8).write(folder.resolve("sound.bantam")));
        Path file = folder.resolve("damaged.bantam");
        int header =
                8 + (int) ByteBuffer.wrap(sound).order(ByteOrder.LITTLE_ENDIAN).getLong();
        damage(sound, header, bytes -> {
            Files.write(file, bytes);
            PackedFile.read(file);
        });
    }

    @Test
    void safetensors() throws IOException {
        Path file = folder.resolve("file.safetensors");
        new SafetensorsWriter()
                .metadata("a", "b")
                .addFloats("x", new float[6], 2, 3)
                .addFloats("h", DType.F16, () -> new float[5], 5)
                .addLongs("i", new long[] {1, 2}, 2)
                .write(file);
        byte[] sound = Files.readAllBytes(file);
        damage(sound, sound.length, bytes -> {
            Files.write(file, bytes);
            try (SafetensorsReader reader = SafetensorsReader.open(file)) {
                for (TensorInfo tensor : reader.tensors().values()) {
                    reader.readBytes(tensor.name());
                    if (tensor.dtype().isFloat()) {
                        reader.readFloats(tensor.name());
                    }
                }
            }
        });
    }

    @Test
    void tokenizers() throws IOException {
        byte[] sound = TinyTokenizer.json("a b", "ab c");
        damage(sound, sound.length, bytes -> BytePairTokenizer.of(bytes, "file").encode("abc <EOL> x"));
    }
}
