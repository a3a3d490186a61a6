package io.bantam.trainer.functional;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

final class NormalFormWriterTest {
    @Test
    void aNewLineBeginsAsDeepAsTheOneBefore() {
        assertEquals("    ", NormalFormWriter.indentation("def f():\n    \"\"\"Text.\"\"\"\n"));
        assertEquals("\t", NormalFormWriter.indentation("def f():\n\tx = 1\n\n"));
        assertEquals("", NormalFormWriter.indentation("\"\"\"\nText.\n\"\"\"\n"));
        assertEquals("", NormalFormWriter.indentation("def f(x"));
        assertEquals("", NormalFormWriter.indentation(""));
    }
}
