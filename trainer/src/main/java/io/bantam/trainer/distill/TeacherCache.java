package io.bantam.trainer.distill;

import io.bantam.runtime.format.DType;
import io.bantam.trainer.BantamException;
import io.bantam.trainer.Sha256;
import io.bantam.trainer.model.Decoder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A file with a teacher's answers to training sequences: of each next-token distribution the k most likely tokens with
 * their probabilities, and the probability of all others together; hidden states too where that was asked. Later
 * epochs, stages and runs read it instead of running the teacher.
 *
 * <p>A sequence is found by a hash of its tokens, so order and recipe do not matter, only the teacher does: the file
 * names the hash of the teacher's weights, and is refused for another one. It grows as training goes on; a run that was
 * killed leaves at most one unfinished record, which is dropped.
 *
 * <p>Layout, little-endian: 8 bytes {@code BNTMTOPK}, int32 version (3), int32 k, int32 tokens a sequence, int32 bytes
 * a token id (2 or 4), 32 bytes SHA-256 of the teacher, int32 width, int32 number of hidden states, an int32 for each
 * of them; then a record a sequence: int64 hash, {@code [tokens, k]} ids, {@code [tokens, k + 1]} natural logarithms in
 * float16, the last of a position that of all other tokens, and {@code [states, tokens, width]} in float16.
 *
 * <p>Safe for use by several threads; one process at a time.
 */
public final class TeacherCache implements AutoCloseable {
    private static final byte[] MAGIC = "BNTMTOPK".getBytes(StandardCharsets.US_ASCII);
    private static final int VERSION = 3;
    private static final int TEACHER_AT = 24;
    private static final int STATES_AT = 56;
    private static final int HEADER = 64;
    private static final int KEY = 8;
    private static final int SMALL_VOCABULARY = 1 << 16;
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Path file;
    private final FileChannel channel;
    private final Contents contents;
    private final int k;
    private final int tokens;
    private final int idBytes;
    private final int recordBytes;
    private final Map<Long, Long> records = new ConcurrentHashMap<>();
    private long end;
    private final CacheCoverage coverage = new CacheCoverage();

    /**
     * What a cache holds.
     *
     * @param k most likely tokens that are kept a position; cut to the vocabulary
     * @param tokens tokens a sequence
     * @param vocabulary tokens of the teacher
     * @param width features of its hidden states
     * @param states hidden states to keep: 0 is the embedding, n the output of block n - 1
     */
    public record Contents(int k, int tokens, int vocabulary, int width, List<Integer> states) {
        public Contents {
            states = List.copyOf(states);
        }
    }

    private TeacherCache(Path file, FileChannel channel, Contents contents) {
        this.file = file;
        this.channel = channel;
        this.contents = contents;
        this.k = Math.min(contents.k(), contents.vocabulary());
        this.tokens = contents.tokens();
        this.idBytes = contents.vocabulary() <= SMALL_VOCABULARY ? 2 : 4;
        this.recordBytes = Math.toIntExact(KEY + (long) tokens * bytesPerToken());
    }

    /**
     * Opens a cache, or begins one.
     *
     * @param teacher SHA-256 of the teacher, in hexadecimal
     * @throws BantamException if the file is of another teacher, shape or version, is in use, or cannot be written
     */
    public static TeacherCache open(Path file, String teacher, Contents contents) {
        FileChannel channel = null;
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            lock(file, channel);
            TeacherCache cache = new TeacherCache(file, channel, contents);
            cache.begin(cache.header(teacher));
            channel = null;
            return cache;
        } catch (IOException e) {
            throw new BantamException(file + ": the teacher's cache cannot be opened: " + e.getMessage()
                    + ". Name another cacheFile, or write cache: none.");
        } finally {
            closeQuietly(channel);
        }
    }

    private static void closeQuietly(FileChannel channel) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Held until the channel is closed. */
    private static void lock(Path file, FileChannel channel) throws IOException {
        FileLock lock;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            lock = null;
        }
        if (lock == null) {
            throw new BantamException(file + ": the teacher's cache is in use by another run. Wait for it, or name"
                    + " another cacheFile.");
        }
    }

    private ByteBuffer header(String teacher) {
        ByteBuffer header = ByteBuffer.allocate(
                        HEADER + Integer.BYTES * contents.states().size())
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(MAGIC)
                .putInt(VERSION)
                .putInt(k)
                .putInt(tokens)
                .putInt(idBytes)
                .put(HexFormat.of().parseHex(teacher))
                .putInt(contents.width())
                .putInt(contents.states().size());
        contents.states().forEach(header::putInt);
        return header.flip();
    }

    private void begin(ByteBuffer header) throws IOException {
        int first = header.limit();
        ByteBuffer found =
                ByteBuffer.allocate((int) Math.min(first, channel.size())).order(ByteOrder.LITTLE_ENDIAN);
        readFully(found, 0);
        found.flip();
        if (found.limit() < first && header.slice(0, found.limit()).equals(found)) {
            writeFully(header, 0);
            end = first;
            return;
        }
        requireSame(header, found);
        long count = (channel.size() - first) / recordBytes;
        ByteBuffer key = ByteBuffer.allocate(KEY).order(ByteOrder.LITTLE_ENDIAN);
        for (long i = 0; i < count; i++) {
            long at = first + i * recordBytes;
            readFully(key.clear(), at);
            records.put(key.flip().getLong(), at);
        }
        end = first + count * recordBytes;
        channel.truncate(end);
    }

    private void requireSame(ByteBuffer wanted, ByteBuffer found) {
        if (found.limit() < HEADER || !wanted.slice(0, MAGIC.length).equals(found.slice(0, MAGIC.length))) {
            throw new BantamException(file + ": not a teacher's cache. Name another cacheFile.");
        }
        if (found.getInt(8) != VERSION) {
            throw new BantamException(
                    "%s: version %d of a teacher's cache, of %s version of Bantam, not %d: it names its teacher in"
                                    .formatted(
                                            file,
                                            found.getInt(8),
                                            found.getInt(8) < VERSION ? "an earlier" : "a later",
                                            VERSION)
                            + " another way. Remove it, or name another cacheFile.");
        }
        if (!wanted.slice(TEACHER_AT, 32).equals(found.slice(TEACHER_AT, 32))) {
            throw new BantamException(file + ": was made by another teacher. Remove it, or name another cacheFile.");
        }
        if (!wanted.slice(0, STATES_AT).equals(found.slice(0, STATES_AT))) {
            throw new BantamException("%s: holds %d likely tokens a position of sequences of %d tokens, not %d of %d."
                            .formatted(file, found.getInt(12), found.getInt(16), k, tokens)
                    + " Remove it, name another cacheFile, or write k: " + found.getInt(12) + ".");
        }
        if (!wanted.equals(found)) {
            throw new BantamException("%s: holds other hidden states than %s. Remove it, or name another cacheFile."
                    .formatted(file, contents.states()));
        }
    }

    /**
     * Where the states of a layer map lie in {@link Decoder.TopK#states}.
     *
     * @param pairs student's state to teacher's state
     * @throws BantamException if one of them is not kept
     */
    Map<Integer, Integer> places(Map<Integer, Integer> pairs) {
        if (!contents.states().containsAll(pairs.values())) {
            throw new BantamException(
                    ("%s: the teacher\'s cache holds the hidden states %s, but the loss compares with %s."
                                    + " Write cacheHidden: %s.")
                            .formatted(
                                    file,
                                    contents.states(),
                                    new TreeSet<>(pairs.values()),
                                    new TreeSet<>(pairs.values())));
        }
        Map<Integer, Integer> places = new TreeMap<>();
        pairs.forEach(
                (student, teacher) -> places.put(student, contents.states().indexOf(teacher)));
        return places;
    }

    /** Bytes that the file takes for one token. */
    public int bytesPerToken() {
        return k * idBytes + (k + 1 + contents.states().size() * contents.width()) * Short.BYTES;
    }

    /** Sequences in the file. */
    public int sequences() {
        return records.size();
    }

    /**
     * The teacher's distributions after every token but the last of each row; those that the file lacks are computed
     * and added to it.
     *
     * @param ids {@code batch} rows of {@code tokens + 1} ids
     */
    Decoder.TopK of(int[] ids, int batch, Decoder teacher) {
        int row = tokens + 1;
        if (ids.length != batch * row) {
            throw new IllegalArgumentException(batch + " rows of " + ids.length / batch + " ids, not " + row);
        }
        long[] keys = new long[batch];
        List<int[]> missing = new ArrayList<>();
        List<Long> missingKeys = new ArrayList<>();
        for (int i = 0; i < batch; i++) {
            int[] one = Arrays.copyOfRange(ids, i * row, i * row + tokens);
            keys[i] = key(one);
            if (!records.containsKey(keys[i])) {
                missing.add(one);
                missingKeys.add(keys[i]);
            }
        }
        if (!missing.isEmpty()) {
            int[] joined = missing.stream().flatMapToInt(Arrays::stream).toArray();
            int[] states =
                    contents.states().stream().mapToInt(Integer::intValue).toArray();
            add(missingKeys, teacher.topK(joined, missing.size(), k, states));
        }
        long[] likely = new long[batch * tokens * k];
        float[] logs = new float[batch * tokens * (k + 1)];
        List<float[]> states = contents.states().stream()
                .map(_ -> new float[batch * tokens * contents.width()])
                .toList();
        Decoder.TopK found = new Decoder.TopK(k, likely, logs, states);
        for (int i = 0; i < batch; i++) {
            read(records.get(keys[i]), found, i * tokens);
        }
        coverage.count(logs, k);
        return found;
    }

    /** How much of the teacher's probability was found in what was read. */
    public CacheCoverage coverage() {
        return coverage;
    }

    private static long key(int[] ids) {
        ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES * ids.length);
        bytes.asIntBuffer().put(ids);
        return ByteBuffer.wrap(new Sha256().add(bytes.array()).bytes()).getLong();
    }

    private synchronized void add(List<Long> keys, Decoder.TopK found) {
        try {
            for (int i = 0; i < keys.size(); i++) {
                if (!records.containsKey(keys.get(i))) {
                    writeFully(record(keys.get(i), found, i * tokens), end);
                    records.put(keys.get(i), end);
                    end += recordBytes;
                }
            }
        } catch (IOException e) {
            throw new BantamException(
                    "%s: the teacher's cache cannot be written: %s. A sequence takes %,d bytes: free some"
                                    .formatted(file, e.getMessage(), recordBytes)
                            + " space and resume, or write cache: none.");
        }
    }

    private ByteBuffer record(long key, Decoder.TopK found, int firstToken) {
        ByteBuffer buffer = ByteBuffer.allocate(recordBytes).order(ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(key);
        for (int i = firstToken * k; i < (firstToken + tokens) * k; i++) {
            if (idBytes == 2) {
                buffer.putShort((short) found.words()[i]);
            } else {
                buffer.putInt((int) found.words()[i]);
            }
        }
        for (int i = firstToken * (k + 1); i < (firstToken + tokens) * (k + 1); i++) {
            buffer.putShort(Float.floatToFloat16(found.logs()[i]));
        }
        for (float[] state : found.states()) {
            for (int i = firstToken * contents.width(); i < (firstToken + tokens) * contents.width(); i++) {
                buffer.putShort(DType.toFiniteFloat16(state[i]));
            }
        }
        return buffer.flip();
    }

    private void read(long record, Decoder.TopK into, int firstToken) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = channel.map(FileChannel.MapMode.READ_ONLY, record, recordBytes, arena);
            long at = KEY;
            for (int i = 0; i < tokens * k; i++, at += idBytes) {
                into.words()[firstToken * k + i] =
                        idBytes == 2 ? Short.toUnsignedInt(bytes.get(SHORT, at)) : bytes.get(INT, at);
            }
            at = floats(bytes, at, into.logs(), firstToken * (k + 1), tokens * (k + 1));
            for (float[] state : into.states()) {
                at = floats(bytes, at, state, firstToken * contents.width(), tokens * contents.width());
            }
        } catch (IOException e) {
            throw new BantamException(file + ": the teacher's cache cannot be read: " + e.getMessage()
                    + ". Remove it, or write cache: none.");
        }
    }

    /** Reads float16 numbers and returns where they end. */
    private static long floats(MemorySegment bytes, long at, float[] into, int from, int count) {
        for (int i = 0; i < count; i++) {
            into[from + i] = Float.float16ToFloat(bytes.get(SHORT, at + (long) i * Short.BYTES));
        }
        return at + (long) count * Short.BYTES;
    }

    private void writeFully(ByteBuffer buffer, long at) throws IOException {
        long position = at;
        while (buffer.hasRemaining()) {
            position += channel.write(buffer, position);
        }
    }

    private void readFully(ByteBuffer buffer, long at) throws IOException {
        long position = at;
        while (buffer.hasRemaining()) {
            int read = channel.read(buffer, position);
            if (read < 0) {
                throw new IOException("ends at byte " + position);
            }
            position += read;
        }
    }

    @Override
    public void close() {
        closeQuietly(channel);
    }
}
