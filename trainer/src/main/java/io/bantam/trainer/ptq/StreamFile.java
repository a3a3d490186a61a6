package io.bantam.trainer.ptq;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.bantam.trainer.model.DecoderBlock;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * The residual streams of the calibration sequences between two parts of a model, in a file, so that their number is
 * not bound by the memory. Batches have one shape, {@code [batch, tokens, width]} float32, but for fewer sequences in
 * the last.
 */
public final class StreamFile implements AutoCloseable {
    private final Path path;
    private final FileChannel channel;
    private final Shape[] shapes;
    private final long[] offsets;
    private boolean empty = true;

    /** @param shapes of the batches */
    public StreamFile(Path path, Shape[] shapes) throws IOException {
        this.path = path;
        this.shapes = shapes.clone();
        this.offsets = new long[shapes.length];
        for (int i = 1; i < shapes.length; i++) {
            offsets[i] = offsets[i - 1] + shapes[i - 1].size() * Float.BYTES;
        }
        Files.createDirectories(path.getParent());
        this.channel = FileChannel.open(
                path,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE);
    }

    /** An empty file for as many batches of other features. */
    public StreamFile another(Path file, int features) throws IOException {
        Shape[] others = new Shape[shapes.length];
        for (int i = 0; i < others.length; i++) {
            others[i] = new Shape(shapes[i].get(0), shapes[i].get(1), features);
        }
        return new StreamFile(file, others);
    }

    /** Bytes of all batches. */
    public long bytes() {
        int last = shapes.length - 1;
        return offsets[last] + shapes[last].size() * Float.BYTES;
    }

    /** Whether nothing has been written yet. */
    public boolean isEmpty() {
        return empty;
    }

    /**
     * Forgets all batches. The file stays as long as it is: to write it again takes a thirtieth of the time of a new
     * one.
     */
    public void clear() {
        empty = true;
    }

    public int batches() {
        return shapes.length;
    }

    public void write(int batch, NDArray stream) throws IOException {
        empty = false;
        ByteBuffer bytes = stream.toByteBuffer(true);
        long at = offsets[batch];
        while (bytes.hasRemaining()) {
            at += channel.write(bytes, at);
        }
    }

    /**
     * A batch. On the processor it is the file's pages and not a copy: what is written to the batch later shows in it.
     *
     * @param scope owner of the array and its pages; to be closed by the thread that asks for it
     */
    public NDArray read(NDManager scope, int batch) throws IOException {
        long bytes = shapes[batch].size() * Float.BYTES;
        if (channel.size() < offsets[batch] + bytes) {
            throw new IOException(path + ": ends early; is the disk full?");
        }
        Arena pages = Arena.ofConfined();
        scope.attachInternal(UUID.randomUUID().toString(), pages);
        MemorySegment segment = channel.map(FileChannel.MapMode.PRIVATE, offsets[batch], bytes, pages);
        return scope.create(segment.asByteBuffer().order(ByteOrder.nativeOrder()), shapes[batch], DataType.FLOAT32);
    }

    /**
     * How far what a block makes of these streams is from what is wanted: the mean squared errors of all batches,
     * summed.
     *
     * @param wanted batches of the same shapes
     */
    public double error(NDManager manager, DecoderBlock block, StreamFile wanted) throws IOException {
        double error = 0;
        for (int batch = 0; batch < batches(); batch++) {
            try (NDManager scope = manager.newSubManager()) {
                error += block.error(scope, read(scope, batch), wanted.read(scope, batch));
            }
        }
        return error;
    }

    /** Removes the file. */
    @Override
    public void close() throws IOException {
        channel.close();
        Files.deleteIfExists(path);
    }
}
