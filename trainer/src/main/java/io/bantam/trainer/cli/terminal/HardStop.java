package io.bantam.trainer.cli.terminal;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Ends the process at once when it is stopped while the tensor library computes. An ordinary end would unload the
 * library under its running threads, which shows as a crash of Java instead of a stop.
 */
public final class HardStop {
    /** Time, in milliseconds, that other shutdown hooks get for their last messages. */
    private static final long GRACE_MILLIS = 300;

    private static final AtomicBoolean WORKING = new AtomicBoolean();

    private HardStop() {}

    /** Installs the shutdown hook; to be called once, before the work. */
    public static void install() {
        WORKING.set(true);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            if (WORKING.get()) {
                endAtOnce();
            }
        }));
    }

    /** The work is done; the process may end as usual. */
    public static void over() {
        WORKING.set(false);
    }

    private static void endAtOnce() {
        try {
            Thread.sleep(GRACE_MILLIS);
            Linker linker = Linker.nativeLinker();
            MethodHandle exit = linker.downcallHandle(
                    linker.defaultLookup().findOrThrow("_exit"), FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT));
            exit.invokeExact(ExitCode.INTERRUPTED.number());
        } catch (Throwable unavailable) {
            // Then the process ends as usual.
        }
    }
}
