package io.bantam.trainer.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Against a library of NVML's functions that is made here, of native code that calls back into this test. */
class NvmlCountersTest {
    private static final int NOT_SUPPORTED = 3;
    private static final int GPU_IS_LOST = 15;
    private static final long FIRST_CARD = 0x1000;

    private final Arena arena = Arena.ofShared();
    private final Map<String, MemorySegment> symbols = new HashMap<>();

    /** Millijoules of each card; negative: the card does not count. */
    private static final long[] ENERGY = {5_000, -1, 70_000};

    private static int initStatus;
    private static boolean lost;

    static int init() {
        return initStatus;
    }

    static int count(MemorySegment number) {
        number.reinterpret(4).set(ValueLayout.JAVA_INT, 0, ENERGY.length);
        return 0;
    }

    static int card(int index, MemorySegment handle) {
        handle.reinterpret(8).set(ValueLayout.ADDRESS, 0, MemorySegment.ofAddress(FIRST_CARD + index));
        return 0;
    }

    static int energy(MemorySegment device, MemorySegment millijoules) {
        int index = (int) (device.address() - FIRST_CARD);
        if (lost) {
            return GPU_IS_LOST;
        }
        if (ENERGY[index] < 0) {
            return NOT_SUPPORTED;
        }
        millijoules.reinterpret(8).set(ValueLayout.JAVA_LONG, 0, ENERGY[index]);
        return 0;
    }

    private SymbolLookup library() throws ReflectiveOperationException {
        initStatus = 0;
        lost = false;
        symbol("nvmlInit_v2", "init");
        symbol("nvmlDeviceGetCount_v2", "count", MemorySegment.class);
        symbol("nvmlDeviceGetHandleByIndex_v2", "card", int.class, MemorySegment.class);
        symbol("nvmlDeviceGetTotalEnergyConsumption", "energy", MemorySegment.class, MemorySegment.class);
        return name -> Optional.ofNullable(symbols.get(name));
    }

    private void symbol(String name, String method, Class<?>... arguments) throws ReflectiveOperationException {
        ValueLayout[] layouts = new ValueLayout[arguments.length];
        for (int i = 0; i < layouts.length; i++) {
            layouts[i] = arguments[i] == int.class ? ValueLayout.JAVA_INT : ValueLayout.ADDRESS;
        }
        symbols.put(
                name,
                Linker.nativeLinker()
                        .upcallStub(
                                MethodHandles.lookup()
                                        .findStatic(
                                                NvmlCountersTest.class,
                                                method,
                                                MethodType.methodType(int.class, arguments)),
                                FunctionDescriptor.of(ValueLayout.JAVA_INT, layouts),
                                arena));
    }

    @AfterEach
    void close() {
        ENERGY[0] = 5_000;
        arena.close();
    }

    @Test
    void cardsThatCountAreRead() throws ReflectiveOperationException, IOException {
        List<EnergyCounter> cards = NvmlCounters.of(library());
        assertEquals(2, cards.size());
        assertEquals(5_000_000, cards.get(0).read());
        assertEquals(70_000_000, cards.get(1).read());
    }

    @Test
    void theirEnergyIsAddedAndSaid() throws ReflectiveOperationException {
        EnergyProbe probe = EnergyProbe.of(Path.of("none"), NvmlCounters.of(library()), OptionalDouble.of(10), 1);
        try (EnergyProbe.Meter meter = probe.start()) {
            ENERGY[0] += 2_500;
            EnergyReading reading = meter.read();
            assertEquals(2.5 + 10 * reading.seconds(), reading.joules(), 1e-9);
            assertTrue(reading.estimate(), "the processor's part is one");
            assertEquals("estimate: 10 W declared x time, and NVML counters of 2 cards", reading.method());
            lost = true;
            assertFalse(meter.read().method().contains("NVML"), "a counter that goes away is not counted on");
        }
    }

    @Test
    void withoutDriverOrFunctionsThereIsNone() throws ReflectiveOperationException {
        assertEquals(List.of(), NvmlCounters.of(name -> Optional.empty()));
        SymbolLookup library = library();
        initStatus = 9; // the driver is not loaded
        assertEquals(List.of(), NvmlCounters.of(library));
        symbols.remove("nvmlDeviceGetTotalEnergyConsumption"); // a driver of before 2018
        initStatus = 0;
        assertEquals(List.of(), NvmlCounters.of(library));
    }
}
