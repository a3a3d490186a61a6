package io.bantam.trainer.cli.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.trainer.cli.Shell;
import io.bantam.trainer.cli.commands.Finding.Health;
import io.bantam.trainer.cli.terminal.ExitCode;
import org.junit.jupiter.api.Test;

final class DoctorCommandTest {
    @Test
    void thisMachineCanRunBantam() {
        Shell shell = new Shell().run("doctor");
        assertEquals(ExitCode.OK, shell.code(), shell.out());
        assertTrue(shell.out().contains("PyTorch"), shell.out());
    }

    @Test
    void anOlderJavaIsAProblemWithAdvice() {
        Finding finding = SoftwareChecks.java(17, "/usr/lib/jvm/java-17");
        assertEquals(Health.BAD, finding.health());
        assertTrue(finding.advice().orElseThrow().contains("./bantam"));
    }

    @Test
    void littleMemoryIsAWarning() {
        assertEquals(Health.POOR, MachineChecks.memory(4_000_000_000L, 1).health());
        assertEquals(Health.GOOD, MachineChecks.memory(6_200_000_000L, 1).health());
    }

    @Test
    void anotherProcessorFamilyIsAProblem() {
        assertEquals(Health.BAD, MachineChecks.system("Linux", "aarch64").health());
        assertEquals(Health.GOOD, MachineChecks.system("Linux", "amd64").health());
    }
}
