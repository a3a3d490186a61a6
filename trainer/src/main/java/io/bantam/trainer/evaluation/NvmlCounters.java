package io.bantam.trainer.evaluation;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The energy counters of NVIDIA's graphics cards, by NVML ({@code libnvidia-ml.so.1}), which comes with the driver.
 * Cards older than Volta have none and are left out. Called through {@code java.lang.foreign}; the library stays loaded
 * until the process ends.
 */
final class NvmlCounters {
    private static final String LIBRARY = "libnvidia-ml.so.1";
    private static final int SUCCESS = 0;
    private static final long MICROJOULES_PER_MILLIJOULE = 1000;

    private final MethodHandle init;
    private final MethodHandle count;
    private final MethodHandle card;
    private final MethodHandle energy;

    private NvmlCounters(MethodHandle init, MethodHandle count, MethodHandle card, MethodHandle energy) {
        this.init = init;
        this.count = count;
        this.card = card;
        this.energy = energy;
    }

    /** The counters of this machine; none without a driver or a card that counts. */
    static List<EnergyCounter> ofThisMachine() {
        SymbolLookup library;
        try {
            library = SymbolLookup.libraryLookup(LIBRARY, Arena.global());
        } catch (IllegalArgumentException noDriver) {
            return List.of(); // the only way to ask whether a library is there
        }
        return of(library);
    }

    /** The counters that a library with NVML's functions gives. */
    static List<EnergyCounter> of(SymbolLookup library) {
        Optional<MethodHandle> init = function(library, "nvmlInit_v2");
        Optional<MethodHandle> count = function(library, "nvmlDeviceGetCount_v2", ValueLayout.ADDRESS);
        Optional<MethodHandle> card =
                function(library, "nvmlDeviceGetHandleByIndex_v2", ValueLayout.JAVA_INT, ValueLayout.ADDRESS);
        Optional<MethodHandle> energy =
                function(library, "nvmlDeviceGetTotalEnergyConsumption", ValueLayout.ADDRESS, ValueLayout.ADDRESS);
        if (init.isEmpty() || count.isEmpty() || card.isEmpty() || energy.isEmpty()) {
            return List.of();
        }
        return new NvmlCounters(init.get(), count.get(), card.get(), energy.get()).cards();
    }

    /** All of NVML's functions return a status. */
    private static Optional<MethodHandle> function(SymbolLookup library, String name, MemoryLayout... arguments) {
        return library.find(name)
                .map(address -> Linker.nativeLinker()
                        .downcallHandle(address, FunctionDescriptor.of(ValueLayout.JAVA_INT, arguments)));
    }

    private List<EnergyCounter> cards() {
        List<EnergyCounter> counters = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment number = arena.allocate(ValueLayout.JAVA_INT);
            if ((int) init.invoke() != SUCCESS || (int) count.invoke(number) != SUCCESS) {
                return List.of();
            }
            int cards = number.get(ValueLayout.JAVA_INT, 0);
            for (int i = 0; i < cards; i++) {
                MemorySegment handle = arena.allocate(ValueLayout.ADDRESS);
                if ((int) card.invoke(i, handle) == SUCCESS) {
                    MemorySegment device = handle.get(ValueLayout.ADDRESS, 0);
                    EnergyCounter counter = new EnergyCounter(() -> microjoules(device), Long.MAX_VALUE);
                    if (counts(counter)) {
                        counters.add(counter);
                    }
                }
            }
        } catch (Throwable problem) {
            throw unexpected(problem);
        }
        return counters;
    }

    private static boolean counts(EnergyCounter counter) {
        try {
            return counter.read() >= 0;
        } catch (IOException unsupported) {
            return false;
        }
    }

    private long microjoules(MemorySegment device) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment millijoules = arena.allocate(ValueLayout.JAVA_LONG);
            int status = (int) energy.invoke(device, millijoules);
            if (status != SUCCESS) {
                throw new IOException("NVML: the energy counter of a card gives status " + status);
            }
            return MICROJOULES_PER_MILLIJOULE * millijoules.get(ValueLayout.JAVA_LONG, 0);
        } catch (IOException unread) {
            throw unread;
        } catch (Throwable problem) {
            throw unexpected(problem);
        }
    }

    private static IllegalStateException unexpected(Throwable problem) {
        if (problem instanceof Error error) {
            throw error;
        }
        return new IllegalStateException("NVML could not be called", problem);
    }
}
