package io.bantam.trainer.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnergyProbeTest {
    @TempDir
    Path powercap;

    @Test
    void packagesAndMemoryAreAddedAndPartsOfAPackageAreNot() throws IOException {
        zone("intel-rapl:0", "package-0", 1_000_000);
        zone("intel-rapl:0:0", "core", 500_000);
        zone("intel-rapl:0:1", "dram", 7_000_000);
        zone("intel-rapl:1", "package-1", 2_000_000);
        zone("intel-rapl:2", "psys", 9_000_000);
        zone("intel-rapl-mmio:0", "package-0", 1_000_000);
        EnergyProbe probe = EnergyProbe.of(powercap, OptionalDouble.empty(), 2);
        assertTrue(probe.measures());
        try (EnergyProbe.Meter meter = probe.start()) {
            set("intel-rapl:0", 2_500_000);
            set("intel-rapl:0:0", 900_000);
            set("intel-rapl:0:1", 7_250_000);
            set("intel-rapl:1", 2_000_000);
            set("intel-rapl:2", 99_000_000);
            EnergyReading reading = meter.read();
            assertEquals(1.75, reading.joules(), 1e-9);
            assertFalse(reading.estimate());
            assertTrue(reading.method().startsWith("RAPL"), reading.method());
        }
    }

    @Test
    void aCounterThatStartsAgainIsFollowed() throws IOException {
        zone("intel-rapl:0", "package-0", 9_000_000);
        try (EnergyProbe.Meter meter =
                EnergyProbe.of(powercap, OptionalDouble.empty(), 2).start()) {
            set("intel-rapl:0", 9_900_000);
            assertEquals(0.9, meter.read().joules(), 1e-9);
            set("intel-rapl:0", 400_000);
            assertEquals(1.4, meter.read().joules(), 1e-9);
        }
    }

    @Test
    void withoutCountersPowerTimesTimeIsLabelledAnEstimate() throws IOException {
        EnergyProbe declared = EnergyProbe.of(powercap.resolve("none"), OptionalDouble.of(35), 2);
        assertFalse(declared.measures());
        EnergyReading reading = declared.estimate(10);
        assertEquals(350, reading.joules());
        assertTrue(reading.estimate());
        assertEquals("estimate: 35 W declared x time", reading.method());
        try (EnergyProbe.Meter meter =
                EnergyProbe.of(powercap, OptionalDouble.empty(), 2).start()) {
            EnergyReading assumed = meter.read();
            assertTrue(assumed.estimate());
            assertEquals(20 * assumed.seconds(), assumed.joules(), 1e-9);
            assertEquals("estimate: 20 W assumed (2 cores x 10 W) x time", assumed.method());
        }
        assertThrows(EvaluationException.class, () -> EnergyProbe.of(powercap, OptionalDouble.of(0), 2));
    }

    @Test
    void aCounterThatGoesAwayFallsBackToTheEstimate() throws IOException {
        zone("intel-rapl:0", "package-0", 5);
        try (EnergyProbe.Meter meter =
                EnergyProbe.of(powercap, OptionalDouble.of(5), 2).start()) {
            Files.delete(powercap.resolve("intel-rapl:0/energy_uj"));
            assertTrue(meter.read().estimate());
        }
    }

    private void zone(String folder, String name, long microjoules) throws IOException {
        Path zone = Files.createDirectories(powercap.resolve(folder));
        Files.writeString(zone.resolve("name"), name + "\n");
        Files.writeString(zone.resolve("max_energy_range_uj"), "10000000\n");
        set(folder, microjoules);
    }

    private void set(String folder, long microjoules) throws IOException {
        Files.writeString(powercap.resolve(folder).resolve("energy_uj"), microjoules + "\n");
    }
}
