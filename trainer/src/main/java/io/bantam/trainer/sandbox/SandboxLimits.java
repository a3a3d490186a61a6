package io.bantam.trainer.sandbox;

/**
 * What one program may use.
 *
 * @param seconds of processor time, each process by itself; of wall clock {@value #WALL_FACTOR} times as many, so that
 *     a program that works passes on a busy machine too
 * @param memoryBytes address space of each process, and resident memory of all together
 * @param processes that may exist at a time, threads counted
 * @param diskBytes of the working folder, which lies in memory
 * @param fileBytes of one file
 * @param outputBytes that are read of its output before it is ended
 */
public record SandboxLimits(
        int seconds, long memoryBytes, int processes, long diskBytes, long fileBytes, int outputBytes) {
    static final int WALL_FACTOR = 5;

    private static final long MEBIBYTE = 1 << 20;

    /** 10 s of processor time, 1 GiB, 16 processes, 64 MiB of files of 16 MiB each, 1 MiB of output. */
    public static final SandboxLimits STANDARD =
            new SandboxLimits(10, 1024 * MEBIBYTE, 16, 64 * MEBIBYTE, 16 * MEBIBYTE, (int) MEBIBYTE);

    public SandboxLimits {
        atLeast("seconds", 1, seconds);
        atLeast("memoryBytes", 64 * MEBIBYTE, memoryBytes);
        atLeast("processes", 4, processes);
        atLeast("diskBytes", MEBIBYTE, diskBytes);
        atLeast("fileBytes", 1, fileBytes);
        atLeast("outputBytes", 1024, outputBytes);
    }

    /** Seconds of wall clock after which a program is ended. */
    public long wallSeconds() {
        return (long) WALL_FACTOR * seconds;
    }

    /** These limits with another time, in seconds. */
    public SandboxLimits withSeconds(int other) {
        return new SandboxLimits(other, memoryBytes, processes, diskBytes, fileBytes, outputBytes);
    }

    /** These limits with another memory, in bytes. */
    public SandboxLimits withMemoryBytes(long other) {
        return new SandboxLimits(seconds, other, processes, diskBytes, fileBytes, outputBytes);
    }

    private static void atLeast(String name, long least, long value) {
        if (value < least) {
            throw new IllegalArgumentException(name + " must be at least " + least + ", not " + value);
        }
    }
}
