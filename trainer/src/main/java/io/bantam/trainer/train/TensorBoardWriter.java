package io.bantam.trainer.train;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * Writes scalars as TensorBoard event files: {@code events.out.tfevents.<seconds>.<host>}, a new file for every
 * opening.
 *
 * <p>A file is a row of TFRecords: length (uint64), masked CRC32C of the length (uint32), data, masked CRC32C of the
 * data (uint32), all little-endian, where {@code masked = rotateRight(crc, 15) + 0xa282ead8}. The data of each is a
 * protobuf {@code Event} (tensorflow/core/util/event.proto): 1 wall_time (double, seconds), 2 step (int64), 3
 * file_version (string), 5 summary, 7 session_log (1 status: 1 START). A {@code Summary} repeats field 1, a value with
 * 1 tag (string) and 2 simple_value (float). The first event names the version; the second, a session's start, makes
 * TensorBoard forget what an interrupted training wrote of this step and later ones.
 */
final class TensorBoardWriter implements AutoCloseable {
    private static final String PREFIX = "events.out.tfevents.";
    private static final int MASK_DELTA = 0xa282ead8;
    private static final int VARINT = 0;
    private static final int EIGHT_BYTES = 1;
    private static final int DELIMITED = 2;
    private static final int FOUR_BYTES = 5;

    private final FileChannel channel;

    private TensorBoardWriter(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Starts a new file, later by name than those already in the folder.
     *
     * @param folder of the event files; must exist
     * @param nextStep first step that will be written
     */
    static TensorBoardWriter open(Path folder, long nextStep) throws IOException {
        FileChannel channel = FileChannel.open(unused(folder), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        TensorBoardWriter writer = new TensorBoardWriter(channel);
        Message version = new Message().doubleField(1, now()).bytesField(3, "brain.Event:2");
        Message sessionStart =
                new Message().doubleField(1, now()).longField(2, nextStep).bytesField(7, new Message().longField(1, 1));
        writer.write(version);
        writer.write(sessionStart);
        return writer;
    }

    /** Writes the values of a step, by tag. The file is complete after every call. */
    void write(long step, Map<String, ? extends Number> values) throws IOException {
        Message summary = new Message();
        values.forEach((tag, value) ->
                summary.bytesField(1, new Message().bytesField(1, tag).floatField(2, value.floatValue())));
        write(new Message().doubleField(1, now()).longField(2, step).bytesField(5, summary));
    }

    private void write(Message event) throws IOException {
        byte[] data = event.bytes();
        ByteBuffer record = ByteBuffer.allocate(16 + data.length).order(ByteOrder.LITTLE_ENDIAN);
        record.putLong(data.length);
        record.putInt(maskedCrc(record.array(), 0, Long.BYTES));
        record.put(data);
        record.putInt(maskedCrc(data, 0, data.length));
        record.flip();
        while (record.hasRemaining()) {
            channel.write(record);
        }
    }

    private static int maskedCrc(byte[] bytes, int from, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, from, length);
        return Integer.rotateRight((int) crc.getValue(), 15) + MASK_DELTA;
    }

    private static double now() {
        return System.currentTimeMillis() / 1000.0;
    }

    /** TensorBoard reads the files of a folder in the order of their names, so a second of its own for each. */
    private static Path unused(Path folder) throws IOException {
        String host = host();
        long seconds = System.currentTimeMillis() / 1000;
        while (true) {
            Path file = folder.resolve("%s%010d.%s".formatted(PREFIX, seconds, host));
            if (Files.notExists(file)) {
                return file;
            }
            seconds++;
        }
    }

    /** The kernel's name for this machine: unlike InetAddress it asks no name server. */
    private static String host() throws IOException {
        Path name = Path.of("/proc/sys/kernel/hostname");
        String host = Files.isReadable(name) ? Files.readString(name).strip() : "";
        return host.matches("[A-Za-z0-9.-]+") ? host : "localhost";
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    /** A protobuf message being encoded. */
    private static final class Message {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        Message doubleField(int field, double value) {
            key(field, EIGHT_BYTES);
            out.writeBytes(ByteBuffer.allocate(Double.BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putDouble(value)
                    .array());
            return this;
        }

        Message floatField(int field, float value) {
            key(field, FOUR_BYTES);
            out.writeBytes(ByteBuffer.allocate(Float.BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putFloat(value)
                    .array());
            return this;
        }

        Message longField(int field, long value) {
            key(field, VARINT);
            varint(value);
            return this;
        }

        Message bytesField(int field, String value) {
            return bytesField(field, value.getBytes(StandardCharsets.UTF_8));
        }

        Message bytesField(int field, Message value) {
            return bytesField(field, value.bytes());
        }

        private Message bytesField(int field, byte[] value) {
            key(field, DELIMITED);
            varint(value.length);
            out.writeBytes(value);
            return this;
        }

        private void key(int field, int wireType) {
            varint((long) field << 3 | wireType);
        }

        private void varint(long value) {
            long rest = value;
            while ((rest & ~0x7fL) != 0) {
                out.write((int) (rest & 0x7f | 0x80));
                rest >>>= 7;
            }
            out.write((int) rest);
        }

        byte[] bytes() {
            return out.toByteArray();
        }
    }
}
