package io.bantam.trainer.engine;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * What the C library keeps of the memory that the engine has freed. The launcher has it keep all, for the next step
 * needs it again; after a model is closed it would be half a gigabyte that nobody uses. And where a small array of long
 * life comes to lie in the place of a large one, that place is lost to the next large one: with one batch after the
 * other it can become much.
 *
 * <p>Does nothing where the C library is not glibc. Not thread-safe.
 */
public final class FreedMemory {
    /** {@code struct mallinfo2}, glibc's {@code malloc.h}: ten sizes. */
    private static final StructLayout MALLINFO =
            MemoryLayout.structLayout(MemoryLayout.sequenceLayout(10, ValueLayout.JAVA_LONG));
    /** Bytes of these that lie in free chunks. */
    private static final int FREE = 8;

    private static final Optional<MethodHandle> TRIM =
            function("malloc_trim", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG));
    private static final Optional<MethodHandle> INFO = function("mallinfo2", FunctionDescriptor.of(MALLINFO));

    private final long most;
    /** What was kept after it was given back the last time, or less. */
    private long base = Long.MAX_VALUE;

    /** @param most bytes that may be kept beyond what was after memory was given back */
    public FreedMemory(long most) {
        this.most = most;
    }

    /** Gives freed memory back to the system if it has become too much. */
    public void limit() {
        long kept = kept();
        base = Math.min(base, kept);
        if (kept - base > most) {
            handBack();
            base = kept();
        }
    }

    /** Gives all freed memory back to the system. */
    public static void handBack() {
        TRIM.ifPresent(trim -> {
            try {
                int ignored = (int) trim.invokeExact(0L);
            } catch (Throwable impossible) {
                throw new IllegalStateException(impossible);
            }
        });
    }

    /** Bytes of freed memory that the C library knows, whether the system has them back or not. */
    static long kept() {
        if (INFO.isEmpty()) {
            return 0;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = (MemorySegment) INFO.get().invokeExact((SegmentAllocator) arena);
            return info.getAtIndex(ValueLayout.JAVA_LONG, FREE);
        } catch (Throwable impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static Optional<MethodHandle> function(String name, FunctionDescriptor descriptor) {
        Linker linker = Linker.nativeLinker();
        return linker.defaultLookup().find(name).map(address -> linker.downcallHandle(address, descriptor));
    }
}
