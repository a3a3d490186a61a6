package io.bantam.trainer.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class FiguresTest {
    @Test
    void sizesHaveThreeDigits() {
        assertEquals("999 B", Figures.bytes(999));
        assertEquals("1.00 kB", Figures.bytes(1000));
        assertEquals("1.00 MB", Figures.bytes(999_999));
        assertEquals("19.7 MB", Figures.bytes(19_741_312));
        assertEquals("498 MB", Figures.bytes(497_800_000));
        assertEquals("4.93 M", Figures.count(4_931_328));
        assertEquals("124 M", Figures.count(124_400_000));
        assertEquals("17", Figures.count(17));
        assertEquals("19,741,312", Figures.grouped(19_741_312));
    }

    @Test
    void timesAndEnergies() {
        assertEquals("0 s", Figures.seconds(0));
        assertEquals("1.5 s", Figures.seconds(1.5));
        assertEquals("341 s", Figures.seconds(341));
        assertEquals("12 min", Figures.seconds(720));
        assertEquals("10.5 h", Figures.seconds(37_800));
        assertEquals("0 J", Figures.joules(0));
        assertEquals("7.34 kJ", Figures.joules(7_340));
    }

    @Test
    void scoresAndFactors() {
        assertEquals("17.9x", Figures.factor(17.878));
        assertEquals("120x", Figures.factor(120.4));
        assertEquals("0.0", Figures.one(-0.04));
        assertEquals("0.0", Figures.signed(-0.04));
        assertEquals("+1.5", Figures.signed(1.5));
        assertEquals("-1.5", Figures.signed(-1.5));
        assertEquals("1.58", Figures.bits(Math.log(3) / Math.log(2)));
        assertEquals("8", Figures.bits(8));
    }
}
