package io.bantam.trainer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Sha256Test {
    /** The first example of FIPS 180-2. */
    private static final String ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    @TempDir
    Path folder;

    @Test
    void bytesFilesAndPiecesGiveTheStandardsHash() throws IOException {
        assertEquals(ABC, Sha256.of("abc".getBytes(StandardCharsets.US_ASCII)));
        assertEquals(ABC, Sha256.of(Files.writeString(folder.resolve("abc"), "abc")));
        assertEquals(ABC, new Sha256().add("a").add("bc").hex());
    }

    @Test
    void partsAreToldApart() {
        assertNotEquals(
                new Sha256().addPart("a").addPart("bc").hex(),
                new Sha256().addPart("ab").addPart("c").hex());
    }
}
