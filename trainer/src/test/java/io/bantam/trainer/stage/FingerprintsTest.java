package io.bantam.trainer.stage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FingerprintsTest {
    private static Path model(Path folder) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("config.json"), "{\"n_layer\": 2}");
        Files.writeString(folder.resolve("model.safetensors"), "weights");
        return folder;
    }

    @Test
    void partsAreKeptApart() {
        assertNotEquals(Fingerprints.of("ab", "c"), Fingerprints.of("a", "bc"));
        assertEquals(Fingerprints.of("ab", "c"), Fingerprints.of("ab", "c"));
    }

    @Test
    void aModelFolderMayMoveAndBeDescribed(@TempDir Path folder) throws IOException {
        String before = Fingerprints.ofFolder(model(folder.resolve("here")));
        Path moved = model(folder.resolve("there"));
        Files.writeString(moved.resolve("README.md"), "A model.");
        assertEquals(before, Fingerprints.ofFolder(moved));
    }

    @Test
    void anotherWeightIsAnotherModel(@TempDir Path folder) throws IOException {
        String before = Fingerprints.ofFolder(model(folder));
        Files.writeString(folder.resolve("model.safetensors"), "Weights");
        assertNotEquals(before, Fingerprints.ofFolder(folder));
        model(folder);
        Files.writeString(folder.resolve("merges.txt"), "");
        assertNotEquals(before, Fingerprints.ofFolder(folder), "a further file");
    }
}
