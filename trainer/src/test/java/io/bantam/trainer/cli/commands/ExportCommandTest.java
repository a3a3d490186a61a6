package io.bantam.trainer.cli.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.runtime.format.GgufReader;
import io.bantam.runtime.format.PackedFile;
import io.bantam.runtime.format.PackedTensor;
import io.bantam.runtime.format.SafetensorsReader;
import io.bantam.trainer.cli.Shell;
import io.bantam.trainer.cli.terminal.ExitCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ExportCommandTest {
    @TempDir
    private Path folder;

    private Path packed;

    @BeforeEach
    void write() throws IOException {
        packed = pack(folder.resolve("model.bantam"), "x");
    }

    private static Path pack(Path file, String answer) throws IOException {
        StubbornModel model = StubbornModel.saying(answer);
        Files.createDirectories(file.getParent());
        PackedFile.write(file, model.config(), model.activations(), model.tensors(), model.tokenizerJson());
        return file;
    }

    private static String completion(Path model, String... more) {
        String[] arguments = new String[7 + more.length];
        String[] first = {"complete", model.toString(), "--normal-form", "--prompt", "y", "--max-tokens", "2"};
        System.arraycopy(first, 0, arguments, 0, first.length);
        System.arraycopy(more, 0, arguments, first.length, more.length);
        Shell shell = new Shell().run(arguments);
        assertEquals(ExitCode.OK, shell.code(), shell.err());
        return shell.out().strip();
    }

    private Shell export(Path model, String format, Path out) {
        return new Shell().run("export", model.toString(), "--format", format, "--out", out.toString());
    }

    @Test
    void thereAndBackAgain() {
        Path huggingFace = folder.resolve("hf");
        Shell there = export(packed, "safetensors", huggingFace);
        assertEquals(ExitCode.OK, there.code(), there.err());
        assertEquals("xx", completion(huggingFace));
        Path back = folder.resolve("deep/back.bantam");
        assertEquals(ExitCode.OK, export(huggingFace, "packed", back).code());
        assertEquals("xx", completion(back));
    }

    @Test
    void bitsQuantizeAFolderOfFloats() throws IOException {
        Path huggingFace = folder.resolve("hf");
        export(packed, "safetensors", huggingFace);
        Path out = folder.resolve("w4.bantam");
        String[] arguments = {
            "export",
            huggingFace.toString(),
            "--format",
            "packed",
            "--bits",
            "4",
            "--group",
            "4",
            "--out",
            out.toString()
        };
        Shell shell = new Shell().run(arguments);
        assertEquals(ExitCode.OK, shell.code(), shell.err());
        PackedTensor linear = (PackedTensor) PackedFile.read(out).tensors().get("h.0.attn.c_attn.weight");
        assertEquals(4, linear.bits());
        assertEquals(4, linear.group());
        PackedTensor words = (PackedTensor) PackedFile.read(out).tensors().get("wte.weight");
        assertEquals(8, words.bits());
        assertEquals("xx", completion(out));
    }

    @Test
    void bitsThatCannotBeAreRefused() {
        Shell wrong = new Shell()
                .run("export", packed.toString(), "--format", "packed", "--bits", "4", "--out", folder + "/a.bantam");
        assertEquals(ExitCode.USAGE, wrong.code());
        assertTrue(wrong.err().contains("--bits quantizes a Hugging Face folder"), wrong.err());
        Path huggingFace = folder.resolve("hf");
        export(packed, "safetensors", huggingFace);
        for (String[] options : new String[][] {
            {"--bits", "9", "--bits must be 1 to 8 or ternary, not '9'."},
            {"--group", "4", "--group goes with --bits."},
        }) {
            Shell shell = new Shell()
                    .run(
                            "export",
                            huggingFace.toString(),
                            "--format",
                            "packed",
                            options[0],
                            options[1],
                            "--out",
                            folder + "/b.bantam");
            assertEquals(ExitCode.USAGE, shell.code());
            assertTrue(shell.err().contains(options[2]), shell.err());
        }
    }

    @Test
    void aSafetensorsNameIsTheWeightsAlone() throws IOException {
        Path out = folder.resolve("weights.safetensors");
        assertEquals(ExitCode.OK, export(packed, "safetensors", out).code());
        try (SafetensorsReader reader = SafetensorsReader.open(out)) {
            assertTrue(
                    reader.contains("transformer.wte.weight"), reader.tensors().toString());
        }
    }

    @Test
    void theEndingOfAFileSaysItsFormat() throws IOException {
        Path gguf = folder.resolve("ending.gguf");
        Shell written = new Shell().run("export", packed.toString(), "--out", gguf.toString());
        assertEquals(ExitCode.OK, written.code(), written.err());
        assertEquals("GGUF", new String(Files.readAllBytes(gguf), 0, 4, StandardCharsets.US_ASCII));
        Path bantam = folder.resolve("ending.bantam");
        assertEquals(
                ExitCode.OK,
                new Shell()
                        .run("export", packed.toString(), "--out", bantam.toString())
                        .code());
        assertEquals("xx", completion(bantam));
        Shell none = new Shell().run("export", packed.toString(), "--out", folder + "/ending.bin");
        assertEquals(ExitCode.USAGE, none.code());
        assertTrue(none.err().contains("--format is needed: the ending of " + folder + "/ending.bin"), none.err());
    }

    @Test
    void ggufHasTheTokenizerInIt() throws IOException {
        Path out = folder.resolve("model.gguf");
        Shell shell = new Shell()
                .run("export", packed.toString(), "--format", "gguf", "--floats", "q8_0", "--out", out.toString());
        assertEquals(ExitCode.OK, shell.code(), shell.err());
        // The rows of 8 columns are too short for any block.
        assertTrue(shell.err().contains("note: wte.weight: its rows are no whole blocks of Q8_0; written as F16"));
        try (GgufReader reader = GgufReader.open(out)) {
            List<?> tokens = (List<?>) reader.metadata().get("tokenizer.ggml.tokens");
            assertEquals("<EOL>", tokens.get(4));
            List<?> types = (List<?>) reader.metadata().get("tokenizer.ggml.token_type");
            assertEquals(List.of(3L, 4L, 1L), List.of(types.get(0), types.get(4), types.getLast()));
            assertEquals(1L, reader.metadata().get("tokenizer.ggml.eos_token_id"));
        }
        shell = export(packed, "gguf2", folder.resolve("x"));
        assertEquals(ExitCode.USAGE, shell.code());
        shell = new Shell()
                .run("export", packed.toString(), "--format", "gguf", "--ternary", "q8_0", "--out", folder + "/y");
        assertTrue(shell.err().contains("ternary weights become TQ1_0, TQ2_0 or Q2_0, not Q8_0."), shell.err());
    }

    @Test
    void onnxIsAFileOrAFolderWithATokenizer() throws IOException {
        Path file = folder.resolve("model.onnx");
        Shell shell = export(packed, "onnx", file);
        assertEquals(ExitCode.OK, shell.code(), shell.err());
        Path home = folder.resolve("onnx");
        shell = new Shell()
                .run("export", packed.toString(), "--format", "onnx", "--dequantize", "--out", home.toString());
        assertEquals(ExitCode.OK, shell.code(), shell.err());
        try (var entries = Files.list(home)) {
            assertEquals(
                    List.of(
                            "config.json",
                            "generation_config.json",
                            "model.onnx",
                            "special_tokens_map.json",
                            "tokenizer.json",
                            "tokenizer_config.json"),
                    entries.map(entry -> entry.getFileName().toString())
                            .sorted()
                            .toList());
        }
        // The first field: version 10 of the format.
        byte[] bytes = Files.readAllBytes(file);
        assertEquals(List.of((byte) 8, (byte) 10), List.of(bytes[0], bytes[1]));
    }

    @Test
    void nothingIsOverwritten() throws IOException {
        byte[] before = Files.readAllBytes(packed);
        Shell shell = export(packed, "packed", packed);
        assertEquals(ExitCode.USAGE, shell.code());
        assertTrue(shell.err().contains("exists already"), shell.err());
        assertEquals(before.length, Files.size(packed));
    }

    @Test
    void anUnknownFormatIsRefused() {
        Shell shell = export(packed, "onnxx", folder.resolve("out"));
        assertEquals(ExitCode.USAGE, shell.code());
        assertTrue(shell.err().contains("packed, safetensors, gguf or onnx"), shell.err());
        assertFalse(Files.exists(folder.resolve("out")));
    }

    @Test
    void ofARunTheVariantIsChosen() throws IOException {
        Path run = Files.createDirectories(folder.resolve("run"));
        Files.writeString(run.resolve("recipe.yaml"), "version: 1\n");
        pack(run.resolve("50-export/6L-+-PTQ-W4A8.bantam"), "x");
        pack(run.resolve("50-export/1W8A.bantam"), "z");
        Files.writeString(run.resolve("50-export/stage.json"), "{}");
        assertEquals("xx", completion(run, "--variant", "6L + PTQ W4A8"));
        assertEquals("zz", completion(run, "--variant", "1W8A"));
        assertEquals("zz", completion(run.resolve("50-export"), "--variant", "1W8A"));

        Shell several = new Shell().run("complete", run.toString(), "--prompt", "y");
        assertEquals(ExitCode.USAGE, several.code());
        assertTrue(several.err().contains("--variant: 1W8A, 6L-+-PTQ-W4A8"), several.err());

        Shell typo = new Shell().run("complete", run.toString(), "--prompt", "y", "--variant", "1W8B");
        assertTrue(typo.err().contains("Did you mean '1W8A'?"), typo.err());
    }

    /** A run whose stage folders say y, and whose exported 1W8A6L says x. */
    private Path runWithStages() throws IOException {
        Path run = Files.createDirectories(folder.resolve("run"));
        Files.writeString(run.resolve("recipe.yaml"), """
                version: 1
                name: run
                seed: 1
                data: {source: {kind: bundled}, sequenceLength: 32}
                teacher: {kind: load, path: somewhere}
                stages:
                  half: {kind: reduce, layers: every-second}
                  binary:
                    kind: distill
                    quantization: {weights: {bits: 1}}
                    training: {steps: 1, batchSize: 1}
                  w8a8: {kind: ptq, weights: {bits: 8}}
                variants:
                  teacher: []
                  1W8A6L: [half, binary]
                  PTQ: [w8a8]
                """);
        Path masters = pack(folder.resolve("masters.bantam"), "y");
        for (String stage : List.of("20-half", "21-half+binary", "22-w8a8")) {
            assertEquals(
                    ExitCode.OK,
                    export(masters, "safetensors", run.resolve(stage)).code());
            Files.writeString(run.resolve(stage).resolve("stage.json"), "{}");
        }
        pack(run.resolve("50-export/1W8A6L.bantam"), "x");
        return run;
    }

    @Test
    void aFloatStageIsItsFolder() throws IOException {
        assertEquals("yy", completion(runWithStages().resolve("20-half")));
    }

    @Test
    void aQuantizedStageIsWhatTheRunExportedOfIt() throws IOException {
        assertEquals("xx", completion(runWithStages().resolve("21-half+binary")));
    }

    @Test
    void aQuantizedStageThatWasNotExportedIsRefused() throws IOException {
        Shell shell =
                new Shell().run("complete", runWithStages().resolve("22-w8a8").toString(), "--prompt", "y");
        assertEquals(ExitCode.USAGE, shell.code());
        assertTrue(shell.err().contains("float32 masters of a quantized model"), shell.err());
    }

    @Test
    void inspectListsAFolder() {
        Path huggingFace = folder.resolve("hf");
        export(packed, "safetensors", huggingFace);
        Shell shell = new Shell().run("inspect", huggingFace.toString());
        assertEquals(ExitCode.OK, shell.code(), shell.err());
        assertTrue(shell.out().contains("transformer.wte.weight"), shell.out());
    }

    @Test
    void aFolderThatIsNoModelSaysWhatIsMissing() throws IOException {
        Path empty = Files.createDirectories(folder.resolve("empty"));
        Shell shell = export(empty, "packed", folder.resolve("out"));
        assertEquals(ExitCode.USAGE, shell.code());
        assertTrue(shell.err().contains("config.json"), shell.err());
    }
}
