package io.bantam.trainer.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.runtime.format.SafetensorsWriter;
import io.bantam.trainer.BantamException;
import io.bantam.trainer.hub.ModelLocation.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelLocationTest {

    @TempDir
    Path folder;

    @Test
    void tellsTheFourKindsByContent() throws IOException {
        Path stage = Files.createDirectories(folder.resolve("run/20-half"));
        Path export = Files.createDirectories(folder.resolve("run/50-export"));
        Files.writeString(folder.resolve("run/recipe.yaml"), "version: 1");
        Files.writeString(stage.resolve("stage.json"), "{}");
        Files.writeString(export.resolve("stage.json"), "{}");
        Files.writeString(stage.resolve("config.json"), "{}");
        Path packed = export.resolve("1W8A6L.any-name");
        safetensors(packed, "packed");
        safetensors(export.resolve("other.safetensors"), "no");
        Path hub = Files.createDirectories(folder.resolve("hub"));
        Files.writeString(hub.resolve("config.json"), "{}");

        assertEquals(Kind.RUN_FOLDER, ModelLocation.of(folder.resolve("run")).kind());
        assertEquals(Kind.STAGE_FOLDER, ModelLocation.of(stage).kind());
        assertEquals(Kind.HUGGING_FACE_FOLDER, ModelLocation.of(hub).kind());
        assertEquals(Kind.PACKED_FILE, ModelLocation.of(packed).kind());
        assertEquals(
                List.of(stage, export), ModelLocation.of(folder.resolve("run")).stageFolders());
        assertEquals(List.of(packed), ModelLocation.of(folder.resolve("run")).packedFiles());
        assertEquals(List.of(packed), ModelLocation.of(export).packedFiles());
        assertEquals(List.of(packed), ModelLocation.of(packed).packedFiles());
        assertEquals(List.of(), ModelLocation.of(hub).packedFiles());
    }

    @Test
    void saysWhatElseItIs() throws IOException {
        refused(folder.resolve("gone"), "there is no such file or folder");
        refused(Files.createDirectory(folder.resolve("empty")), "no model: the folder has no recipe.yaml");
        Path begun = Files.createDirectory(folder.resolve("begun"));
        Files.writeString(begun.resolve("recipe.yaml"), "version: 1");
        refused(begun, "no finished stage yet");
        refused(Files.writeString(folder.resolve("a.gguf"), "GGUF and more than nine bytes"), "a GGUF file");
        refused(Files.writeString(folder.resolve("a.bin"), "PK\u0003\u0004 and more"), "a PyTorch or zip file");
        refused(Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"gpt2\"}"), "a JSON file");
        refused(Files.writeString(folder.resolve("a.txt"), ""), "no packed model. Give");
        Path weights = folder.resolve("model.safetensors");
        safetensors(weights, null);
        var problem = assertThrows(IOException.class, () -> ModelLocation.of(weights));
        assertTrue(problem.getMessage().contains("safetensors weights, but no packed model"), problem.getMessage());
    }

    private static void refused(Path path, String message) {
        var problem = assertThrows(BantamException.class, () -> ModelLocation.of(path));
        assertTrue(problem.getMessage().contains(message), problem.getMessage());
        assertTrue(problem.getMessage().startsWith(path.toString()), problem.getMessage());
    }

    private static void safetensors(Path file, String format) throws IOException {
        var writer = new SafetensorsWriter().addFloats("x", new float[2], 2);
        if (format != null) {
            writer.metadata("bantam.format", format);
        }
        writer.write(file);
    }
}
