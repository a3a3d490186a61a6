package io.bantam.trainer.cli.terminal;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Takes the process's standard error back from the launcher, which filters it while Java starts. Done on the level of
 * file descriptors, so that native code and crash reports use the real one too.
 */
public final class StandardError {
    /** System property with the descriptor that the real standard error was left in. */
    private static final String PROPERTY = "bantam.stderr";

    private static final int STANDARD_ERROR = 2;

    private StandardError() {}

    public static void restore() {
        Integer saved = Integer.getInteger(PROPERTY);
        if (saved == null) {
            return;
        }
        Linker linker = Linker.nativeLinker();
        MethodHandle duplicate = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("dup2"),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        MethodHandle close = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("close"),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        try {
            int result = (int) duplicate.invokeExact((int) saved, STANDARD_ERROR);
            if (result == STANDARD_ERROR) {
                int ignored = (int) close.invokeExact((int) saved);
            }
        } catch (Throwable impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
