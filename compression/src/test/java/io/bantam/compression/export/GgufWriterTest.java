package io.bantam.compression.export;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.runtime.format.Architecture;
import io.bantam.runtime.format.DType;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.FloatTensor;
import io.bantam.runtime.format.FormatException;
import io.bantam.runtime.format.GgmlType;
import io.bantam.runtime.format.GgufReader;
import io.bantam.runtime.format.GgufTensor;
import io.bantam.runtime.format.ModelTensor;
import io.bantam.runtime.format.PackedTensor;
import io.bantam.runtime.format.Rotary;
import io.bantam.runtime.format.Scheme;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class GgufWriterTest {
    @TempDir
    private Path folder;

    /** Blocks that agree byte for byte with those of llama.cpp's own quantizer at commit 3f545bec. */
    @Test
    void blocksAreThoseOfLlamaCpp() {
        byte[] ternary = codes(256, i -> (7 * i + i / 16) % 3 - 1);
        byte[] binary = codes(128, i -> 37 * i % 11 < 5 ? -1 : 1);
        float[] general = new float[32];
        for (int i = 0; i < general.length; i++) {
            general[i] = (29 * i % 61 - 30) / 16f;
        }
        assertBlock(
                "244992244992244992244992244992249224499224499224499224499224499249922449922449922449922449922449244992"
                        + "244992244992244992244992240034",
                GgmlBlocks.tq2_0(ternary, 0.25f));
        assertBlock(
                "3194bb3194bb3194bb3194bb3194bb31"
                        + "bb3194bb3194bb3194bb3194bb3194bbcf456ccf456ccf456ccf456ccf456ccf3092bb30"
                        + "0034",
                GgmlBlocks.tq1_0(ternary, 0.25f));
        assertBlock("003424499224922449924992244924499224", GgmlBlocks.q2_0(Arrays.copyOf(ternary, 64), 0.25f));
        assertBlock("0038b4a52d6d694b5bdad296b6b4a52d6d69", GgmlBlocks.q1_0(binary, 0.5f));
        assertBlock("8f2381fc77ef6ae25dd650c944bc37b02aa31e961189047ff872eb66de59d14cc53f", GgmlBlocks.q8_0(general));
        assertBlock("8033a0189f178ff67ef57de56ce45bd34bc2", GgmlBlocks.q4_0(general));
    }

    private static byte[] codes(int count, IntUnaryOperator code) {
        byte[] codes = new byte[count];
        for (int i = 0; i < count; i++) {
            codes[i] = (byte) code.applyAsInt(i);
        }
        return codes;
    }

    private static void assertBlock(String expected, byte[] block) {
        assertEquals(expected, HexFormat.of().formatHex(block));
    }

    private static DecoderConfig config(int width) {
        return new DecoderConfig(70, 16, width, 2 * width, 2, 2, 1e-5f, 0, 1, 4);
    }

    private static Map<String, ModelTensor> model(DecoderConfig config, Scheme scheme, int bits, int group) {
        Random random = new Random(8);
        Map<String, ModelTensor> tensors = new LinkedHashMap<>();
        config.shapes().forEach((name, shape) -> {
            boolean matrix = shape.size() == 2 && !name.equals("wpe.weight");
            tensors.put(
                    name,
                    matrix && scheme != null ? packed(random, scheme, bits, shape, group) : floats(random, shape));
        });
        return tensors;
    }

    private static FloatTensor floats(Random random, List<Integer> shape) {
        float[] values = new float[shape.stream().reduce(1, (a, b) -> a * b)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return new FloatTensor(DType.F32, shape, values);
    }

    private static PackedTensor packed(Random random, Scheme scheme, int bits, List<Integer> shape, int group) {
        int rows = shape.getFirst();
        int columns = shape.getLast();
        int[] codes = RandomCodes.of(random, scheme, bits, rows * columns);
        float[] scales = new float[group == 0 ? 1 : rows * (columns / group)];
        for (int i = 0; i < scales.length; i++) {
            scales[i] = 0.01f + random.nextFloat();
        }
        return PackedTensor.pack(
                scheme, bits, rows, columns, group, codes, scales, scheme == Scheme.ASYMMETRIC ? scales : null);
    }

    /** The tensor with scales as float16 has them. */
    private static float[] expected(ModelTensor tensor) {
        if (!(tensor instanceof PackedTensor packed)) {
            return tensor.toFloats();
        }
        float[] scales = packed.scales().clone();
        for (int i = 0; i < scales.length; i++) {
            scales[i] = Float.float16ToFloat(Float.floatToFloat16(scales[i]));
        }
        return new PackedTensor(
                        packed.scheme(),
                        packed.bits(),
                        packed.rows(),
                        packed.columns(),
                        packed.group(),
                        packed.codes(),
                        scales,
                        packed.zeros())
                .toFloats();
    }

    private static DecoderConfig llama(String name, Rotary.Scaling scaling) {
        Architecture architecture = new Architecture(
                name,
                Architecture.Norm.RMS,
                Optional.of(new Rotary(8, false, 1e4, scaling)),
                Architecture.FeedForward.SWIGLU,
                false,
                2,
                8,
                false,
                Set.of(Architecture.Bias.ATTENTION_IN));
        return new DecoderConfig(70, 16, 32, 64, 2, 4, 1e-6f, 0, 1, 4, architecture);
    }

    /** Separate projections; for llama the halves of a head's rows interleaved, as llama.cpp's converter does. */
    @ParameterizedTest
    @CsvSource({"llama, llama, true", "mistral, llama, true", "qwen2, qwen2, false"})
    void projectionsAreTakenApart(String family, String architecture, boolean interleaved) throws IOException {
        DecoderConfig config = llama(family, new Rotary.Scaling.Linear(4));
        Map<String, ModelTensor> tensors = model(config, Scheme.SYMMETRIC, 4, 32);
        Path file = folder.resolve("model.gguf");
        GgufWriter.Written written = GgufWriter.write(file, "test", config, tensors, null, GgufOptions.DEFAULT);
        assertEquals(GgmlType.Q4_0, written.types().get("blk.1.ffn_gate.weight"));
        try (GgufReader reader = GgufReader.open(file)) {
            float[] fused = expected(tensors.get("h.1.attn.c_attn.weight"));
            float[] bias = expected(tensors.get("h.1.attn.c_attn.bias"));
            int[] first = {0, 32, 48};
            int[] heads = {4, 2, 2};
            for (int part = 0; part < 3; part++) {
                String name = "blk.1.attn_" + "qkv".charAt(part);
                float[] weight = reader.readFloats(name + ".weight");
                float[] shift = reader.readFloats(name + ".bias");
                assertEquals(heads[part] * 8 * 32, weight.length);
                for (int head = 0; head < heads[part]; head++) {
                    for (int half = 0; half < 2; half++) {
                        for (int i = 0; i < 4; i++) {
                            // reshape(heads, 2, 4).swapaxes(1, 2)
                            int to = head * 8 + (interleaved && part < 2 ? 2 * i + half : 4 * half + i);
                            int from = first[part] + head * 8 + 4 * half + i;
                            assertEquals(bias[from], shift[to]);
                            assertArrayEquals(
                                    Arrays.copyOfRange(fused, from * 32, from * 32 + 32),
                                    Arrays.copyOfRange(weight, to * 32, to * 32 + 32),
                                    name + " row " + to);
                        }
                    }
                }
            }
            float[] inner = expected(tensors.get("h.0.mlp.c_fc.weight"));
            assertArrayEquals(Arrays.copyOf(inner, 64 * 32), reader.readFloats("blk.0.ffn_gate.weight"));
            assertArrayEquals(Arrays.copyOfRange(inner, 64 * 32, 128 * 32), reader.readFloats("blk.0.ffn_up.weight"));
            assertArrayEquals(expected(tensors.get("lm_head.weight")), reader.readFloats("output.weight"));
            assertEquals(architecture, reader.metadata().get("general.architecture"));
            assertEquals(2L, reader.metadata().get(architecture + ".attention.head_count_kv"));
            assertEquals(1e-6f, reader.metadata().get(architecture + ".attention.layer_norm_rms_epsilon"));
            assertEquals(8L, reader.metadata().get(architecture + ".rope.dimension_count"));
            assertEquals("linear", reader.metadata().get(architecture + ".rope.scaling.type"));
            assertEquals(4f, reader.metadata().get(architecture + ".rope.scaling.factor"));
        }
    }

    @Test
    void llama3sScalingIsATensorOfDivisors() throws IOException {
        DecoderConfig config = llama("llama", new Rotary.Scaling.Llama3(8, 1, 4, 16));
        Path file = folder.resolve("model.gguf");
        GgufWriter.write(file, "test", config, model(config, null, 0, 0), null, GgufOptions.DEFAULT);
        try (GgufReader reader = GgufReader.open(file)) {
            float[] divisors = reader.readFloats("rope_freqs.weight");
            assertEquals(4, divisors.length);
            assertEquals(8f, divisors[3], "the longest wave is divided by the factor");
        }
    }

    @Test
    void aFamilyThatLlamaCppDoesNotRunIsRefused() {
        Architecture codegen = new Architecture(
                "codegen",
                Architecture.Norm.LAYER,
                Optional.of(new Rotary(4, true, 1e4, new Rotary.Scaling.None())),
                Architecture.FeedForward.GELU,
                true,
                0,
                0,
                false,
                Set.of());
        DecoderConfig config = new DecoderConfig(70, 16, 32, 64, 2, 4, 1e-6f, 0, 1, 4, codegen);
        var problem = assertThrows(
                IllegalArgumentException.class,
                () -> GgufWriter.write(
                        folder.resolve("m.gguf"),
                        "test",
                        config,
                        model(config, null, 0, 0),
                        null,
                        GgufOptions.DEFAULT));
        assertTrue(
                problem.getMessage().startsWith("llama.cpp runs no codegen models; GGUF files"), problem.getMessage());
    }

    @ParameterizedTest
    @CsvSource({
        "256, BINARY, 1, 0, TQ2_0, Q1_0",
        "256, BINARY, 1, 256, TQ2_0, Q1_0",
        "192, BINARY, 1, 192, TQ2_0, Q2_0",
        "256, BINARY, 1, 32, TQ2_0, Q4_0",
        "256, TERNARY, 2, 256, TQ2_0, TQ2_0",
        "256, TERNARY, 2, 0, TQ1_0, TQ1_0",
        "256, TERNARY, 2, 64, TQ1_0, Q2_0",
        "192, TERNARY, 2, 192, TQ2_0, Q2_0",
        "96, TERNARY, 2, 96, TQ2_0, Q4_0",
        "64, SYMMETRIC, 2, 64, TQ2_0, Q4_0",
        "64, SYMMETRIC, 4, 32, TQ2_0, Q4_0",
        "64, SYMMETRIC, 8, 64, TQ2_0, Q8_0",
        "64, SYMMETRIC, 5, 0, TQ2_0, Q8_0"
    })
    void codesComeBackBitForBit(int width, Scheme scheme, int bits, int group, GgmlType ternary, GgmlType type)
            throws IOException {
        DecoderConfig config = config(width);
        Map<String, ModelTensor> tensors = model(config, scheme, bits, group);
        Path file = folder.resolve("model.gguf");
        GgufWriter.Written written =
                GgufWriter.write(file, "test", config, tensors, null, new GgufOptions(ternary, GgmlType.F32));
        assertEquals(
                type,
                written.types().get("blk.0.attn_qkv.weight"),
                written.fallbacks().toString());
        assertEquals(Files.size(file), written.bytes());
        try (GgufReader reader = GgufReader.open(file)) {
            assertEquals(config.shapes().size(), reader.tensors().size());
            tensors.forEach((name, tensor) -> {
                try {
                    assertArrayEquals(expected(tensor), reader.readFloats(GgufWriter.tensorName(name)), name);
                } catch (IOException problem) {
                    throw new AssertionError(problem);
                }
            });
            assertEquals("gpt2", reader.metadata().get("general.architecture"));
            assertEquals(2L, reader.metadata().get("gpt2.block_count"));
            assertEquals(70L, reader.metadata().get("gpt2.vocab_size"));
            assertEquals(1e-5f, reader.metadata().get("gpt2.attention.layer_norm_epsilon"));
            GgufTensor up = reader.tensors().get("blk.1.ffn_up.weight");
            assertEquals(List.of(2L * width, (long) width), up.shape());
        }
    }

    @Test
    void saysWhatDoesNotFit() throws IOException {
        DecoderConfig config = config(48);
        GgufWriter.Written written = GgufWriter.write(
                folder.resolve("a.gguf"),
                "test",
                config,
                model(config, Scheme.BINARY, 1, 48),
                null,
                GgufOptions.DEFAULT);
        assertTrue(
                written.fallbacks()
                        .contains("h.0.attn.c_attn.weight: rows of 48 with a scale for 48 columns do not fit the"
                                + " 128-weight blocks of Q1_0; written as F16"),
                written.fallbacks().toString());
        written = GgufWriter.write(
                folder.resolve("b.gguf"),
                "test",
                config,
                model(config, Scheme.ASYMMETRIC, 4, 48),
                null,
                GgufOptions.DEFAULT);
        assertTrue(written.fallbacks().getFirst().contains("no GGUF type has zero points; written as F16"));
        assertThrows(IllegalArgumentException.class, () -> new GgufOptions(GgmlType.Q8_0, GgmlType.F32));
        assertThrows(IllegalArgumentException.class, () -> new GgufOptions(GgmlType.TQ2_0, GgmlType.Q1_0));
    }

    @ParameterizedTest
    @CsvSource({"F32, 0", "F16, 0.0005", "Q8_0, 0.01", "Q4_0, 0.15"})
    void floatsBecomeWhatIsAskedFor(GgmlType type, double tolerance) throws IOException {
        DecoderConfig config = config(64);
        Map<String, ModelTensor> tensors = model(config, null, 0, 0);
        Path file = folder.resolve("model.gguf");
        GgufWriter.write(file, "test", config, tensors, null, new GgufOptions(GgmlType.TQ2_0, type));
        try (GgufReader reader = GgufReader.open(file)) {
            assertEquals(type, reader.tensors().get("blk.0.ffn_down.weight").type());
            assertEquals(
                    GgmlType.F32, reader.tensors().get("position_embd.weight").type());
            float[] expected = tensors.get("h.0.mlp.c_proj.weight").toFloats();
            float[] found = reader.readFloats("blk.0.ffn_down.weight");
            double squares = 0;
            for (int i = 0; i < found.length; i++) {
                squares += Math.pow(found[i] - expected[i], 2);
            }
            assertTrue(Math.sqrt(squares / found.length) <= tolerance, "" + Math.sqrt(squares / found.length));
        }
    }

    private byte[] small() throws IOException {
        DecoderConfig config = config(32);
        Path file = folder.resolve("small.gguf");
        GgufWriter.write(file, "test", config, model(config, Scheme.SYMMETRIC, 8, 32), null, GgufOptions.DEFAULT);
        return Files.readAllBytes(file);
    }

    private String refusal(byte[] bytes) throws IOException {
        Path file = folder.resolve("bad.gguf");
        Files.write(file, bytes);
        String message = assertThrows(
                        FormatException.class, () -> GgufReader.open(file).close())
                .getMessage();
        assertTrue(message.startsWith(file + ": ") && message.lines().count() == 1, message);
        return message;
    }

    @Test
    void truncatedFilesAreRefused() throws IOException {
        byte[] bytes = small();
        for (int length = 0; length < bytes.length; length = length < 3000 ? length + 7 : length + 997) {
            refusal(Arrays.copyOf(bytes, length));
        }
    }

    @Test
    void foreignAndDamagedHeadersAreNamed() throws IOException {
        byte[] bytes = small();
        assertTrue(refusal("PK\u0003\u0004 and so on".getBytes(StandardCharsets.US_ASCII))
                .contains("no GGUF file"));
        assertTrue(refusal(with(bytes, 4, 2)).contains("version 2"));
        assertTrue(refusal(with(bytes, 4, 4)).contains("update Bantam"));
        assertTrue(refusal(with(bytes, 11, 0x7f)).contains("tensors"));
        assertTrue(refusal(with(bytes, 19, 0x7f)).contains("metadata entries"));
        int offset = indexOf(bytes, "token_embd.weight") + 17 + 4 + 16 + 4;
        assertTrue(refusal(with(bytes, offset, 32)).contains("without holes"));
        assertTrue(refusal(with(bytes, offset - 4, 99)).contains("type 99"));
        assertTrue(refusal(with(bytes, offset - 4 - 16 + 7, 0x7f)).contains("dimensions"));
        assertTrue(refusal(with(bytes, offset - 4 - 16 + 4, 1)).contains("pass the end"));
        assertTrue(refusal(with(bytes, offset - 4 - 16, 33)).contains("no whole blocks"));
    }

    private static byte[] with(byte[] bytes, int at, int value) {
        byte[] changed = bytes.clone();
        changed[at] = (byte) value;
        return changed;
    }

    private static int indexOf(byte[] bytes, String text) {
        return new String(bytes, StandardCharsets.ISO_8859_1).indexOf(text);
    }

    /** Whatever the bytes, a file is read or refused; {@code -Dbantam.fuzz.seconds=600} goes on that long. */
    @Test
    void randomDamageIsNeverAFault() throws IOException {
        byte[] bytes = small();
        Path file = folder.resolve("damaged.gguf");
        Random random = new Random(4);
        int header = 3000;
        long end = System.nanoTime() + Long.getLong("bantam.fuzz.seconds", 0) * 1_000_000_000;
        for (int i = 0; i < 2000 || System.nanoTime() < end; i++) {
            byte[] changed = random.nextInt(8) == 0
                    ? Arrays.copyOf(bytes, 24 + random.nextInt(bytes.length - 24))
                    : bytes.clone();
            ByteBuffer buffer = ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN);
            for (int n = random.nextInt(3); n >= 0; n--) {
                int at = random.nextInt(Math.min(header, changed.length - 8));
                switch (random.nextInt(3)) {
                    case 0 -> changed[at] = (byte) random.nextInt(256);
                    case 1 -> buffer.putInt(at, random.nextInt());
                    default -> buffer.putLong(at, random.nextLong() >> random.nextInt(64));
                }
            }
            Files.write(file, changed);
            try (GgufReader reader = GgufReader.open(file)) {
                for (String name : reader.tensors().keySet()) {
                    reader.readFloats(name);
                }
            } catch (FormatException refused) {
                assertEquals(1, refused.getMessage().lines().count(), refused.getMessage());
            }
        }
    }
}
