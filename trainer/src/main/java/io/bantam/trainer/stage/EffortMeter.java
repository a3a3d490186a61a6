package io.bantam.trainer.stage;

import io.bantam.trainer.distill.Tally;
import io.bantam.trainer.evaluation.EnergyProbe;
import io.bantam.trainer.evaluation.EnergyReading;
import java.util.Map;

/**
 * Time and energy of one stage over all its sittings: those of this sitting are measured, those of earlier ones come
 * from the checkpoint that the stage goes on from. What a killed sitting did after its last checkpoint is lost, like
 * its work.
 */
public final class EffortMeter implements Tally, AutoCloseable {
    private static final String SECONDS = "seconds";
    private static final String JOULES = "joules";
    private static final String ESTIMATED = "joulesEstimated";

    private final EnergyProbe.Meter meter;
    private Map<String, Double> earlier = Map.of();

    public EffortMeter(EnergyProbe probe) {
        this.meter = probe.start();
    }

    /** Returns time and energy of all sittings; an estimate if that of any sitting is one. */
    public EnergyReading read() {
        EnergyReading now = meter.read();
        return new EnergyReading(
                now.joules() + earlier.getOrDefault(JOULES, 0.0),
                now.seconds() + earlier.getOrDefault(SECONDS, 0.0),
                now.estimate() || earlier.getOrDefault(ESTIMATED, 0.0) > 0,
                now.method());
    }

    @Override
    public Map<String, Double> sums() {
        EnergyReading all = read();
        return Map.of(SECONDS, all.seconds(), JOULES, all.joules(), ESTIMATED, all.estimate() ? 1.0 : 0.0);
    }

    @Override
    public void restore(Map<String, Double> sums) {
        earlier = Map.copyOf(sums);
    }

    @Override
    public void close() {
        meter.close();
    }
}
