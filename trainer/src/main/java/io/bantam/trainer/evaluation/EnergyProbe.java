package io.bantam.trainer.evaluation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * Measures the energy of a piece of work: of the processor with its RAPL counters where Linux shows them and lets us
 * read them, else as declared power times time, which is then said to be an estimate; of NVIDIA's graphics cards with
 * NVML's counters, where the driver has them.
 *
 * <p>RAPL counts whole processor packages (and their memory where it has a counter of its own), NVML whole cards, so
 * other programs of the machine are included; disks and power supply losses are not. Counters wrap around after minutes
 * of load, therefore a {@link Meter} reads them every few seconds on a thread of its own until it is closed.
 */
public final class EnergyProbe {
    /** Where Linux shows the RAPL counters. */
    public static final Path POWERCAP = Path.of("/sys/class/powercap");

    /** Power that is assumed of a busy core when none is declared: about that of a server core of the 2020s. */
    public static final double ASSUMED_WATTS_PER_CORE = 10;

    private static final long READ_EVERY_MILLIS = 5_000;

    private final Group processor;
    private final Group cards;
    private final double watts;
    private final String estimateMethod;

    /** Counters of one kind. */
    private record Group(List<EnergyCounter> counters, String about) {}

    private EnergyProbe(List<EnergyCounter> processor, List<EnergyCounter> cards, double watts, String estimateMethod) {
        this.processor = new Group(processor, "RAPL counters of the whole processor, all programs included");
        this.cards = new Group(cards, "NVML counters of " + cards.size() + (cards.size() == 1 ? " card" : " cards"));
        this.watts = watts;
        this.estimateMethod = estimateMethod;
    }

    /**
     * Returns the best probe of this machine.
     *
     * @param declaredWatts power under load to assume where no counter can be read
     */
    public static EnergyProbe ofThisMachine(OptionalDouble declaredWatts) {
        return of(
                POWERCAP,
                NvmlCounters.ofThisMachine(),
                declaredWatts,
                Runtime.getRuntime().availableProcessors());
    }

    /** A probe of the processor alone. */
    static EnergyProbe of(Path powercap, OptionalDouble declaredWatts, int cores) {
        return of(powercap, List.of(), declaredWatts, cores);
    }

    static EnergyProbe of(Path powercap, List<EnergyCounter> cards, OptionalDouble declaredWatts, int cores) {
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
        return new EnergyProbe(RaplCounters.of(powercap), cards, watts, method);
    }

    /** Returns whether readings of the processor come from counters and not from an assumption. */
    public boolean measures() {
        return !processor.counters().isEmpty();
    }

    /** Returns in a few words where readings come from. */
    public String about() {
        String processorPart = measures() ? processor.about() : estimateMethod;
        return cards.counters().isEmpty() ? processorPart : processorPart + ", and " + cards.about();
    }

    /** Starts to measure. */
    public Meter start() {
        return new Meter();
    }

    /** Returns the estimate for work that took the given time; for work that ran in another process, say. */
    public EnergyReading estimate(double seconds) {
        return new EnergyReading(watts * seconds, seconds, true, estimateMethod);
    }

    /** The energy that the counters of a group have counted so far. */
    private static final class Count {
        private final Group group;
        private final long[] last;
        private double microjoules;
        private boolean broken;

        Count(Group group) {
            this.group = group;
            this.last = new long[group.counters().size()];
            for (int i = 0; i < last.length && !broken; i++) {
                try {
                    last[i] = group.counters().get(i).read();
                } catch (IOException e) {
                    broken = true;
                }
            }
        }

        boolean isComplete() {
            return last.length > 0 && !broken;
        }

        void advance() {
            for (int i = 0; i < last.length && !broken; i++) {
                EnergyCounter counter = group.counters().get(i);
                try {
                    long now = counter.read();
                    long grown = now - last[i];
                    microjoules += grown >= 0 ? grown : grown + counter.range();
                    last[i] = now;
                } catch (IOException e) {
                    broken = true;
                }
            }
        }
    }

    /** A running measurement. Reading it does not stop it; closing it does. */
    public final class Meter implements AutoCloseable {
        private final long startNanos = System.nanoTime();
        private final Count ofProcessor = new Count(processor);
        private final Count ofCards = new Count(cards);
        private final Thread reader;

        private Meter() {
            reader = processor.counters().isEmpty() && cards.counters().isEmpty()
                    ? null
                    : Thread.ofVirtual().name("energy-meter").start(this::keepReading);
        }

        /** Returns the energy since the start. */
        public synchronized EnergyReading read() {
            double seconds = (System.nanoTime() - startNanos) / 1e9;
            advance();
            EnergyReading reading = ofProcessor.isComplete()
                    ? new EnergyReading(ofProcessor.microjoules / 1e6, seconds, false, processor.about())
                    : estimate(seconds);
            if (!ofCards.isComplete()) {
                return reading;
            }
            return new EnergyReading(
                    reading.joules() + ofCards.microjoules / 1e6,
                    seconds,
                    reading.estimate(),
                    reading.method() + ", and " + cards.about());
        }

        private synchronized void advance() {
            ofProcessor.advance();
            ofCards.advance();
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
