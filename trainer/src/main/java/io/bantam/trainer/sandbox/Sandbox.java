package io.bantam.trainer.sandbox;

import io.bantam.trainer.sandbox.SandboxResult.Outcome;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;

/**
 * Runs Python programs shut in by an {@link Isolation}, each in a new process with an empty working folder.
 *
 * <p>The kernel bounds each process, its processor time too; what no kernel limit bounds, the memory of all processes
 * together and the time that passes, is watched from outside. A program counts as passed when it has run to its end and
 * Python then left with code 0: it is told a random word only behind the program's back, and must give it back, so that
 * an early {@code exit(0)} is no success.
 *
 * <p>Safe for use by several threads. Closing it removes an empty folder.
 */
public final class Sandbox implements AutoCloseable {
    private static final long LOOK_EVERY_MILLIS = 25;
    private static final int SELF_TEST_SECONDS = 30;
    private static final int KEPT_OUTPUT = 4096;
    private static final int CPU_SIGNAL_EXIT = 128 + 24;

    /** The program is a module of its own, as an import would make it; it does not run its {@code __main__} part. */
    private static final String WRAPPER = """
            import os, sys, types
            def run(write=os.write):
                word, source = sys.stdin.buffer.readline(), sys.stdin.buffer.read()
                sys.stdin = open(os.devnull)
                module = sys.modules["program"] = types.ModuleType("program")
                exec(compile(source, "<program>", "exec"), module.__dict__)
                write(1, b"\\n" + word)
            run()
            """;

    /** Fails where a program can see or do what it must not. */
    private static final String SELF_TEST = """
            import os, socket
            assert os.getcwd() == "/box" and os.listdir(".") == []
            assert not any(os.path.exists(path) for path in ("/etc/passwd", "/proc", "/sys", "%s"))
            assert [name for _, name in socket.if_nameindex()] in ([], ["lo"])
            try:
                open("/written", "w")
            except OSError:
                pass
            else:
                raise AssertionError("the root is writable")
            """;

    private final Isolation isolation;
    private final PythonInterpreter python;
    private final SandboxLimits limits;
    private final Path root;
    private final SecureRandom random = new SecureRandom();

    private Sandbox(Isolation isolation, PythonInterpreter python, SandboxLimits limits) {
        this.isolation = isolation;
        this.python = python;
        this.limits = limits;
        try {
            this.root = Files.createTempDirectory("bantam-sandbox");
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make a folder for the sandbox", e);
        }
    }

    /**
     * Opens a sandbox with the best isolation that holds on this machine, after trying it.
     *
     * @throws SandboxException if none does, with what was tried
     */
    public static Sandbox open(PythonInterpreter python, SandboxLimits limits) {
        List<String> reasons = new ArrayList<>();
        for (Isolation isolation : Isolation.values()) {
            try {
                return open(isolation, python, limits);
            } catch (SandboxException e) {
                reasons.add(e.getMessage());
            }
        }
        throw new SandboxException("generated programs are not run, since this machine cannot shut them in: "
                + String.join("; ", reasons)
                + ". Install bubblewrap (Linux), or allow user namespaces to ordinary users.");
    }

    /**
     * Opens a sandbox with the given isolation.
     *
     * @throws SandboxException if it does not hold on this machine
     */
    static Sandbox open(Isolation isolation, PythonInterpreter python, SandboxLimits limits) {
        String missing = isolation.missing();
        if (!missing.isEmpty()) {
            throw new SandboxException(isolation + ": " + missing);
        }
        Sandbox sandbox = new Sandbox(isolation, python, limits);
        SandboxResult test =
                sandbox.run(SELF_TEST.formatted(sandbox.root), Math.max(limits.wallSeconds(), SELF_TEST_SECONDS));
        if (!test.passed()) {
            sandbox.close();
            throw new SandboxException(isolation + ": "
                    + (test.lastLine().isEmpty() ? "the self-test " + test.outcome() : test.lastLine()));
        }
        return sandbox;
    }

    /** Returns how programs are shut in. */
    public Isolation isolation() {
        return isolation;
    }

    /** Returns the interpreter that runs them. */
    public PythonInterpreter python() {
        return python;
    }

    /** Runs a program. Nothing that it does makes this method throw. */
    public SandboxResult run(String program) {
        return run(program, limits.wallSeconds());
    }

    private SandboxResult run(String program, long wallSeconds) {
        byte[] bytes = new byte[16];
        random.nextBytes(bytes);
        String word = HexFormat.of().formatHex(bytes);
        long start = System.nanoTime();
        Path input = null;
        try {
            input = Files.createTempFile("bantam-program", ".py");
            Files.write(input, (word + "\n" + program).getBytes(StandardCharsets.UTF_8));
            List<String> command = new ArrayList<>(isolation.command(python, limits, root));
            command.addAll(List.of(python.executable().toString(), "-I", "-B", "-c", WRAPPER));
            ProcessBuilder builder =
                    new ProcessBuilder(command).redirectErrorStream(true).redirectInput(input.toFile());
            builder.environment().clear();
            builder.environment().put("PATH", Isolation.PATH);
            builder.environment().put("HOME", "/box");
            builder.environment().put("LC_ALL", "C.UTF-8");
            // Libraries of numbers would take a thread a processor, each with its own address space.
            builder.environment().put("OMP_NUM_THREADS", "1");
            builder.environment().put("OPENBLAS_NUM_THREADS", "1");
            Process process = builder.start();
            Output output = new Output(process.getInputStream());
            Outcome outcome;
            try {
                outcome = watch(process, output, start + TimeUnit.SECONDS.toNanos(wallSeconds));
            } finally {
                end(process);
            }
            String text = output.text();
            if (outcome == Outcome.PASSED && (process.exitValue() != 0 || !text.contains(word))) {
                outcome = process.exitValue() == CPU_SIGNAL_EXIT ? Outcome.TIMED_OUT : Outcome.FAILED;
            }
            String shown = text.replace(word, "");
            return new SandboxResult(
                    outcome,
                    shown.substring(Math.max(0, shown.length() - KEPT_OUTPUT)),
                    (System.nanoTime() - start) / 1e9);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start a program in the sandbox", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("running a program was interrupted");
        } finally {
            delete(input);
        }
    }

    /** Waits for the end of a process or for a bound; {@code PASSED} means that it ended by itself. */
    private Outcome watch(Process process, Output output, long end) throws InterruptedException {
        while (!process.waitFor(LOOK_EVERY_MILLIS, TimeUnit.MILLISECONDS)) {
            if (System.nanoTime() > end) {
                return Outcome.TIMED_OUT;
            }
            if (output.length() > limits.outputBytes()) {
                return Outcome.TOO_MUCH_OUTPUT;
            }
            if (ProcessMemory.ofTree(process.toHandle()) > limits.memoryBytes() || ProcessMemory.machineIsShort()) {
                return Outcome.OUT_OF_MEMORY;
            }
        }
        output.finish();
        return output.length() > limits.outputBytes() ? Outcome.TOO_MUCH_OUTPUT : Outcome.PASSED;
    }

    /** The outer process takes the namespace's process 1 with it, and the kernel then ends all that is in there. */
    private static void end(Process process) throws InterruptedException {
        process.destroyForcibly();
        process.waitFor();
    }

    private static void delete(Path file) {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            file.toFile().deleteOnExit(); // a small leftover in the temporary folder is no reason to fail
        }
    }

    /** Removes the folder that was the sandbox's root. */
    @Override
    public void close() {
        delete(root);
    }

    /** Reads what a process prints: all of it, so that it never waits, but keeps only as much as is allowed. */
    private final class Output {
        private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
        private final Thread reader;
        private volatile long length;

        Output(InputStream stream) {
            reader = Thread.ofVirtual().start(() -> read(stream));
        }

        private void read(InputStream stream) {
            byte[] buffer = new byte[8192];
            try (stream) {
                for (int count = stream.read(buffer); count >= 0; count = stream.read(buffer)) {
                    synchronized (kept) {
                        kept.write(buffer, 0, (int) Math.min(count, Math.max(0, limits.outputBytes() - length)));
                    }
                    length += count;
                }
            } catch (IOException e) {
                // The pipe is closed under the reader when the process is ended.
            }
        }

        long length() {
            return length;
        }

        /**
         * Waits for what is still in the pipe. A process that outlives its own end holds it open for no longer than
         * this.
         */
        void finish() throws InterruptedException {
            reader.join(1000);
        }

        String text() {
            synchronized (kept) {
                return kept.toString(StandardCharsets.UTF_8);
            }
        }
    }
}
