package io.bantam.trainer.evaluation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/**
 * Measures the energy of a piece of work: with the processor's RAPL counters where Linux shows them and lets us read
 * them, else as declared power times time, which is then said to be an estimate.
 *
 * <p>RAPL counts whole processor packages (and their memory where it has a counter of its own), so other programs of the
 * machine are included; graphics cards, disks and power supply losses are not. Counters wrap around after minutes of
 * load, therefore a {@link Meter} reads them every few seconds on a thread of its own until it is closed.
 */
public final class EnergyProbe {
    /** Where Linux shows the RAPL counters. */
    public static final Path POWERCAP = Path.of("/sys/class/powercap");

    /** Power that is assumed of a busy core when none is declared: about that of a server core of the 2020s. */
    public static final double ASSUMED_WATTS_PER_CORE = 10;

    private static final long READ_EVERY_MILLIS = 5_000;

    private final List<Counter> counters;
    private final double watts;
    private final String estimateMethod;

    /** One energy counter: a running number of microjoules that starts again from 0 after {@code range}. */
    private record Counter(Path file, long range) {
        long read() throws IOException {
            return Long.parseLong(Files.readString(file).strip());
        }
    }

    private EnergyProbe(List<Counter> counters, double watts, String estimateMethod) {
        this.counters = counters;
        this.watts = watts;
        this.estimateMethod = estimateMethod;
    }

    /**
     * Returns the best probe of this machine.
     *
     * @param declaredWatts power under load to assume where no counter can be read
     */
    public static EnergyProbe ofThisMachine(OptionalDouble declaredWatts) {
        return of(POWERCAP, declaredWatts, Runtime.getRuntime().availableProcessors());
    }

    static EnergyProbe of(Path powercap, OptionalDouble declaredWatts, int cores) {
        if (declaredWatts.isPresent() && !(declaredWatts.getAsDouble() > 0)) {
            throw new EvaluationException(
                    "declared power must be more than 0 watts, not " + declaredWatts.getAsDouble());
        }
        double watts = declaredWatts.orElse(ASSUMED_WATTS_PER_CORE * cores);
        String method = declaredWatts.isPresent()
                ? String.format(Locale.ROOT, "estimate: %.0f W declared x time", watts)
                : String.format(
                        Locale.ROOT,
                        "estimate: %.0f W assumed (%d cores x %.0f W) x time",
                        watts,
                        cores,
                        ASSUMED_WATTS_PER_CORE);
        return new EnergyProbe(counters(powercap), watts, method);
    }

    /** Returns whether readings come from counters and not from an assumption. */
    public boolean measures() {
        return !counters.isEmpty();
    }

    /** Starts to measure. */
    public Meter start() {
        return new Meter();
    }

    /** Returns the estimate for work that took the given time; for work that ran in another process, say. */
    public EnergyReading estimate(double seconds) {
        return new EnergyReading(watts * seconds, seconds, true, estimateMethod);
    }

    /** Packages, and the memory counters below them; other parts of a package are already in its own number. */
    private static List<Counter> counters(Path powercap) {
        if (!Files.isDirectory(powercap)) {
            return List.of();
        }
        List<Counter> counters = new ArrayList<>();
        try (Stream<Path> zones = Files.list(powercap)) {
            for (Path zone : zones.sorted().toList()) {
                String folder = zone.getFileName().toString();
                if (!folder.matches("intel-rapl:\\d+(:\\d+)?") || !Files.isReadable(zone.resolve("energy_uj"))) {
                    continue;
                }
                String name = Files.readString(zone.resolve("name")).strip();
                boolean part = folder.indexOf(':') != folder.lastIndexOf(':');
                if (part ? name.equals("dram") : name.startsWith("package")) {
                    long range = Long.parseLong(Files.readString(zone.resolve("max_energy_range_uj"))
                            .strip());
                    counters.add(new Counter(zone.resolve("energy_uj"), range));
                }
            }
        } catch (IOException | NumberFormatException e) {
            return List.of(); // a counter that cannot be read in full is as good as none
        }
        return counters;
    }

    /** A running measurement. Reading it does not stop it; closing it does. */
    public final class Meter implements AutoCloseable {
        private final long startNanos = System.nanoTime();
        private final long[] last = new long[counters.size()];
        private final Thread reader;
        private double microjoules;
        private boolean broken;

        private Meter() {
            for (int i = 0; i < last.length && !broken; i++) {
                try {
                    last[i] = counters.get(i).read();
                } catch (IOException | NumberFormatException e) {
                    broken = true;
                }
            }
            reader = counters.isEmpty()
                    ? null
                    : Thread.ofVirtual().name("energy-meter").start(this::keepReading);
        }

        /** Returns the energy since the start. */
        public synchronized EnergyReading read() {
            double seconds = (System.nanoTime() - startNanos) / 1e9;
            advance();
            if (counters.isEmpty() || broken) {
                return estimate(seconds);
            }
            return new EnergyReading(
                    microjoules / 1e6, seconds, false, "RAPL counters of the whole processor, all programs included");
        }

        private synchronized void advance() {
            for (int i = 0; i < last.length && !broken; i++) {
                try {
                    long now = counters.get(i).read();
                    long grown = now - last[i];
                    microjoules += grown >= 0 ? grown : grown + counters.get(i).range();
                    last[i] = now;
                } catch (IOException | NumberFormatException e) {
                    broken = true;
                }
            }
        }

        private void keepReading() {
            try {
                while (true) {
                    Thread.sleep(READ_EVERY_MILLIS);
                    advance();
                }
            } catch (InterruptedException e) {
                // closed
            }
        }

        @Override
        public void close() {
            if (reader != null) {
                reader.interrupt();
            }
        }
    }
}
