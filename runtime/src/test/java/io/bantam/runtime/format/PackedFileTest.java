package io.bantam.runtime.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class PackedFileTest {
    private static final DecoderConfig CONFIG = new DecoderConfig(11, 7, 8, 32, 2, 2, 1e-5f, 0, 1, -1);
    private static final byte[] TOKENIZER = "{\"model\":{}}".getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path folder;

    private static Map<String, ModelTensor> tensors() {
        Map<String, ModelTensor> tensors = new LinkedHashMap<>();
        int seed = 0;
        for (Map.Entry<String, List<Integer>> entry : CONFIG.shapes().entrySet()) {
            int count = entry.getValue().stream().reduce(1, (a, b) -> a * b);
            float[] values = new float[count];
            for (int i = 0; i < count; i++) {
                values[i] = (i * 31 + seed) % 17 - 8;
            }
            tensors.put(entry.getKey(), new FloatTensor(DType.F32, entry.getValue(), values));
            seed++;
        }
        int[] codes = new int[24 * 8];
        Arrays.setAll(codes, i -> i % 3 - 1);
        float[] scales = new float[24];
        Arrays.fill(scales, 0.5f);
        tensors.put("h.0.attn.c_attn.weight", PackedTensor.pack(Scheme.TERNARY, 2, 24, 8, 8, codes, scales, null));
        int[] bytes = new int[11 * 8];
        Arrays.setAll(bytes, i -> i);
        tensors.put(
                "wte.weight", PackedTensor.pack(Scheme.ASYMMETRIC, 8, 11, 8, 4, bytes, new float[22], new float[22]));
        float[] books = new float[2 * 4 * 8];
        for (int i = 0; i < books.length; i++) {
            books[i] = i / 8f - 3;
        }
        int[] words = new int[8 * 4 * 2];
        Arrays.setAll(words, i -> i * 7 % 4);
        float[] rowScales = new float[8];
        Arrays.fill(rowScales, -0.1f);
        tensors.put("h.0.mlp.c_proj.weight", CodebookTensor.pack(2, 2, 8, 8, 32, words, books, rowScales));
        return tensors;
    }

    private Path write() throws IOException {
        Path path = folder.resolve("model.bantam");
        long bytes = PackedFile.write(path, CONFIG, ActivationQuantization.dynamic(8, true), tensors(), TOKENIZER);
        assertEquals(Files.size(path), bytes);
        assertEquals(
                bytes,
                PackedFile.size(
                        CONFIG, ActivationQuantization.dynamic(8, true), tensors(), TOKENIZER, Optional.empty()));
        return path;
    }

    @Test
    void aFileIsBegunBeforeItsTensorsAreMade() throws IOException {
        Map<String, ModelTensor> tensors = tensors();
        Map<String, TensorForm> forms = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> forms.put(name, TensorForm.of(tensor)));
        List<String> asked = new ArrayList<>();
        Path path = folder.resolve("streamed.bantam");
        PackedFile.write(
                path,
                CONFIG,
                ActivationQuantization.dynamic(8, true),
                forms,
                name -> {
                    asked.add(name);
                    return tensors.get(name);
                },
                TOKENIZER,
                Optional.empty());
        assertEquals(List.copyOf(CONFIG.shapes().keySet()), asked);
        assertEquals(-1, Files.mismatch(write(), path));
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void whatWasCopiedDoesNotStayMapped() throws IOException {
        DecoderConfig config = new DecoderConfig(100_000, 7, 8, 32, 2, 2, 1e-5f, 0, 1, -1);
        Map<String, ModelTensor> tensors = tensors();
        tensors.put("wte.weight", new FloatTensor(DType.F32, List.of(100_000, 8), new float[800_000]));
        Path path = folder.resolve("large.bantam");
        PackedFile.write(path, config, ActivationQuantization.NONE, tensors, null);
        PackedFile file = PackedFile.read(path);
        long residentKilobytes = 0;
        boolean mapped = false;
        for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
            if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
                mapped = line.endsWith("/large.bantam");
            } else if (mapped && line.startsWith("Rss:")) {
                residentKilobytes += Long.parseLong(line.replaceAll("[^0-9]", ""));
            }
        }
        assertEquals(config, file.config());
        assertTrue(residentKilobytes < 100, residentKilobytes + " kB of " + Files.size(path));
    }

    @Test
    void aTensorOfAnotherFormThanWasSaidIsRefused() {
        Map<String, ModelTensor> tensors = tensors();
        Map<String, TensorForm> forms = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> forms.put(name, TensorForm.of(tensor)));
        // -0.1 is no float16.
        forms.put("h.0.mlp.c_proj.weight", new TensorForm.Codebooks(2, 2, 8, 8, 32, DType.F16));
        Path path = folder.resolve("streamed.bantam");
        IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class,
                () -> PackedFile.write(
                        path, CONFIG, ActivationQuantization.NONE, forms, tensors::get, null, Optional.empty()));
        assertTrue(refused.getMessage().contains("tensor 'h.0.mlp.c_proj.weight': expected"), refused.getMessage());
        assertFalse(Files.exists(path));
    }

    @Test
    void activationsWithWidthsOfTheirOwnAreKept() throws IOException {
        Path path = folder.resolve("mixed.bantam");
        ActivationQuantization mixed = ActivationQuantization.dynamic(8, true)
                .withGroup(2)
                .withWidths(Map.of("h.0.attn.sum", 16, "h.0.mlp.c_fc", 4));
        PackedFile.write(path, CONFIG, mixed, tensors(), TOKENIZER);
        assertEquals(mixed, PackedFile.read(path).activations());
        assertEquals(
                "groups of 7 activations do not divide the " + CONFIG.width() + " inputs of 'h.0.attn.c_attn'",
                PackedFile.problem(
                        CONFIG, ActivationQuantization.dynamic(8, true).withGroup(7), tensors()));
        ActivationQuantization elsewhere =
                ActivationQuantization.dynamic(8, true).withWidths(Map.of("h.9.attn.sum", 16));
        assertEquals(
                "there is no activation 'h.9.attn.sum' to have a width of its own",
                PackedFile.problem(CONFIG, elsewhere, tensors()));
        ActivationQuantization unmeasured =
                ActivationQuantization.fixed(32, true, Map.of()).withWidths(Map.of("h.0.mlp.sum", 16));
        assertEquals(
                "the static activation range of 'h.0.mlp.sum' is missing",
                PackedFile.problem(CONFIG, unmeasured, tensors()));
    }

    @Test
    void readsBackWhatWasWritten() throws IOException {
        PackedFile file = PackedFile.read(write());
        assertEquals(CONFIG, file.config());
        assertEquals(ActivationQuantization.dynamic(8, true), file.activations());
        assertArrayEquals(TOKENIZER, file.tokenizerJson());
        Map<String, ModelTensor> expected = tensors();
        assertEquals(
                List.copyOf(CONFIG.shapes().keySet()),
                List.copyOf(file.tensors().keySet()));
        expected.forEach((name, tensor) ->
                assertArrayEquals(tensor.toFloats(), file.tensors().get(name).toFloats(), name));
        assertEquals(Scheme.TERNARY, ((PackedTensor) file.tensors().get("h.0.attn.c_attn.weight")).scheme());
        assertEquals(2, ((CodebookTensor) file.tensors().get("h.0.mlp.c_proj.weight")).count());
    }

    @Test
    void keepsStaticRangesHalfFloatsAndAMissingTokenizer() throws IOException {
        Map<String, ActivationQuantization.Range> ranges = new HashMap<>();
        for (int layer = 0; layer < 2; layer++) {
            for (String linear : DecoderConfig.linears(layer)) {
                ranges.put(linear, new ActivationQuantization.Range(-0.1f - layer, 1e-30f));
            }
        }
        ActivationQuantization activations = ActivationQuantization.fixed(4, false, ranges);
        Map<String, ModelTensor> tensors = tensors();
        float[] half = new float[8 * 32];
        Arrays.fill(half, 0.5f);
        tensors.put("h.1.mlp.c_proj.weight", new FloatTensor(DType.F16, List.of(8, 32), half));
        Path path = folder.resolve("model.bantam");
        PackedFile.write(path, CONFIG, activations, tensors, null);
        PackedFile file = PackedFile.read(path);
        assertEquals(activations, file.activations());
        assertEquals(0, file.tokenizerJson().length);
        assertEquals(
                2 * half.length, file.tensors().get("h.1.mlp.c_proj.weight").packedBytes());
        assertArrayEquals(half, file.tensors().get("h.1.mlp.c_proj.weight").toFloats());
    }

    @Test
    void scalesTakeTwoBytesWhereThatIsExact() throws IOException {
        int[] codes = new int[24 * 8];
        Arrays.fill(codes, -1);
        float[] scales = new float[24];
        Arrays.fill(scales, 0.1f);
        // A tile of 64 rows, and a scale a row.
        assertEquals(64 + 4 * 24, stored(codes, scales, DType.F32).packedBytes());
        Arrays.fill(scales, 0.125f);
        assertEquals(64 + 2 * 24, stored(codes, scales, DType.F16).packedBytes());
        assertEquals(DType.F32, DType.exactly(new float[] {1, 65520}));
        assertEquals(DType.F32, DType.exactly(new float[] {0x1p-25f}));
        assertEquals(DType.F32, DType.exactly(new float[] {Float.NaN}));
        assertEquals(DType.F16, DType.exactly(new float[] {0, 65504, 0x1p-24f}));
    }

    private ModelTensor stored(int[] codes, float[] scales, DType type) throws IOException {
        Map<String, ModelTensor> tensors = tensors();
        PackedTensor weight = PackedTensor.pack(Scheme.BINARY, 1, 24, 8, 8, codes, scales, null);
        tensors.put("h.0.attn.c_attn.weight", weight);
        Path path = folder.resolve("model.bantam");
        PackedFile.write(path, CONFIG, ActivationQuantization.NONE, tensors, null);
        try (SafetensorsReader reader = SafetensorsReader.open(path)) {
            assertEquals(type, reader.tensor("h.0.attn.c_attn.weight.scales").dtype());
        }
        ModelTensor read = PackedFile.read(path).tensors().get("h.0.attn.c_attn.weight");
        assertArrayEquals(weight.toFloats(), read.toFloats());
        return read;
    }

    @Test
    void writingRefusesIncompleteModels() {
        Path path = folder.resolve("model.bantam");
        ActivationQuantization none = ActivationQuantization.NONE;
        Map<String, ModelTensor> missing = tensors();
        missing.remove("ln_f.bias");
        assertProblem("tensor 'ln_f.bias': expected shape [8], but it is missing", path, none, missing);
        Map<String, ModelTensor> wrong = tensors();
        wrong.put("wpe.weight", FloatTensor.of(new float[8], 8));
        assertProblem("tensor 'wpe.weight': expected shape [7, 8], found [8]", path, none, wrong);
        Map<String, ModelTensor> more = tensors();
        more.put("lm_head.weight", FloatTensor.of(new float[8], 8));
        assertProblem("unexpected tensor 'lm_head.weight'", path, none, more);
        ActivationQuantization noRanges = ActivationQuantization.fixed(8, true, Map.of());
        assertProblem("the static activation range of 'h.0.attn.c_attn' is missing", path, noRanges, tensors());
    }

    private static void assertProblem(
            String problem, Path path, ActivationQuantization activations, Map<String, ModelTensor> tensors) {
        IllegalArgumentException failure = assertThrows(
                IllegalArgumentException.class, () -> PackedFile.write(path, CONFIG, activations, tensors, TOKENIZER));
        assertEquals(problem, failure.getMessage());
        assertTrue(Files.notExists(path));
    }

    /** Every layout of codes, in groups that tiles take and in others; and the rows of version 1. */
    @Test
    void codesStayInTheFileInTheLayoutOfKernels() throws IOException {
        Map<String, ModelTensor> tensors = tensors();
        tensors.put("wte.weight", RandomTensors.packed(Scheme.SYMMETRIC, 8, 11, 8, 4, 1));
        tensors.put("wpe.weight", RandomTensors.packed(Scheme.BINARY, 1, 7, 8, 0, 2));
        tensors.put("h.0.attn.c_attn.weight", RandomTensors.packed(Scheme.SYMMETRIC, 4, 24, 8, 4, 3));
        tensors.put("h.0.mlp.c_fc.weight", RandomTensors.packed(Scheme.ASYMMETRIC, 2, 32, 8, 2, 4));
        tensors.put("h.1.mlp.c_fc.weight", RandomTensors.packed(Scheme.ASYMMETRIC, 3, 32, 8, 8, 5));
        tensors.put("h.0.mlp.c_proj.weight", RandomTensors.packed(Scheme.TERNARY, 2, 8, 32, 32, 6));
        // Groups begin within what belongs together.
        tensors.put("h.1.mlp.c_proj.weight", RandomTensors.packed(Scheme.TERNARY, 2, 8, 32, 16, 7));
        Path path = folder.resolve("layouts.bantam");
        PackedFile.write(path, CONFIG, ActivationQuantization.NONE, tensors, null);
        Map<String, CodeLayout> layouts = Map.of(
                "wte.weight", CodeLayout.BYTES,
                "wpe.weight", CodeLayout.TILES,
                "h.0.attn.c_attn.weight", CodeLayout.TILES,
                "h.0.mlp.c_fc.weight", CodeLayout.ROWS,
                "h.1.mlp.c_fc.weight", CodeLayout.INT3,
                "h.0.mlp.c_proj.weight", CodeLayout.TERNARY_5IN3,
                "h.1.mlp.c_proj.weight", CodeLayout.ROWS);
        Map<String, ModelTensor> read = PackedFile.read(path).tensors();
        Map<String, ModelTensor> old =
                PackedFile.read(asVersion1(path, tensors)).tensors();
        layouts.forEach((name, layout) -> {
            PackedTensor expected = (PackedTensor) tensors.get(name);
            PackedTensor mapped = (PackedTensor) read.get(name);
            assertEquals(layout, mapped.codeLayout(), name);
            assertTrue(mapped.storedCodes().isMapped(), name);
            assertArrayEquals(expected.codes(), mapped.codes(), name);
            assertArrayEquals(expected.toFloats(), mapped.toFloats(), name);
            assertEquals(CodeLayout.ROWS, ((PackedTensor) old.get(name)).codeLayout(), name);
            assertArrayEquals(expected.toFloats(), old.get(name).toFloats(), name);
        });
        Path again = folder.resolve("again.bantam");
        PackedFile.write(again, CONFIG, ActivationQuantization.NONE, read, null);
        assertEquals(-1, Files.mismatch(path, again));
    }

    private Path asVersion1(Path path, Map<String, ModelTensor> tensors) throws IOException {
        Path result = folder.resolve("version1.bantam");
        try (SafetensorsReader reader = SafetensorsReader.open(path)) {
            SafetensorsWriter writer = new SafetensorsWriter().metadata(reader.metadata());
            String quantization = reader.metadata().get(PackedFile.QUANTIZATION_KEY);
            writer.metadata(PackedFile.VERSION_KEY, "1");
            writer.metadata(PackedFile.QUANTIZATION_KEY, quantization.replaceAll(",\"layout\":\"[a-z]+\"", ""));
            for (TensorInfo info : reader.tensors().values()) {
                String name = info.name().replace(PackedFile.CODES, "");
                if (!name.equals(info.name()) && tensors.get(name) instanceof PackedTensor packed) {
                    writer.addBytes(info.name(), DType.U8, packed::codes, packed.codes().length);
                } else {
                    byte[] bytes = reader.readBytes(info.name());
                    long[] shape =
                            info.shape().stream().mapToLong(Long::longValue).toArray();
                    writer.addBytes(info.name(), info.dtype(), () -> bytes, shape);
                }
            }
            writer.write(result);
        }
        return result;
    }

    @Test
    void refusesForeignAndDamagedFiles() throws IOException {
        Path foreign = folder.resolve("foreign.safetensors");
        new SafetensorsWriter().addFloats("wte.weight", new float[8], 8).write(foreign);
        refuse(foreign, "no packed model: expected metadata bantam.format=packed, found null");
        refuse(edited(PackedFile.VERSION_KEY, version -> "4"), "written by a newer Bantam: layout version 4");
        refuse(edited(PackedFile.VERSION_KEY, version -> "0"), "bantam.version: expected 1 to 3, found 0");
        refuse(edited(PackedFile.VERSION_KEY, version -> "x"), "bantam.version: expected 1 to 3, found x");
        refuse(edited(PackedFile.VERSION_KEY, version -> "1"), "'wte.weight.codes': expected U8, found I8");
        refuse(
                edited(PackedFile.QUANTIZATION_KEY, json -> json.replace("\"quintets\"}", "\"tiles\"}")),
                "'h.0.attn.c_attn.weight': expected the layout quintets, found tiles");
        refuse(
                edited(PackedFile.QUANTIZATION_KEY, json -> json.replace("\"bytes\"", "\"rows\"")),
                "'wte.weight.codes': expected U8, found I8");
        refuse(
                edited(PackedFile.QUANTIZATION_KEY, json -> json.replace("\"bytes\"", "\"bits\"")),
                "expected one of [rows, tiles, quintets, triples, bytes], found 'bits'");
        refuse(edited(PackedFile.CONFIG_KEY, json -> json.replace("gpt2", "bert")), "expected 'gpt2', found 'bert'");
        refuse(
                edited(PackedFile.CONFIG_KEY, json -> json.replace("n_head\":2", "n_head\":3")),
                "n_head 3 does not divide");
        refuse(
                edited(PackedFile.CONFIG_KEY, json -> json.replace("n_layer\":2", "n_layer\":3")),
                "'h.2.ln_1.weight' is missing");
        refuse(
                edited(PackedFile.CONFIG_KEY, json -> json.replace("n_layer\":2", "n_layer\":1")),
                "unexpected tensor 'h.1.");
        refuse(edited(PackedFile.CONFIG_KEY, json -> json.replace("n_layer", "layers")), "key 'n_layer' is missing");
        refuse(
                edited(PackedFile.QUANTIZATION_KEY, json -> json.replace("\"vector\":8", "\"vector\":16")),
                "tensor 'h.0.mlp.c_proj.weight': expected 8 codes, got 16");
        refuse(
                edited(PackedFile.CONFIG_KEY, json -> json.replace("\"n_layer", "\"x\":1,\"n_layer")),
                "unknown key 'x'");
        refuse(edited(PackedFile.CONFIG_KEY, json -> json.substring(1)), "bad JSON");
        refuse(edited(PackedFile.QUANTIZATION_KEY, json -> json.replace("ternary", "quintary")), "found 'quintary'");
        refuse(
                edited(PackedFile.QUANTIZATION_KEY, json -> json.replace("\"bits\":2", "\"bits\":1")),
                "have 2 to 2 bits");
        refuse(
                edited(PackedFile.QUANTIZATION_KEY, json -> json.replace("\"group\":4", "\"group\":3")),
                "does not divide");
        refuse(
                edited(PackedFile.QUANTIZATION_KEY, json -> json.replace("wte.weight", "lm_head")),
                "'wte.weight' is missing");
        refuse(edited(PackedFile.ACTIVATIONS_KEY, json -> json.replace("8", "7")), "4, 8, 16 or 32 bits, not 7");
        refuse(edited(PackedFile.ACTIVATIONS_KEY, json -> json.replace("dynamic", "lazy")), "found 'lazy'");
        refuse(edited(PackedFile.TOKENIZER_KEY, hash -> "00"), "the tokenizer is damaged: expected SHA-256 00");
    }

    /** A sound file with one metadata string changed; lengths adapt. */
    private Path edited(String key, UnaryOperator<String> change) throws IOException {
        Path path = write();
        Path result = folder.resolve("edited.bantam");
        try (SafetensorsReader reader = SafetensorsReader.open(path)) {
            SafetensorsWriter writer = new SafetensorsWriter().metadata(reader.metadata());
            writer.metadata(key, change.apply(reader.metadata().get(key)));
            for (TensorInfo info : reader.tensors().values()) {
                byte[] bytes = reader.readBytes(info.name());
                long[] shape = info.shape().stream().mapToLong(Long::longValue).toArray();
                writer.addBytes(info.name(), info.dtype(), () -> bytes, shape);
            }
            writer.write(result);
        }
        return result;
    }

    private static void refuse(Path path, String problem) {
        FormatException failure = assertThrows(FormatException.class, () -> PackedFile.read(path));
        assertTrue(failure.getMessage().startsWith(path.toString()), failure.getMessage());
        assertTrue(failure.getMessage().contains(problem), failure.getMessage());
    }
}
