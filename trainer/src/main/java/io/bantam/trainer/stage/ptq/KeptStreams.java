package io.bantam.trainer.stage.ptq;

import ai.djl.ndarray.NDArray;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Arrays of any shapes in a file of their own, float32, read back in the order in which they were kept. */
final class KeptStreams implements AutoCloseable {
    private final Path path;
    private final FileChannel channel;
    private long read;

    /** @param folder where the file lies until this is closed */
    KeptStreams(Path folder) throws IOException {
        Files.createDirectories(folder);
        this.path = Files.createTempFile(folder, "streams", ".tmp");
        this.channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    void keep(NDArray stream) throws IOException {
        ByteBuffer bytes = stream.toByteBuffer(true);
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** @param size how many values the array has that was kept after the one that was read last */
    float[] next(long size) throws IOException {
        ByteBuffer bytes =
                ByteBuffer.allocate(Math.toIntExact(size * Float.BYTES)).order(ByteOrder.nativeOrder());
        while (bytes.hasRemaining()) {
            int count = channel.read(bytes, read);
            if (count < 0) {
                throw new EOFException(path + ": ends early; is the disk full?");
            }
            read += count;
        }
        float[] values = new float[bytes.capacity() / Float.BYTES];
        bytes.flip().asFloatBuffer().get(values);
        return values;
    }

    /** Removes the file. */
    @Override
    public void close() throws IOException {
        channel.close();
        Files.deleteIfExists(path);
    }
}
