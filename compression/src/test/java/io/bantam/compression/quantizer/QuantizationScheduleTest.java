package io.bantam.compression.quantizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class QuantizationScheduleTest {
    private static final Quantizer BINARY = new BinaryQuantizer(Granularity.perRow());
    private static final Quantizer TERNARY = new TernaryQuantizer(Granularity.perTensor());

    @Test
    void immediateStartsWithTheTarget() {
        assertEquals(Optional.of(BINARY), QuantizationSchedule.immediate().quantizerAt(0, 7, BINARY));
        assertEquals(0, QuantizationSchedule.immediate().targetReachedAt(12, BINARY));
    }

    @Test
    void bitsFallOneByOneToTheTarget() {
        QuantizationSchedule schedule = new QuantizationSchedule(100, 4, 10, 0);
        assertEquals(Optional.empty(), schedule.quantizerAt(99, 0, BINARY));
        assertEquals(4, bits(schedule, 100, BINARY));
        assertEquals(4, bits(schedule, 109, BINARY));
        assertEquals(3, bits(schedule, 110, BINARY));
        assertEquals(
                Optional.of(new SymmetricQuantizer(2, Granularity.perRow())), schedule.quantizerAt(120, 0, BINARY));
        assertEquals(Optional.of(BINARY), schedule.quantizerAt(130, 0, BINARY));
        assertEquals(Optional.of(BINARY), schedule.quantizerAt(1_000_000_000_000L, 0, BINARY));
        assertEquals(130, schedule.targetReachedAt(12, BINARY));
        assertEquals(3, bits(schedule, 119, TERNARY));
        assertEquals(Optional.of(TERNARY), schedule.quantizerAt(120, 0, TERNARY));
        assertEquals(120, schedule.targetReachedAt(12, TERNARY));
    }

    @Test
    void layersStartOneAfterAnother() {
        QuantizationSchedule schedule = new QuantizationSchedule(10, 0, 0, 5);
        assertEquals(Optional.of(BINARY), schedule.quantizerAt(10, 0, BINARY));
        assertEquals(Optional.empty(), schedule.quantizerAt(14, 1, BINARY));
        assertEquals(Optional.of(BINARY), schedule.quantizerAt(15, 1, BINARY));
        assertEquals(65, schedule.targetReachedAt(12, BINARY));
    }

    @Test
    void startBitsBelowTheTargetGiveTheTarget() {
        Quantizer eight = new SymmetricQuantizer(8, Granularity.perRow());
        assertEquals(Optional.of(eight), new QuantizationSchedule(0, 4, 10, 0).quantizerAt(0, 0, eight));
    }

    @Test
    void everythingHasItsTargetByTheTargetStep() {
        for (boolean progressive : new boolean[] {false, true}) {
            for (int startBits : new int[] {0, 2, 8}) {
                QuantizationSchedule schedule = QuantizationSchedule.until(50, 200, startBits, progressive, 6, TERNARY);
                assertEquals(Optional.empty(), schedule.quantizerAt(49, 0, TERNARY));
                assertEquals(startBits == 8 ? 8 : 2, bits(schedule, 50, TERNARY));
                assertEquals(progressive, schedule.quantizerAt(50, 5, TERNARY).isEmpty());
                assertEquals(Optional.of(TERNARY), schedule.quantizerAt(200, 5, TERNARY));
            }
        }
        assertEquals(new QuantizationSchedule(0, 8, 10, 10), QuantizationSchedule.until(0, 119, 8, true, 6, TERNARY));
        String message = assertThrows(
                        IllegalArgumentException.class, () -> QuantizationSchedule.until(100, 110, 8, true, 6, TERNARY))
                .getMessage();
        assertEquals(
                "from step 100 to step 110 there is no room for 11 changes of width or layer;"
                        + " raise targetStep to at least 111",
                message);
    }

    @Test
    void impossibleSchedulesAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new QuantizationSchedule(-1, 0, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> new QuantizationSchedule(0, 9, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> new QuantizationSchedule(0, 8, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> new QuantizationSchedule(0, 8, 1, -1));
    }

    private static int bits(QuantizationSchedule schedule, long step, Quantizer target) {
        return schedule.quantizerAt(step, 0, target).orElseThrow().bits();
    }
}
