package io.bantam.trainer.stage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.runtime.format.DecoderConfig;
import io.bantam.trainer.model.TinyGpt2;
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
    void aFingerprintSaysHowItWasMade() {
        String fingerprint = Fingerprints.of("a");
        assertTrue(fingerprint.matches("v2:[0-9a-f]{64}"), fingerprint);
        assertEquals(fingerprint.substring(3, 15), Fingerprints.shortName(fingerprint));
        assertEquals(0, Fingerprints.compareVersion(fingerprint));
        assertEquals(0, Fingerprints.compareVersion(""));
        assertTrue(Fingerprints.compareVersion(fingerprint.substring(3)) < 0);
        assertTrue(Fingerprints.compareVersion(fingerprint.replace("v2", "v10")) > 0);
    }

    /** A teacher's cache names this hash: another one would make every cache useless. */
    @Test
    void theHashOfAModelStaysWhatItWas() {
        DecoderConfig config = TinyGpt2.config(11, 4, 4, 1, 1);
        ModelState model = ModelState.teacher(config, TinyGpt2.weights(config, 1));
        assertEquals("f18cad3cfea95a81fd038009cb2f568bca5f7f476b9ff2ff01ad66ec9085c5d7", Fingerprints.ofModel(model));
        DecoderConfig begun = new DecoderConfig(11, 4, 4, 12, 1, 1, 1e-5f, 0, -1, -1);
        assertNotEquals(Fingerprints.ofModel(model), Fingerprints.ofModel(ModelState.teacher(begun, model.weights())));
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
