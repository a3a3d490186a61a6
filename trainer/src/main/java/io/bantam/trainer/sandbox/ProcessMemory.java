package io.bantam.trainer.sandbox;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Reads from Linux how much memory processes hold, and how much is left. */
final class ProcessMemory {
    private static final int PAGE_BYTES = 4096;
    private static final double LEAST_SHARE_LEFT = 0.03;

    private ProcessMemory() {}

    /** Returns the resident bytes of a process and of all below it; pages that they share count several times. */
    static long ofTree(ProcessHandle process) {
        return Stream.concat(Stream.of(process), process.descendants())
                .mapToLong(each -> resident(each.pid()))
                .sum();
    }

    private static long resident(long process) {
        try {
            String[] pages = Files.readString(Path.of("/proc", Long.toString(process), "statm"))
                    .split(" ");
            return Long.parseLong(pages[1]) * PAGE_BYTES;
        } catch (IOException e) {
            return 0; // it has ended
        }
    }

    /**
     * Returns whether the machine is about to run out of memory. Some memory belongs to no process, such as System V's
     * shared memory that is not attached; this stops a program that hoards it.
     */
    static boolean machineIsShort() {
        try {
            return isShort(Files.readAllLines(Path.of("/proc/meminfo")));
        } catch (IOException e) {
            return false;
        }
    }

    static boolean isShort(List<String> meminfo) {
        double total = value(meminfo, "MemTotal:");
        double available = value(meminfo, "MemAvailable:");
        return total > 0 && available >= 0 && available < total * LEAST_SHARE_LEFT;
    }

    private static double value(List<String> meminfo, String key) {
        return meminfo.stream()
                .filter(line -> line.startsWith(key))
                .mapToDouble(line -> Double.parseDouble(line.split("\\s+")[1]))
                .findFirst()
                .orElse(-1);
    }
}
