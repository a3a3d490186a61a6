package io.bantam.trainer.stage;

import java.util.Locale;
import oshi.SystemInfo;
import oshi.hardware.HardwareAbstractionLayer;

/**
 * What produced a result.
 *
 * @param hardware processor, cores and memory in one line
 * @param commit the program's version and commit
 */
public record RunOrigin(String hardware, String commit) {
    /** Looks at this machine. */
    public static RunOrigin ofThisMachine(String commit) {
        HardwareAbstractionLayer hardware = new SystemInfo().getHardware();
        String line = "%s, %d cores, %.0f GiB"
                .formatted(
                        hardware.getProcessor()
                                .getProcessorIdentifier()
                                .getName()
                                .strip(),
                        Runtime.getRuntime().availableProcessors(),
                        hardware.getMemory().getTotal() / 0x1p30);
        return new RunOrigin(line.formatted(Locale.ROOT), commit);
    }
}
