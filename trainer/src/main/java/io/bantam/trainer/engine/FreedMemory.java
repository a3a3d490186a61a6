package io.bantam.trainer.engine;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * What the C library keeps of the memory that the engine has freed. The launcher has it keep all, for the next step needs it again;
 * after a model is closed it would be half a gigabyte that nobody uses.
 */
public final class FreedMemory {
    private static final Optional<MethodHandle> TRIM = Linker.nativeLinker()
            .defaultLookup()
            .find("malloc_trim")
            .map(address -> Linker.nativeLinker()
                    .downcallHandle(address, FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG)));

    private FreedMemory() {}

    /** Gives it back to the system, where the C library is glibc. */
    public static void handBack() {
        TRIM.ifPresent(trim -> {
            try {
                int ignored = (int) trim.invokeExact(0L);
            } catch (Throwable impossible) {
                throw new IllegalStateException(impossible);
            }
        });
    }
}
