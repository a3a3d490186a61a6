package io.bantam.trainer.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.trainer.sandbox.SandboxResult.Outcome;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Hostile programs, in every isolation that this machine has. */
final class SandboxTest {
    private static final long MEBIBYTE = 1 << 20;
    private static final SandboxLimits SMALL =
            new SandboxLimits(10, 160 * MEBIBYTE, 12, 8 * MEBIBYTE, 2 * MEBIBYTE, 64 * 1024);
    private static final Map<Isolation, Sandbox> OPEN = new EnumMap<>(Isolation.class);

    @TempDir
    private Path folder;

    private static Sandbox sandbox(Isolation isolation) {
        return sandbox(isolation, SMALL);
    }

    private static Sandbox sandbox(Isolation isolation, SandboxLimits limits) {
        try {
            if (limits != SMALL) {
                return Sandbox.open(isolation, PythonInterpreter.find(""), limits);
            }
            return OPEN.computeIfAbsent(isolation, i -> Sandbox.open(i, PythonInterpreter.find(""), limits));
        } catch (SandboxException e) {
            return Assumptions.abort("no sandbox on this machine: " + e.getMessage());
        }
    }

    @AfterAll
    static void close() {
        OPEN.values().forEach(Sandbox::close);
        OPEN.clear();
    }

    private static void assertFails(String message, SandboxResult result) {
        assertEquals(Outcome.FAILED, result.outcome(), result.output());
        assertTrue(result.output().contains(message), result.output());
    }

    @ParameterizedTest
    @EnumSource
    void aProgramThatRunsToItsEndHasPassed(Isolation isolation) {
        SandboxResult result = sandbox(isolation).run("""
                from __future__ import annotations
                import dataclasses, math
                @dataclasses.dataclass
                class Point:
                    x: int
                assert Point(3).x == 3 and math.gcd(12, 18) == 6
                print("here \\u00e9")
                if __name__ == "__main__":
                    raise AssertionError("is no script")
                """);
        assertEquals(Outcome.PASSED, result.outcome(), result.output());
        assertEquals("here \u00e9", result.lastLine());
    }

    @ParameterizedTest
    @EnumSource
    void anExceptionOrAnEarlyEndIsNoSuccess(Isolation isolation) {
        assertFails("AssertionError: wrong", sandbox(isolation).run("assert 1 == 2, 'wrong'"));
        assertFails("SyntaxError", sandbox(isolation).run("def f(:"));
        assertEquals(
                Outcome.FAILED,
                sandbox(isolation).run("import sys; sys.exit(0)").outcome());
        assertEquals(
                Outcome.FAILED, sandbox(isolation).run("import os; os._exit(0)").outcome());
    }

    @ParameterizedTest
    @EnumSource
    void whatNeverEndsIsEnded(Isolation isolation) {
        try (Sandbox brief = sandbox(isolation, SMALL.withSeconds(1))) {
            assertEquals(Outcome.TIMED_OUT, brief.run("while True: pass").outcome());
            SandboxResult waiting = brief.run("import time; time.sleep(1.5)");
            assertEquals(Outcome.PASSED, waiting.outcome(), "only processor time is short");
            SandboxResult sleeping = brief.run("""
                    import signal, time
                    for number in range(1, 32):
                        try: signal.signal(number, signal.SIG_IGN)
                        except OSError: pass
                    time.sleep(1000)
                    """);
            assertEquals(Outcome.TIMED_OUT, sleeping.outcome());
            assertTrue(sleeping.seconds() < 10, sleeping.toString());
        }
    }

    @ParameterizedTest
    @EnumSource
    void aForkBombIsContainedAndLeavesNothing(Isolation isolation) throws InterruptedException {
        String mark = UUID.randomUUID().toString();
        try (Sandbox brief = sandbox(isolation, SMALL.withSeconds(1))) {
            SandboxResult result = brief.run("""
                    import os, sys, time
                    children, refused = 0, 0
                    while refused < 3:
                        try:
                            if os.fork() == 0:
                                os.setsid()
                                os.execv(sys.executable, [sys.executable, "-Sc", "import time; time.sleep(99)", "%s"])
                            children += 1
                        except OSError:
                            refused += 1
                    print("children", children, flush=True)
                    while True:
                        try: os.fork()
                        except OSError: time.sleep(0.01)
                    """.formatted(mark));
            assertEquals(Outcome.TIMED_OUT, result.outcome(), result.output());
            int children = Integer.parseInt(result.lastLine().split(" ")[1]);
            assertTrue(children < SMALL.processes(), result.output());
        }
        assertFalse(survives(mark), "children live on");
    }

    private static boolean survives(String mark) throws InterruptedException {
        for (int i = 0; i < 20; i++) {
            boolean found = ProcessHandle.allProcesses()
                    .anyMatch(p -> p.info().commandLine().orElse("").contains(mark));
            if (!found) {
                return false;
            }
            Thread.sleep(50); // the kernel ends a namespace's processes in its own time
        }
        return true;
    }

    @ParameterizedTest
    @EnumSource
    void theDiskCannotBeFilled(Isolation isolation) {
        assertFails("No space left on device", sandbox(isolation).run("""
                for i in range(100):
                    with open(f"file{i}", "wb") as file:
                        file.write(bytes(1 << 20))
                """));
        assertFails("File too large", sandbox(isolation).run("open('big', 'wb').write(bytes(3 << 20))"));
    }

    @ParameterizedTest
    @EnumSource
    void memoryIsBoundedForOneProcessAndForAllTogether(Isolation isolation) {
        assertFails("MemoryError", sandbox(isolation).run("x = bytearray(500 << 20)"));
        SandboxResult many = sandbox(isolation).run("""
                import os, time
                for i in range(6):
                    if os.fork() == 0:
                        break
                hoard = bytearray(60 << 20)
                for i in range(0, len(hoard), 4096):
                    hoard[i] = 1
                time.sleep(60)
                """);
        assertEquals(Outcome.OUT_OF_MEMORY, many.outcome(), many.output());
    }

    @ParameterizedTest
    @EnumSource
    void thereIsNoNetwork(Isolation isolation) throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            server.setSoTimeout(1);
            SandboxResult result = sandbox(isolation)
                    .run("import socket; socket.create_connection(('127.0.0.1', %d), 2)"
                            .formatted(server.getLocalPort()));
            assertEquals(Outcome.FAILED, result.outcome());
            assertThrows(java.net.SocketTimeoutException.class, server::accept, "somebody called");
        }
        assertFails("OSError", sandbox(isolation).run("""
                import socket
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 53))
                """));
    }

    @ParameterizedTest
    @EnumSource
    void nothingOutsideCanBeReadOrWritten(Isolation isolation) throws IOException {
        Path secret = Files.writeString(folder.resolve("secret.txt"), "secret");
        for (Path path : List.of(secret, Path.of("/etc/passwd"), Path.of("/proc/self/environ"))) {
            assertFails("No such file", sandbox(isolation).run("print(open('%s').read())".formatted(path)));
        }
        assertEquals("['LC_ALL', 'HOME', 'PATH']", environment(isolation));
        for (String path : List.of("/usr/written", "/written", "/dev/written")) {
            assertEquals(
                    Outcome.FAILED,
                    sandbox(isolation).run("open('%s', 'w')".formatted(path)).outcome(),
                    path);
        }
        SandboxResult first = sandbox(isolation).run("open('left.txt', 'w').write('x')");
        assertTrue(first.passed(), first.output());
        assertFails("No such file", sandbox(isolation).run("open('left.txt')"));
    }

    private static String environment(Isolation isolation) {
        return sandbox(isolation)
                .run("import os; print([n for n in ('USER', 'LC_ALL', 'HOME', 'JAVA_HOME', 'PATH') if n in"
                        + " os.environ])")
                .lastLine();
    }

    @ParameterizedTest
    @EnumSource
    void itsParentCannotBeKilled(Isolation isolation) {
        SandboxResult result =
                sandbox(isolation).run("""
                import os, signal
                for process in (os.getppid(), 1, -1, %d):
                    for number in (signal.SIGKILL, signal.SIGTERM):
                        try:
                            if process != 0:
                                os.kill(process, number)
                        except OSError:
                            pass
                print("still here")
                """.formatted(ProcessHandle.current().pid()));
        assertTrue(ProcessHandle.current().isAlive());
        assertTrue(result.passed() || result.outcome() == Outcome.FAILED, result.toString());
        assertTrue(sandbox(isolation).run("x = 1").passed(), "the next program runs as ever");
    }

    @ParameterizedTest
    @EnumSource
    void aFloodOfOutputIsCutOff(Isolation isolation) {
        SandboxResult result = sandbox(isolation).run("while True: print('x' * 10000)");
        assertEquals(Outcome.TOO_MUCH_OUTPUT, result.outcome());
        assertTrue(result.output().length() <= 4096);
        SandboxResult brief = sandbox(isolation).run("print('x' * 100000)");
        assertEquals(Outcome.TOO_MUCH_OUTPUT, brief.outcome());
    }

    @ParameterizedTest
    @EnumSource
    void privilegesCannotBeGained(Isolation isolation) {
        SandboxResult result = sandbox(isolation).run("""
                import ctypes, os
                libc = ctypes.CDLL(None, use_errno=True)
                assert libc.mount(b"none", b"/box", b"tmpfs", 0, None) != 0
                assert libc.chroot(b"/box") != 0
                try:
                    os.setuid(12345)
                except OSError:
                    pass
                else:
                    raise AssertionError("became another user")
                """);
        assertTrue(result.passed(), result.output());
    }

    @Test
    void withoutPythonThereIsOneClearLine() {
        SandboxException refused =
                assertThrows(SandboxException.class, () -> PythonInterpreter.find("/no/such/python"));
        assertTrue(refused.getMessage().startsWith("there is no Python '/no/such/python'"), refused.getMessage());
        assertTrue(refused.getMessage().contains("--python or BANTAM_PYTHON"), refused.getMessage());
    }

    @Test
    void whatIsNoPythonIsRefused() {
        SandboxException refused = assertThrows(SandboxException.class, () -> PythonInterpreter.find("/bin/true"));
        assertTrue(refused.getMessage().contains("is no Python 3"), refused.getMessage());
    }

    @Test
    void aMachineIsShortOfMemoryBelowThreeHundredths() {
        assertFalse(ProcessMemory.isShort(List.of("MemTotal: 1000 kB", "MemAvailable: 31 kB")));
        assertTrue(ProcessMemory.isShort(List.of("MemTotal: 1000 kB", "MemAvailable: 29 kB")));
        assertFalse(ProcessMemory.isShort(List.of()));
    }
}
