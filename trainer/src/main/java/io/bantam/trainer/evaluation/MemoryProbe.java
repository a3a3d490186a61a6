package io.bantam.trainer.evaluation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** Reads the largest resident memory that a Linux process has had. */
public final class MemoryProbe {
    private static final Path OWN_STATUS = Path.of("/proc/self/status");

    private MemoryProbe() {}

    /** Returns the peak of this process in bytes, Java's own memory included; empty where the system does not say. */
    public static OptionalLong peakResidentBytes() {
        return peakResidentBytes(OWN_STATUS);
    }

    static OptionalLong peakResidentBytes(Path status) {
        if (!Files.isReadable(status)) {
            return OptionalLong.empty();
        }
        try {
            for (String line : Files.readAllLines(status)) {
                if (line.startsWith("VmHWM:")) {
                    String[] parts = line.strip().split("\\s+");
                    if (parts.length == 3 && parts[2].equals("kB")) {
                        return OptionalLong.of(Long.parseLong(parts[1]) * 1024);
                    }
                }
            }
            return OptionalLong.empty();
        } catch (IOException | NumberFormatException e) {
            return OptionalLong.empty();
        }
    }
}
