package io.bantam.runtime.format;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Maps files that are checked as they are opened. */
final class MappedFile {
    private MappedFile() {}

    /** Makes a reader of a mapped file. */
    @FunctionalInterface
    interface Opener<T> {
        /**
         * Makes the reader.
         *
         * @param arena the reader's from now on: closing it unmaps the file
         * @param file the whole file
         * @throws FormatException if the file is not sound
         */
        T open(Arena arena, MemorySegment file) throws IOException;
    }

    /** Maps a file, and unmaps it again if it is not sound. */
    static <T> T open(Path path, Opener<T> opener) throws IOException {
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            return opener.open(arena, channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena));
        } catch (Throwable problem) {
            arena.close();
            throw problem;
        }
    }

    /** Maps a file for as long as it, or a part of it, is in use. */
    static MemorySegment map(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
        }
    }
}
