package io.bantam.trainer.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.runtime.format.FormatException;
import io.bantam.trainer.hub.TorchFiles.Entry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever the bytes of a PyTorch file are, it is read, or refused with one line. A short run by default; {@code
 * -Dbantam.fuzz.seconds=600} makes each test go on that long.
 */
final class DamagedTorchFilesTest {
    private static final long SECONDS = Long.getLong("bantam.fuzz.seconds", 0);
    private static final int LEAST = 300;

    /** Operations of state dicts, with what has to follow them. */
    private static final byte[][] OPERATIONS = {
        {'('},
        {'0'},
        {'1'},
        {'2'},
        {'N'},
        {(byte) 0x88},
        {')'},
        {'t'},
        {(byte) 0x85},
        {(byte) 0x86},
        {(byte) 0x87},
        {']'},
        {'a'},
        {'e'},
        {'}'},
        {'s'},
        {'u'},
        {(byte) 0x94},
        {'R'},
        {'Q'},
        {'b'},
        {(byte) 0x93},
        {'.'},
        {'K', 1},
        {'J', 5, 0, 0, 0},
        {(byte) 0x8a, 3, 1, 2, 3},
        {'h', 0},
        {'h', 1},
        {'h', 2},
        {'q', 0},
        {'q', 1},
        {'X', 1, 0, 0, 0, 'a'},
        {'X', 7, 0, 0, 0, 's', 't', 'o', 'r', 'a', 'g', 'e'},
        {(byte) 0x8c, 1, 'b'},
        bytes("ccollections\nOrderedDict\n"),
        bytes("ctorch\nFloatStorage\n"),
        bytes("ctorch._utils\n_rebuild_tensor_v2\n"),
        bytes("ctorch._utils\n_rebuild_parameter\n")
    };

    @TempDir
    private Path folder;

    private static byte[] bytes(String text) {
        return text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
    }

    private interface Reading {
        void read(Random random) throws IOException;
    }

    private static void repeat(Reading reading) throws IOException {
        long end = System.nanoTime() + SECONDS * 1_000_000_000;
        int refused = 0;
        for (long seed = 0; seed < LEAST || System.nanoTime() < end; seed++) {
            try {
                reading.read(new Random(seed));
            } catch (FormatException expected) {
                refused++;
                assertEquals(1, expected.getMessage().lines().count(), expected.getMessage());
            } catch (IOException | RuntimeException | Error fault) {
                throw new AssertionError("seed " + seed, fault);
            }
        }
        assertTrue(refused > LEAST / 10, "only " + refused + " were refused");
    }

    private static byte[] damaged(byte[] sound, Random random) {
        byte[] bytes = sound.clone();
        for (int n = random.nextInt(4); n >= 0; n--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(5)) {
                case 0 -> bytes[at] = (byte) random.nextInt(256);
                case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 2 -> bytes = Arrays.copyOf(bytes, 1 + random.nextInt(bytes.length));
                case 3 -> {
                    byte[] operation = OPERATIONS[random.nextInt(OPERATIONS.length)];
                    System.arraycopy(operation, 0, bytes, at, Math.min(operation.length, bytes.length - at));
                }
                default -> {
                    int from = random.nextInt(bytes.length);
                    System.arraycopy(
                            bytes, from, bytes, at, Math.min(random.nextInt(30), bytes.length - Math.max(at, from)));
                }
            }
        }
        return bytes;
    }

    private static Map<String, Entry> tensors() {
        Map<String, Entry> tensors = new LinkedHashMap<>();
        TinyModel.stored(TinyModel.checkpoint(1), "")
                .forEach((name, tensor) -> tensors.put(
                        name, Entry.floats(tensor.values(), tensor.shape().toArray(Integer[]::new))));
        return tensors;
    }

    @Test
    void damagedFiles() throws IOException {
        Files.writeString(folder.resolve("config.json"), TinyModel.CONFIG_JSON);
        Path file = folder.resolve("pytorch_model.bin");
        TorchFiles.writeZip(file, tensors());
        byte[] zip = Files.readAllBytes(file);
        TorchFiles.writeLegacy(file, tensors());
        byte[] legacy = Files.readAllBytes(file);
        repeat(random -> {
            Files.write(file, damaged(random.nextBoolean() ? zip : legacy, random));
            CheckpointReader.read(folder);
        });
    }

    @Test
    void damagedTables() throws IOException {
        byte[] sound = TorchFiles.table(tensors(), false);
        repeat(random -> StateDictUnpickler.read(damaged(sound, random), "file"));
    }

    @Test
    void programsOfAllOperations() throws IOException {
        repeat(random -> {
            ByteArrayOutputStream program = new ByteArrayOutputStream();
            program.writeBytes(new byte[] {(byte) 0x80, 2});
            // What later operations need lies deep enough.
            program.writeBytes(bytes("}q\0]q\1(h\0h\1"));
            for (int n = random.nextInt(60); n >= 0; n--) {
                program.writeBytes(OPERATIONS[random.nextInt(OPERATIONS.length)]);
            }
            program.write('.');
            StateDictUnpickler.read(program.toByteArray(), "file");
        });
    }

    /**
     * Of {@code l = []; l.append([l]); {l: None}}, the hash has no end, and of thirty lists of one list twice none in
     * time.
     */
    @Test
    void keysThatHaveNoHashAreRefused() {
        refused(new PickleWriter().raw('}', ']', 'q', 0, ']', 'h', 0, 'a', 'a', 'N', 's'));
        refused(new PickleWriter().raw('}', '(', ']', 'q', 0, ']', 'h', 0, 'a', 'a', 'N', 'u'));
        PickleWriter doubling = new PickleWriter().raw('}', ']', 'q', 0);
        for (int level = 0; level < 64; level++) {
            doubling.raw('0', ']', 'h', 0, 'a', 'h', 0, 'a', 'q', 0);
        }
        refused(doubling.raw('N', 's'));
        // collections.OrderedDict([(l, None)]), and the class named l.
        refused(new PickleWriter()
                .global("collections", "OrderedDict")
                .raw(']', ']', 'q', 0, ']', 'h', 0, 'a', 'a', 'N', 0x86, 'a', 0x85, 'R'));
        refused(new PickleWriter().raw(']', 'q', 0, ']', 'h', 0, 'a', 'a', 'h', 0, 0x93));
    }

    private static void refused(PickleWriter program) {
        FormatException refusal =
                assertThrows(FormatException.class, () -> StateDictUnpickler.read(program.bytes(), "file"));
        assertTrue(refusal.getMessage().startsWith("file: refused: "), refusal.getMessage());
    }
}
