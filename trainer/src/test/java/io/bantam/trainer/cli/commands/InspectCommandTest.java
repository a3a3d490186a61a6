package io.bantam.trainer.cli.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.DType;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.FloatTensor;
import io.bantam.runtime.format.ModelTensor;
import io.bantam.runtime.format.PackedFile;
import io.bantam.runtime.format.PackedTensor;
import io.bantam.runtime.format.SafetensorsWriter;
import io.bantam.runtime.format.Scheme;
import io.bantam.trainer.cli.Shell;
import io.bantam.trainer.cli.terminal.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class InspectCommandTest {
    @TempDir
    private Path folder;

    /** A model of one layer whose first linear is binary with one scale a row. */
    private Path packedModel() throws IOException {
        DecoderConfig config = new DecoderConfig(11, 7, 8, 32, 1, 2, 1e-5f, 0, 1, -1);
        Map<String, ModelTensor> tensors = new LinkedHashMap<>();
        config.shapes().forEach((name, shape) -> {
            int count = shape.stream().reduce(1, (a, b) -> a * b);
            tensors.put(name, new FloatTensor(DType.F32, shape, new float[count]));
        });
        int[] codes = new int[24 * 8];
        Arrays.fill(codes, 1);
        tensors.put(
                "h.0.attn.c_attn.weight",
                PackedTensor.pack(Scheme.BINARY, 1, 24, 8, 8, codes, new float[24], new float[0]));
        Path file = folder.resolve("model.bantam");
        PackedFile.write(file, config, ActivationQuantization.dynamic(8, true), tensors, new byte[] {'{', '}'});
        return file;
    }

    @Test
    void showsBitsPerWeightWithTheScales() throws IOException {
        Shell shell = new Shell().run("inspect", packedModel().toString());
        assertEquals(ExitCode.OK, shell.code(), shell.err());
        // 24 rows of 8 weights: a byte of codes a row, in a tile of 64 rows, and two of a scale that float16 holds; 112
        // bytes for 192 weights.
        assertTrue(
                shell.out()
                        .lines()
                        .anyMatch(line ->
                                line.matches("h\\.0\\.attn\\.c_attn\\.weight +24 x 8 +binary per row +4\\.667 +112")),
                shell.out());
        assertTrue(shell.out().contains("activations of 8 bits, symmetric, one range per token"), shell.out());
        assertTrue(shell.out().lines().anyMatch(line -> line.matches("tokenizer\\.json +2 +text +- +2")), shell.out());
    }

    @Test
    void totalsAreThoseOfTheFile() throws IOException {
        Path file = packedModel();
        String last = new Shell()
                .run("inspect", file.toString())
                .out()
                .lines()
                .toList()
                .getLast();
        assertTrue(last.contains("the file has %,d bytes".formatted(Files.size(file))), last);
    }

    @Test
    void anySafetensorsFileIsListed() throws IOException {
        Path file = folder.resolve("model.safetensors");
        new SafetensorsWriter().addFloats("ln_f.bias", new float[] {1, 2, 3}, 3).write(file);
        Shell shell = new Shell().run("inspect", file.toString());
        assertTrue(
                shell.out().lines().anyMatch(line -> line.matches("ln_f\\.bias +3 +F32 +32\\.000 +12")), shell.out());
    }

    @Test
    void aForeignFileIsRefusedByName() throws IOException {
        Path file = Files.writeString(folder.resolve("model.bantam"), "this is no model");
        Shell shell = new Shell().run("inspect", file.toString());
        assertEquals(ExitCode.USAGE, shell.code());
        assertTrue(shell.err().startsWith("bantam: " + file), shell.err());
        assertEquals(1, shell.err().lines().count(), shell.err());
    }

    @Test
    void aMissingFileIsRefusedByName() {
        Shell shell = new Shell().run("inspect", folder.resolve("none").toString());
        assertEquals(ExitCode.USAGE, shell.code());
        assertTrue(shell.err().contains("there is no file or folder " + folder.resolve("none")), shell.err());
    }
}
