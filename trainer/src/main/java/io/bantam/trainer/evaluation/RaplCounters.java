package io.bantam.trainer.evaluation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The energy counters of processor packages, as Linux shows them. */
final class RaplCounters {
    private RaplCounters() {}

    /**
     * Packages, and the memory counters below them; other parts of a package are already in its own number.
     *
     * @param powercap where Linux shows them
     * @return none where they are not, or cannot be read
     */
    static List<EnergyCounter> of(Path powercap) {
        if (!Files.isDirectory(powercap)) {
            return List.of();
        }
        List<EnergyCounter> counters = new ArrayList<>();
        try (Stream<Path> zones = Files.list(powercap)) {
            for (Path zone : zones.sorted().toList()) {
                String folder = zone.getFileName().toString();
                Path file = zone.resolve("energy_uj");
                if (!folder.matches("intel-rapl:\\d+(:\\d+)?") || !Files.isReadable(file)) {
                    continue;
                }
                String name = Files.readString(zone.resolve("name")).strip();
                boolean part = folder.indexOf(':') != folder.lastIndexOf(':');
                if (part ? name.equals("dram") : name.startsWith("package")) {
                    counters.add(new EnergyCounter(() -> number(file), number(zone.resolve("max_energy_range_uj"))));
                }
            }
        } catch (IOException e) {
            return List.of(); // a counter that cannot be read in full is as good as none
        }
        return counters;
    }

    private static long number(Path file) throws IOException {
        String text = Files.readString(file).strip();
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new IOException(file + ": no number: '" + text + "'", e);
        }
    }
}
