package io.bantam.trainer.cli.commands;

import com.sun.management.OperatingSystemMXBean;
import io.bantam.trainer.cli.terminal.Bytes;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import oshi.SystemInfo;

/** What the doctor finds out about the machine: system, processor, memory, disk. */
final class MachineChecks {
    /** The quickstart was sized for this much. */
    private static final long WANTED_MEMORY = 6_000_000_000L;

    /** PyTorch's libraries, a build and a run of the quickstart. */
    private static final long WANTED_DISK = 3_000_000_000L;

    private MachineChecks() {}

    static List<Finding> all(Path runs, Path engineCache) {
        List<Finding> findings = new ArrayList<>();
        findings.add(system(System.getProperty("os.name"), System.getProperty("os.arch")));
        findings.add(processor());
        OperatingSystemMXBean machine = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        findings.add(memory(machine.getTotalMemorySize(), machine.getFreeMemorySize()));
        findings.add(disk("disk for runs", runs));
        findings.add(disk("disk for native libraries", engineCache));
        return findings;
    }

    static Finding system(String name, String architecture) {
        String state = name + " " + architecture;
        return name.equals("Linux") && architecture.equals("amd64")
                ? Finding.good("system", state)
                : Finding.bad("system", state, "the native libraries that the build fetches are for Linux on x86-64.");
    }

    private static Finding processor() {
        String name = new SystemInfo()
                .getHardware()
                .getProcessor()
                .getProcessorIdentifier()
                .getName();
        int cores = Runtime.getRuntime().availableProcessors();
        String state = cores + (cores == 1 ? " core of " : " cores of ") + name.strip();
        return cores >= 2
                ? Finding.good("processor", state)
                : Finding.poor("processor", state, "the times in the recipes are for 2 cores; expect twice of them.");
    }

    /** Checks the memory; both sizes are in bytes and respect a container's limits. */
    static Finding memory(long total, long free) {
        long heap = Runtime.getRuntime().maxMemory();
        String state =
                "%s, %s free, Java heap up to %s".formatted(Bytes.text(total), Bytes.text(free), Bytes.text(heap));
        if (total < WANTED_MEMORY) {
            return Finding.poor(
                    "memory",
                    state,
                    "the quickstart wants 6 GB; use smaller batches: --set stages.NAME.training.batchSize=4");
        }
        return Finding.good("memory", state);
    }

    private static Finding disk(String subject, Path folder) {
        Path existing = folder.toAbsolutePath();
        while (!Files.exists(existing)) {
            existing = existing.getParent();
        }
        if (!Files.isWritable(existing)) {
            return Finding.bad(subject, folder + " cannot be written", "give yourself the right to write there.");
        }
        try {
            FileStore store = Files.getFileStore(existing);
            String state = "%s free in %s".formatted(Bytes.text(store.getUsableSpace()), folder);
            return store.getUsableSpace() >= WANTED_DISK
                    ? Finding.good(subject, state)
                    : Finding.poor(subject, state, "about " + Bytes.text(WANTED_DISK) + " are wanted; free some.");
        } catch (IOException e) {
            return Finding.bad(subject, folder + " cannot be examined: " + e.getMessage(), "look at that disk.");
        }
    }
}
