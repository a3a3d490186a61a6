package io.bantam.trainer.cli.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

final class TerminalWidthTest {
    @Test
    void leavesTheLastColumnFree() {
        assertEquals(119, TerminalWidth.parse("25 120\n"));
    }

    @Test
    void takesAUsualWidthWhereTheTerminalDoesNotSay() {
        assertEquals(100, TerminalWidth.parse(""));
        assertEquals(100, TerminalWidth.parse("0 0"));
    }
}
