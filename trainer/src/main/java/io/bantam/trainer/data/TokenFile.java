package io.bantam.trainer.data;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * The token ids of many documents, back to back, in a memory-mapped file. Ids take two bytes each if the vocabulary has
 * at most 65,536 items, else four.
 *
 * <p>Layout, little-endian: 8 bytes {@code BNTMTOKS}, int32 version (1), int32 bytes an id (2 or 4), int64 number of
 * ids, int32 vocabulary size, int32 zero, then the ids. Safe for use by several threads; close it to unmap it.
 */
public final class TokenFile implements AutoCloseable {

    private static final byte[] MAGIC = "BNTMTOKS".getBytes(StandardCharsets.US_ASCII);
    private static final int VERSION = 1;
    private static final int HEADER = 32;
    private static final int SMALL_VOCABULARY = 1 << 16;
    private static final int DOCUMENTS_A_BATCH = 64;
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Arena arena;
    private final MemorySegment ids;
    private final boolean small;
    private final long size;
    private final int vocabularySize;

    private TokenFile(Arena arena, MemorySegment ids, boolean small, long size, int vocabularySize) {
        this.arena = arena;
        this.ids = ids;
        this.small = small;
        this.size = size;
        this.vocabularySize = vocabularySize;
    }

    /**
     * Encodes documents into a new file. The file appears under its name only when it is complete.
     *
     * @param path the file to write; replaced if it exists
     * @param documents in the order to write them; their texts go to the encoder with start and end marks
     * @param encoder the ids of some texts, one array a text, in their order; may use threads of its own
     * @param vocabularySize ids must be below this
     * @throws DataException if the file cannot be written
     */
    public static void write(
            Path path, List<Document> documents, Function<List<String>, List<int[]>> encoder, int vocabularySize) {
        Path part = path.resolveSibling(path.getFileName() + ".part");
        try {
            Files.createDirectories(path.toAbsolutePath().getParent());
            try (FileChannel channel = FileChannel.open(
                    part, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
                channel.position(HEADER);
                long size = writeIds(channel, documents, encoder, vocabularySize);
                channel.position(0);
                writeFully(channel, header(size, vocabularySize));
                channel.force(true);
            }
            Files.move(part, path, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new DataException(path + ": cannot be written: " + e.getMessage(), e);
        }
    }

    private static long writeIds(
            FileChannel channel,
            List<Document> documents,
            Function<List<String>, List<int[]>> encoder,
            int vocabularySize)
            throws IOException {
        int width = width(vocabularySize);
        long size = 0;
        for (int start = 0; start < documents.size(); start += DOCUMENTS_A_BATCH) {
            List<String> texts = new ArrayList<>();
            documents
                    .subList(start, Math.min(start + DOCUMENTS_A_BATCH, documents.size()))
                    .forEach(document -> texts.add(document.text()));
            for (int[] encoded : encoder.apply(texts)) {
                ByteBuffer buffer = ByteBuffer.allocate(encoded.length * width).order(ByteOrder.LITTLE_ENDIAN);
                for (int id : encoded) {
                    if (id < 0 || id >= vocabularySize) {
                        throw new IllegalArgumentException(
                                "token id " + id + " is not in a vocabulary of " + vocabularySize);
                    }
                    if (width == 2) {
                        buffer.putShort((short) id);
                    } else {
                        buffer.putInt(id);
                    }
                }
                writeFully(channel, buffer.flip());
                size += encoded.length;
            }
        }
        return size;
    }

    private static ByteBuffer header(long size, int vocabularySize) {
        return ByteBuffer.allocate(HEADER)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(MAGIC)
                .putInt(VERSION)
                .putInt(width(vocabularySize))
                .putLong(size)
                .putInt(vocabularySize)
                .putInt(0)
                .flip();
    }

    private static int width(int vocabularySize) {
        return vocabularySize <= SMALL_VOCABULARY ? 2 : 4;
    }

    private static void writeFully(FileChannel channel, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    /**
     * Opens a file.
     *
     * @throws DataException if it is missing, damaged or of another version
     */
    public static TokenFile open(Path path) {
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            TokenFile file = map(path, channel, arena);
            arena = null;
            return file;
        } catch (NoSuchFileException e) {
            throw new DataException(path + ": no such file; run the stage that writes it again", e);
        } catch (IOException e) {
            throw new DataException(path + ": cannot be read: " + e.getMessage(), e);
        } finally {
            if (arena != null) {
                arena.close();
            }
        }
    }

    private static TokenFile map(Path path, FileChannel channel, Arena arena) throws IOException {
        MemorySegment all = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
        if (all.byteSize() < HEADER || all.asSlice(0, MAGIC.length).mismatch(MemorySegment.ofArray(MAGIC)) >= 0) {
            throw new DataException(path + ": not a file of token ids");
        }
        int version = all.get(INT, 8);
        if (version != VERSION) {
            throw new DataException(path + ": version " + version + " of the token file is "
                    + (version > VERSION ? "newer" : "older") + " than this program's " + VERSION
                    + "; delete it and run the stage again");
        }
        int width = all.get(INT, 12);
        long size = all.get(ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), 16);
        int vocabularySize = all.get(INT, 24);
        if (vocabularySize < 1
                || width != width(vocabularySize)
                || size < 0
                || size > (all.byteSize() - HEADER) / width
                || all.byteSize() != HEADER + size * width) {
            throw new DataException(path + ": damaged: " + all.byteSize() + " bytes do not hold " + size + " ids of "
                    + width + " bytes; delete it and run the stage again");
        }
        return new TokenFile(arena, all.asSlice(HEADER), width == 2, size, vocabularySize);
    }

    /** The number of ids. */
    public long size() {
        return size;
    }

    /** All ids are below this. */
    public int vocabularySize() {
        return vocabularySize;
    }

    /**
     * Copies ids.
     *
     * @param from the first id to copy
     * @param target takes them
     * @param offset where in the target to start
     * @param count how many
     * @throws IndexOutOfBoundsException if the file or the target has not that many
     */
    public void copy(long from, int[] target, int offset, int count) {
        if (from < 0 || count < 0 || from > size - count) {
            throw new IndexOutOfBoundsException("ids " + from + " to " + (from + count) + " of " + size);
        }
        for (int i = 0; i < count; i++) {
            target[offset + i] =
                    small ? Short.toUnsignedInt(ids.get(SHORT, 2 * (from + i))) : ids.get(INT, 4 * (from + i));
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
