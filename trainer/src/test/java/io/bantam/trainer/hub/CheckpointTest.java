package io.bantam.trainer.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.runtime.format.DType;
import io.bantam.runtime.format.FloatTensor;
import io.bantam.runtime.format.FormatException;
import io.bantam.runtime.format.SafetensorsReader;
import io.bantam.runtime.format.SafetensorsWriter;
import io.bantam.trainer.BantamException;
import io.bantam.trainer.hub.TorchFiles.Entry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointTest {

    @TempDir
    Path folder;

    private final Checkpoint model = TinyModel.checkpoint(1);

    @BeforeEach
    void writeConfig() throws IOException {
        Files.writeString(folder.resolve("config.json"), TinyModel.CONFIG_JSON);
    }

    @ParameterizedTest
    @CsvSource({"F32,''", "F16,''", "BF16,''", "F32,transformer.", "F16,transformer.", "BF16,transformer."})
    void readsSafetensorsOfEveryType(DType dtype, String prefix) throws IOException {
        writeSafetensors("model.safetensors", TinyModel.stored(model, prefix), dtype);
        assertSame(model, CheckpointReader.read(folder));
    }

    @ParameterizedTest
    @CsvSource({"FloatStorage,4", "HalfStorage,2", "BFloat16Storage,2", "DoubleStorage,8"})
    void readsTorchFilesOfEveryType(String storageClass, int bytes) throws IOException {
        TorchFiles.writeZip(folder.resolve("pytorch_model.bin"), entries(storageClass, bytes, "transformer."));
        assertSame(model, CheckpointReader.read(folder));
    }

    @ParameterizedTest
    @CsvSource({"FloatStorage,4", "HalfStorage,2"})
    void readsTorchFilesFromBefore16(String storageClass, int bytes) throws IOException {
        TorchFiles.writeLegacy(folder.resolve("pytorch_model.bin"), entries(storageClass, bytes, ""));
        assertSame(model, CheckpointReader.read(folder));
    }

    @Test
    void readsViewsOfATorchStorage() throws IOException {
        Map<String, Entry> entries = entries("FloatStorage", 4, "");
        // The transpose of c_fc as a view: strides swapped, behind three values that belong to nothing.
        FloatTensor weight = model.tensors().get("h.0.mlp.c_fc.weight");
        var padded = new float[weight.values().length + 3];
        System.arraycopy(weight.values(), 0, padded, 3, weight.values().length);
        Entry plain = Entry.floats(padded, padded.length);
        entries.put(
                "h.0.mlp.c_fc.weight",
                new Entry("FloatStorage", 4, plain.data(), 3, List.of(6L, 24L), List.of(1L, 6L)));
        TorchFiles.writeZip(folder.resolve("pytorch_model.bin"), entries);
        assertSame(model, CheckpointReader.read(folder));
    }

    @Test
    void readsShards() throws IOException {
        writeShards(TinyModel.stored(model, "transformer."), "model", ".safetensors", (file, part) -> {
            writeSafetensors(file, part, DType.F16);
        });
        assertSame(model, CheckpointReader.read(folder));
    }

    @Test
    void readsTorchShards() throws IOException {
        writeShards(TinyModel.stored(model, ""), "pytorch_model", ".bin", (file, part) -> {
            Map<String, Entry> entries = new LinkedHashMap<>();
            part.forEach((name, tensor) -> entries.put(
                    name, Entry.floats(tensor.values(), tensor.shape().toArray(Integer[]::new))));
            try {
                TorchFiles.writeZip(folder.resolve(file), entries);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        assertSame(model, CheckpointReader.read(folder));
    }

    /** As a model in one file, in shards and in a PyTorch file. */
    @Test
    void partsOfATensorAreTheWhole() throws IOException {
        Map<String, FloatTensor> stored = TinyModel.stored(model, "transformer.");
        TorchFiles.writeZip(folder.resolve("pytorch_model.bin"), entries("FloatStorage", 4, "transformer."));
        assertPartsOfOneRow(false);
        writeShards(stored, "model", ".safetensors", (file, tensors) -> writeSafetensors(file, tensors, DType.F16));
        assertPartsOfOneRow(true);
        writeSafetensors("model.safetensors", stored, DType.F32);
        assertPartsOfOneRow(true);
    }

    /** @param apart whether a matrix comes row by row */
    private void assertPartsOfOneRow(boolean apart) throws IOException {
        MappedCheckpoint first = CheckpointReader.open(folder);
        first.close();
        try (MappedCheckpoint checkpoint = first.reopened()) {
            for (var tensor : model.tensors().entrySet()) {
                float[] found = new float[tensor.getValue().values().length];
                List<Integer> places = new ArrayList<>();
                checkpoint.forEachPart(tensor.getKey(), 1, (from, values) -> {
                    places.add(from);
                    System.arraycopy(values, 0, found, from, values.length);
                });
                assertArrayEquals(tensor.getValue().values(), found, tensor.getKey());
                List<Integer> shape = tensor.getValue().shape();
                assertEquals(apart && shape.size() == 2 ? shape.get(0) : 1, places.size(), tensor.getKey());
            }
        }
    }

    @Test
    void aValueThatIsNoNumberIsFoundInItsPart() throws IOException {
        float[] words = model.tensors().get("wte.weight").values();
        words[7] = Float.NaN;
        writeSafetensors("model.safetensors", TinyModel.stored(model, ""), DType.F32);
        try (MappedCheckpoint checkpoint = CheckpointReader.open(folder)) {
            String message = assertThrows(
                            FormatException.class,
                            () -> checkpoint.forEachPart("wte.weight", 1, (from, values) -> assertEquals(0, from)))
                    .getMessage();
            assertTrue(message.contains("'wte.weight': value 7 is NaN"), message);
        }
    }

    @Test
    void refusesShardsThatAreMissingOrLeadOutside() throws IOException {
        writeShards(TinyModel.stored(model, ""), "model", ".safetensors", (file, part) -> {
            writeSafetensors(file, part, DType.F32);
        });
        Path index = folder.resolve("model.safetensors.index.json");
        String json = Files.readString(index);

        Files.writeString(index, json.replaceFirst("model-00002-of-00002", "../model-00002-of-00002"));
        refused("expected the name of a file beside the index");
        Files.writeString(index, json.replaceFirst("model-00002-of-00002", "model-00001-of-00002"));
        refused("is not in model-00001-of-00002.safetensors");
        Files.writeString(index, json.replaceFirst(",?\"ln_f.bias\":\"[^\"]*\"", ""));
        refused("holds tensor 'ln_f.bias', which the index does not place there");
        Files.writeString(index, json);
        Files.delete(folder.resolve("model-00002-of-00002.safetensors"));
        refused("the file model-00002-of-00002.safetensors is missing");
        Files.writeString(index, "{}");
        refused("weight_map is missing");
    }

    @Test
    void prefersSafetensorsAndSkipsMasks() throws IOException {
        Map<String, FloatTensor> stored = TinyModel.stored(model, "transformer.");
        stored.put("transformer.h.0.attn.bias", FloatTensor.of(new float[25], 1, 1, 5, 5));
        stored.put("transformer.h.1.attn.masked_bias", FloatTensor.of(new float[1]));
        writeSafetensors("model.safetensors", stored, DType.F32);
        Files.writeString(folder.resolve("pytorch_model.bin"), "not looked at");
        assertSame(model, CheckpointReader.read(folder));
    }

    @Test
    void skipsMasksOfTorchFiles() throws IOException {
        Map<String, Entry> entries = entries("FloatStorage", 4, "");
        entries.put("h.0.attn.bias", Entry.contiguous("ByteStorage", 1, new byte[25], 1, 1, 5, 5));
        entries.put("h.1.attn.bias", Entry.contiguous("BoolStorage", 1, new byte[25], 1, 1, 5, 5));
        TorchFiles.writeZip(folder.resolve("pytorch_model.bin"), entries);
        assertSame(model, CheckpointReader.read(folder));
    }

    @Test
    void tiesTheOutputLayer() throws IOException {
        FloatTensor embedding = model.tensors().get("wte.weight");
        Map<String, FloatTensor> stored = TinyModel.stored(model, "transformer.");
        stored.put("lm_head.weight", embedding);
        writeSafetensors("model.safetensors", stored, DType.F32);
        assertSame(model, CheckpointReader.read(folder));

        stored.remove("transformer.wte.weight");
        writeSafetensors("model.safetensors", stored, DType.F32);
        assertSame(model, CheckpointReader.read(folder));

        float[] other = embedding.values().clone();
        other[7] += 1;
        stored = TinyModel.stored(model, "transformer.");
        stored.put("lm_head.weight", FloatTensor.of(other, 11, 6));
        writeSafetensors("model.safetensors", stored, DType.F32);
        refused("lm_head.weight differs from wte.weight");
    }

    @Test
    void namesEveryTensorThatDoesNotFit() throws IOException {
        Map<String, FloatTensor> stored = TinyModel.stored(model, "transformer.");
        stored.remove("transformer.ln_f.bias");
        stored.put("transformer.h.2.ln_1.bias", FloatTensor.of(new float[6], 6));
        // Linears by [outputs, inputs], as other programs write them.
        stored.put("transformer.h.1.mlp.c_fc.weight", model.tensors().get("h.1.mlp.c_fc.weight"));
        writeSafetensors("model.safetensors", stored, DType.F32);

        String message = refused("the tensors are not those that config.json describes");

        assertTrue(message.contains("1 missing: ln_f.bias [6]"), message);
        assertTrue(message.contains("1 not part of the model: h.2.ln_1.bias [6]"), message);
        assertTrue(
                message.contains("1 of another shape: h.1.mlp.c_fc.weight: expected [6, 24], found [24, 6]"), message);
    }

    @Test
    void shortensLongLists() throws IOException {
        writeSafetensors("model.safetensors", Map.of("ln_f.bias", FloatTensor.of(new float[6], 6)), DType.F32);
        assertTrue(refused("27 missing: wte.weight [11, 6]").contains("and 19 more"));
    }

    @Test
    void refusesIntegersAndValuesThatAreNoNumbers() throws IOException {
        Map<String, Entry> entries = entries("FloatStorage", 4, "");
        entries.put("ln_f.bias", Entry.contiguous("LongStorage", 8, new byte[48], 6));
        TorchFiles.writeZip(folder.resolve("pytorch_model.bin"), entries);
        refused("tensor 'ln_f.bias': expected floating-point values, found LongStorage");

        Map<String, FloatTensor> stored = TinyModel.stored(model, "");
        stored.put("ln_f.bias", FloatTensor.of(new float[] {0, 1, Float.NaN, 0, 0, 0}, 6));
        writeSafetensors("model.safetensors", stored, DType.F32);
        refused("tensor 'ln_f.bias': value 2 is NaN");
    }

    @Test
    void saysWhatIsMissing() throws IOException {
        refused("it has no weights; expected one of model.safetensors");
        Files.delete(folder.resolve("config.json"));
        refused("it has no config.json");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 7, 40, 300, 2000})
    void refusesTruncatedFiles(int length) throws IOException {
        Path torch = folder.resolve("pytorch_model.bin");
        TorchFiles.writeZip(torch, entries("FloatStorage", 4, ""));
        Files.write(torch, Arrays.copyOf(Files.readAllBytes(torch), length));
        refused("pytorch_model.bin: ");
        TorchFiles.writeLegacy(torch, entries("FloatStorage", 4, ""));
        Files.write(torch, Arrays.copyOf(Files.readAllBytes(torch), length));
        refused("pytorch_model.bin: ");
        Path safetensors = folder.resolve("model.safetensors");
        writeSafetensors("model.safetensors", TinyModel.stored(model, ""), DType.F32);
        Files.write(safetensors, Arrays.copyOf(Files.readAllBytes(safetensors), length));
        refused("model.safetensors: ");
    }

    @Test
    void aDamagedTorchFileNeverGivesAnotherError() throws IOException {
        Path torch = folder.resolve("pytorch_model.bin");
        TorchFiles.writeLegacy(torch, entries("FloatStorage", 4, ""));
        byte[] sound = Files.readAllBytes(torch);
        for (int at = 0; at < 2500; at += 3) {
            byte[] damaged = sound.clone();
            damaged[at] ^= (byte) (1 + at * 37);
            Files.write(torch, damaged);
            try {
                CheckpointReader.read(folder);
            } catch (FormatException expected) {
                assertFalse(expected.getMessage().contains("\n"), expected.getMessage());
            }
        }
    }

    @Test
    void refusesATableThatDoesNotMatchItsData() throws IOException {
        Map<String, Entry> entries = entries("FloatStorage", 4, "");
        Path torch = folder.resolve("pytorch_model.bin");
        Map<String, byte[]> zip = new LinkedHashMap<>();
        zip.put("a/data.pkl", TorchFiles.table(entries, false));
        TorchFiles.writeZipEntries(torch, zip);
        refused("damaged PyTorch file: a/data/");
        for (int i = 0; i < entries.size(); i++) {
            zip.put("a/data/" + i, new byte[4]);
        }
        TorchFiles.writeZipEntries(torch, zip);
        refused("bytes of FloatStorage, found 4");
        TorchFiles.writeZipEntries(torch, Map.of("a/other", new byte[1]));
        refused("a zip without a data.pkl");
        TorchFiles.writeZipEntries(torch, Map.of("a/data.pkl", new byte[1], "a/constants.pkl", new byte[1]));
        refused("a TorchScript program");
        entries.put("ln_f.bias", new Entry("FloatStorage", 4, new byte[24], 1, List.of(6L), List.of(1L)));
        TorchFiles.writeZip(torch, entries);
        refused("damaged: its table of tensors cannot be read");
    }

    @Test
    void refusesAPickleThatRunsCode() throws IOException {
        // os.system("touch ..."), by each operation that can call something.
        Path touched = folder.resolve("touched");
        String command = "touch " + touched;
        var programs = new ArrayList<byte[]>();
        programs.add(new PickleWriter()
                .global("os", "system")
                .raw('(')
                .text(command)
                .raw('t', 'R')
                .bytes());
        programs.add(new PickleWriter()
                .text("os")
                .text("system")
                .raw(0x93, '(')
                .text(command)
                .raw('t', 'R')
                .bytes());
        programs.add(new PickleWriter()
                .raw('(')
                .text(command)
                .raw('i')
                .global("", "")
                .bytes());
        programs.add(new PickleWriter()
                .raw('(')
                .global("os", "system")
                .text(command)
                .raw('o')
                .bytes());
        programs.add(new PickleWriter()
                .global("os", "system")
                .raw('(')
                .text(command)
                .raw('t', 0x81)
                .bytes());
        programs.add(new PickleWriter()
                .global("builtins", "eval")
                .raw('(')
                .text("1")
                .raw('t', 'R')
                .bytes());
        programs.add(new PickleWriter()
                .global("torch.storage", "_load_from_bytes")
                .raw('(', 't', 'R')
                .bytes());
        programs.add(new PickleWriter()
                .global("operator", "attrgetter")
                .raw('(')
                .text("x")
                .raw('t', 'R')
                .bytes());
        for (byte[] program : programs) {
            Path torch = folder.resolve("pytorch_model.bin");
            TorchFiles.writeZipEntries(torch, Map.of("archive/data.pkl", program));
            refused("refused: ");
            Files.write(torch, program);
            refused("refused: ");
        }
        assertFalse(Files.exists(touched));
        TorchFiles.writeZipEntries(folder.resolve("pytorch_model.bin"), Map.of("archive/data.pkl", programs.get(0)));
        refused("it asks for os.system, which no state dict needs");
    }

    @Test
    void refusesPicklesThatAreNoStateDict() throws IOException {
        Path torch = folder.resolve("pytorch_model.bin");
        TorchFiles.writeZipEntries(
                torch, Map.of("a/data.pkl", new PickleWriter().whole(3).bytes()));
        refused("something other than named tensors");
        byte[] step =
                new PickleWriter().raw('}', '(').text("step").whole(3).raw('u').bytes();
        TorchFiles.writeZipEntries(torch, Map.of("a/data.pkl", step));
        refused("entry 'step' is no tensor");
        byte[] endless = new PickleWriter().raw('X').int32(0x7fffffff).bytes();
        TorchFiles.writeZipEntries(torch, Map.of("a/data.pkl", endless));
        refused("damaged: its table of tensors");
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"F32", "F16"})
    void writesWhatItReads(DType dtype) throws IOException {
        try (var tokenizer = TinyTokenizer.open(11)) {
            Path out = folder.resolve("deep/er");
            var config = new CheckpointConfig(TinyModel.CONFIG, Map.of("attn_pdrop", 0.1));

            CheckpointWriter.write(out, new Checkpoint(config, model.tensors()), tokenizer, dtype);

            Checkpoint again = CheckpointReader.read(out);
            assertSame(model, again);
            assertEquals(0.1, again.config().others().get("attn_pdrop"));
            assertArrayEquals(tokenizer.json(), Files.readAllBytes(out.resolve("tokenizer.json")));
            assertEquals(
                    List.of(
                            "config.json",
                            "generation_config.json",
                            "model.safetensors",
                            "special_tokens_map.json",
                            "tokenizer.json",
                            "tokenizer_config.json"),
                    names(out));
            try (var reader = SafetensorsReader.open(out.resolve("model.safetensors"))) {
                assertEquals("pt", reader.metadata().get("format"));
                assertEquals(
                        List.of(6L, 24L),
                        reader.tensor("transformer.h.0.mlp.c_fc.weight").shape());
                assertEquals(
                        List.of(11L, 6L),
                        reader.tensor("transformer.wte.weight").shape());
                assertEquals(dtype, reader.tensor("transformer.ln_f.bias").dtype());
                assertArrayEquals(
                        TinyModel.stored(model, "")
                                .get("h.1.attn.c_attn.weight")
                                .values(),
                        reader.readFloats("transformer.h.1.attn.c_attn.weight"));
            }
        }
    }

    @Test
    void refusesToWriteWhatCannotBeHeld() {
        try (var tokenizer = TinyTokenizer.open(12)) {
            var problem = assertThrows(
                    BantamException.class, () -> CheckpointWriter.write(folder, model, tokenizer, DType.F32));
            assertTrue(problem.getMessage().contains("vocabulary of 12"), problem.getMessage());
        }
        var large = new LinkedHashMap<>(model.tensors());
        large.put("ln_f.bias", FloatTensor.of(new float[] {0, 0, 70_000, 0, 0, 0}, 6));
        try (var tokenizer = TinyTokenizer.open(11)) {
            var checkpoint = new Checkpoint(model.config(), large);
            assertThrows(
                    IllegalArgumentException.class,
                    () -> CheckpointWriter.write(folder, checkpoint, tokenizer, DType.F16));
        }
    }

    private static List<String> names(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private String refused(String message) {
        var problem = assertThrows(FormatException.class, () -> CheckpointReader.read(folder));
        assertTrue(problem.getMessage().contains(message), problem.getMessage());
        assertFalse(problem.getMessage().contains("\n"), problem.getMessage());
        return problem.getMessage();
    }

    private static void assertSame(Checkpoint expected, Checkpoint actual) {
        assertEquals(expected.config().decoder(), actual.config().decoder());
        assertEquals(
                List.copyOf(expected.tensors().keySet()),
                List.copyOf(actual.tensors().keySet()));
        expected.tensors().forEach((name, tensor) -> {
            assertEquals(tensor.shape(), actual.tensors().get(name).shape(), name);
            assertArrayEquals(tensor.values(), actual.tensors().get(name).values(), name);
        });
    }

    private void writeSafetensors(String file, Map<String, FloatTensor> tensors, DType dtype) {
        var writer = new SafetensorsWriter();
        tensors.forEach((name, tensor) -> writer.addFloats(
                name,
                dtype,
                tensor::values,
                tensor.shape().stream().mapToLong(Integer::longValue).toArray()));
        try {
            writer.write(folder.resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void writeShards(
            Map<String, FloatTensor> tensors,
            String stem,
            String end,
            BiConsumer<String, Map<String, FloatTensor>> write)
            throws IOException {
        List<Map<String, FloatTensor>> parts = List.of(new LinkedHashMap<>(), new LinkedHashMap<>());
        List<String> map = new ArrayList<>();
        int i = 0;
        for (var tensor : tensors.entrySet()) {
            int part = i++ % 2;
            parts.get(part).put(tensor.getKey(), tensor.getValue());
            map.add("\"" + tensor.getKey() + "\":\"" + shard(stem, part, end) + "\"");
        }
        write.accept(shard(stem, 0, end), parts.get(0));
        write.accept(shard(stem, 1, end), parts.get(1));
        Files.writeString(
                folder.resolve(stem + end + ".index.json"),
                "{\"metadata\":{\"total_size\":1},\"weight_map\":{" + String.join(",", map) + "}}");
    }

    private static String shard(String stem, int part, String end) {
        return stem + "-0000" + (part + 1) + "-of-00002" + end;
    }

    private Map<String, Entry> entries(String storageClass, int bytes, String prefix) {
        var entries = new LinkedHashMap<String, Entry>();
        TinyModel.stored(model, prefix).forEach((name, tensor) -> {
            float[] values = tensor.values();
            ByteBuffer buffer = ByteBuffer.allocate(values.length * bytes).order(ByteOrder.LITTLE_ENDIAN);
            for (float value : values) {
                switch (storageClass) {
                    case "HalfStorage" -> buffer.putShort(Float.floatToFloat16(value));
                    case "BFloat16Storage" -> buffer.putShort((short) (Float.floatToRawIntBits(value) >>> 16));
                    case "DoubleStorage" -> buffer.putDouble(value);
                    default -> buffer.putFloat(value);
                }
            }
            entries.put(
                    name,
                    Entry.contiguous(
                            storageClass, bytes, buffer.array(), tensor.shape().toArray(Integer[]::new)));
        });
        return entries;
    }
}
