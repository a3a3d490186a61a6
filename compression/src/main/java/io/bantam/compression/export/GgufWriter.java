package io.bantam.compression.export;

import io.bantam.runtime.format.Architecture;
import io.bantam.runtime.format.CodebookTensor;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.FloatTensor;
import io.bantam.runtime.format.GgmlType;
import io.bantam.runtime.format.ModelTensor;
import io.bantam.runtime.format.PackedTensor;
import io.bantam.runtime.format.Rotary;
import io.bantam.runtime.tokenizer.BytePairTokenizer;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Writes a model as a GGUF file of version 3 for llama.cpp and whatever reads its files. The
 * layout is described at {@link io.bantam.runtime.format.GgufReader}.
 *
 * <p>Quantized weights keep their codes; their scales are rounded to float16, the only precision that the blocks have
 * (a relative error of at most 2^-11). Norms, biases and positions are float32. How activations are quantized cannot be
 * said in the file: llama.cpp rounds them to 8 bits per 32 or 256 values whenever weights are quantized.
 *
 * <p>llama.cpp does not take the space before {@code <EOL>} and number placeholders into the token, as the model learnt
 * it: text for it must have none there.
 */
public final class GgufWriter {
    private static final int ALIGNMENT = 32;
    private static final int UINT32 = 4;
    private static final int INT32 = 5;
    private static final int FLOAT32 = 6;
    private static final int BOOL = 7;
    private static final int STRING = 8;
    private static final int ARRAY = 9;

    /** What a file was given. */
    public record Written(long bytes, Map<String, GgmlType> types, List<String> fallbacks) {
        /** Copies. */
        public Written {
            types = Map.copyOf(types);
            fallbacks = List.copyOf(fallbacks);
        }
    }

    private final ByteArrayOutputStream entries = new ByteArrayOutputStream();
    private int entryCount;

    private GgufWriter() {}

    /**
     * Writes a file; it appears only when it is complete.
     *
     * @param name the model's name, for people
     * @param tensors those of {@link DecoderConfig#shapes}
     * @param tokenizer the model's; null for none
     * @return the size, the types by the tensors' names in the file, and what had to be written in another type than it
     *     wants
     * @throws IllegalArgumentException if the tokenizer has more tokens than the model, or llama.cpp knows no such
     *     model or tokenizer
     * @throws IOException if the file cannot be written
     */
    public static Written write(
            Path path,
            String name,
            DecoderConfig config,
            Map<String, ? extends ModelTensor> tensors,
            BytePairTokenizer tokenizer,
            GgufOptions options)
            throws IOException {
        GgufLayout layout = GgufLayout.of(config);
        Map<String, GgufEncoding> encodings = new LinkedHashMap<>();
        List<String> fallbacks = new ArrayList<>();
        List<Float> divisors = layout.frequencyDivisors();
        if (!divisors.isEmpty()) {
            float[] values = new float[divisors.size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = divisors.get(i);
            }
            encodings.put("rope_freqs.weight", new GgufEncoding(FloatTensor.of(values, values.length), GgmlType.F32));
        }
        config.shapes().keySet().forEach(key -> {
            layout.tensors(key, tensors.get(key))
                    .forEach((file, tensor) -> encodings.put(
                            file,
                            isPlain(key) ? new GgufEncoding(tensor, GgmlType.F32) : GgufEncoding.of(tensor, options)));
            if (!isPlain(key)) {
                GgufEncoding.of(tensors.get(key), options)
                        .fallback(key, options)
                        .ifPresent(fallbacks::add);
            }
        });
        GgufWriter writer = new GgufWriter();
        writer.describe(name, config, layout.architecture(), encodings);
        writer.tokenizer(layout.architecture(), config, tokenizer);
        Path target = path.toAbsolutePath();
        Path temporary = target.resolveSibling(target.getFileName() + "." + UUID.randomUUID() + ".tmp");
        try {
            try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(temporary), 1 << 18)) {
                writer.write(out, encodings);
            }
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(temporary);
        }
        Map<String, GgmlType> types = new TreeMap<>();
        encodings.forEach((key, encoding) -> types.put(key, encoding.type()));
        return new Written(Files.size(target), types, fallbacks);
    }

    /** Norms, biases and positions, which llama.cpp wants in float32. */
    private static boolean isPlain(String name) {
        return name.endsWith(".bias") || name.contains("ln_") || name.equals("wpe.weight");
    }

    /** The name that llama.cpp has for a tensor: {@code blk.3.attn_qkv.weight} for {@code h.3.attn.c_attn.weight}. */
    public static String tensorName(String name) {
        if (name.startsWith("h.")) {
            int end = name.indexOf('.', 2);
            String rest = name.substring(end + 1)
                    .replace("ln_1.", "attn_norm.")
                    .replace("attn.c_attn.", "attn_qkv.")
                    .replace("attn.c_proj.", "attn_output.")
                    .replace("ln_2.", "ffn_norm.")
                    .replace("mlp.c_fc.", "ffn_up.")
                    .replace("mlp.c_proj.", "ffn_down.");
            return "blk." + name.substring(2, end) + "." + rest;
        }
        return name.replace("wte.", "token_embd.")
                .replace("wpe.", "position_embd.")
                .replace("ln_f.", "output_norm.")
                .replace(DecoderConfig.HEAD + ".", "output.");
    }

    private void describe(String name, DecoderConfig config, String architecture, Map<String, GgufEncoding> encodings) {
        string("general.architecture", architecture);
        string("general.name", name);
        uint32("general.quantization_version", 2);
        uint32("general.file_type", fileType(encodings));
        uint32(architecture + ".context_length", config.positions());
        uint32(architecture + ".embedding_length", config.width());
        uint32(architecture + ".block_count", config.layers());
        uint32(architecture + ".feed_forward_length", config.innerWidth());
        uint32(architecture + ".attention.head_count", config.heads());
        boolean root = config.architecture().norm() == Architecture.Norm.RMS;
        float32(architecture + ".attention.layer_norm_" + (root ? "rms_" : "") + "epsilon", config.layerNormEpsilon());
        config.architecture().rotary().ifPresent(rotary -> {
            uint32(architecture + ".attention.head_count_kv", config.keyValueHeads());
            uint32(architecture + ".attention.key_length", config.headWidth());
            uint32(architecture + ".attention.value_length", config.headWidth());
            rotary(architecture + ".rope.", rotary);
        });
    }

    private void rotary(String prefix, Rotary rotary) {
        uint32(prefix + "dimension_count", rotary.width());
        float32(prefix + "freq_base", (float) rotary.base());
        switch (rotary.scaling()) {
            case Rotary.Scaling.Linear linear -> {
                string(prefix + "scaling.type", "linear");
                float32(prefix + "scaling.factor", (float) linear.factor());
            }
            case Rotary.Scaling.Yarn yarn -> {
                string(prefix + "scaling.type", "yarn");
                float32(prefix + "scaling.factor", (float) yarn.factor());
                uint32(prefix + "scaling.original_context_length", yarn.positions());
                float32(prefix + "scaling.yarn_beta_fast", (float) yarn.fast());
                float32(prefix + "scaling.yarn_beta_slow", (float) yarn.slow());
            }
            // Llama 3's is a tensor of divisors.
            case Rotary.Scaling.Llama3 llama -> {}
            case Rotary.Scaling.None none -> {}
        }
    }

    /** Returns {@code general.file_type}, which readers only show: the type of the first layer's weights. */
    private static int fileType(Map<String, GgufEncoding> encodings) {
        return switch (encodings.get("blk.0.attn_output.weight").type()) {
            case F32 -> 0;
            case F16 -> 1;
            case Q4_0 -> 2;
            case Q8_0 -> 7;
            case TQ1_0 -> 36;
            case TQ2_0 -> 37;
            case Q1_0 -> 40;
            case Q2_0 -> 41;
        };
    }

    private void tokenizer(String architecture, DecoderConfig config, BytePairTokenizer tokenizer) {
        if (tokenizer == null) {
            string("tokenizer.ggml.model", "none");
            uint32(architecture + ".vocab_size", config.vocabularySize());
            return;
        }
        int size = config.vocabularySize();
        if (tokenizer.vocabularySize() > size) {
            throw new IllegalArgumentException("the tokenizer has a vocabulary of " + tokenizer.vocabularySize()
                    + ", the model one of " + size + "; they do not belong together");
        }
        GgufTokenizer known = new GgufTokenizer(tokenizer);
        string("tokenizer.ggml.model", known.model());
        string("tokenizer.ggml.pre", known.pre());
        list("tokenizer.ggml.tokens", STRING, size);
        for (int id = 0; id < size; id++) {
            text(entries, known.text(id));
        }
        list("tokenizer.ggml.token_type", INT32, size);
        for (int id = 0; id < size; id++) {
            int32(entries, known.type(id));
        }
        if (tokenizer.isByteLevel()) {
            List<String> merges = tokenizer.merges();
            list("tokenizer.ggml.merges", STRING, merges.size());
            for (String merge : merges) {
                text(entries, merge);
            }
        } else {
            list("tokenizer.ggml.scores", FLOAT32, size);
            for (float score : known.scores(size)) {
                int32(entries, Float.floatToIntBits(score));
            }
            bool("tokenizer.ggml.add_space_prefix", tokenizer.addsSpaceBefore());
            if (tokenizer.unknownId() >= 0) {
                uint32("tokenizer.ggml.unknown_token_id", tokenizer.unknownId());
            }
        }
        // Without these llama.cpp takes the ids of another model.
        int end = config.endId() >= 0 ? config.endId() : 0;
        uint32("tokenizer.ggml.bos_token_id", config.beginId() >= 0 ? config.beginId() : end);
        uint32("tokenizer.ggml.eos_token_id", end);
        bool("tokenizer.ggml.add_bos_token", tokenizer.beginsTexts());
    }

    private void write(OutputStream out, Map<String, GgufEncoding> encodings) throws IOException {
        ByteArrayOutputStream header = new ByteArrayOutputStream();
        header.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
        int32(header, 3);
        int64(header, encodings.size());
        int64(header, entryCount);
        entries.writeTo(header);
        long offset = 0;
        for (Map.Entry<String, GgufEncoding> entry : encodings.entrySet()) {
            GgufEncoding encoding = entry.getValue();
            text(header, entry.getKey());
            List<Integer> shape = shape(encoding.tensor());
            int32(header, shape.size());
            for (int dimension : shape.reversed()) {
                int64(header, dimension);
            }
            int32(header, encoding.type().id());
            int64(header, offset);
            offset += padded(encoding.byteSize());
        }
        header.writeBytes(new byte[(int) (padded(header.size()) - header.size())]);
        header.writeTo(out);
        for (GgufEncoding encoding : encodings.values()) {
            encoding.write(out::write);
            out.write(new byte[(int) (padded(encoding.byteSize()) - encoding.byteSize())]);
        }
    }

    private static List<Integer> shape(ModelTensor tensor) {
        return switch (tensor) {
            case FloatTensor floats -> floats.shape();
            case PackedTensor packed -> List.of(packed.rows(), packed.columns());
            case CodebookTensor codebooks -> List.of(codebooks.rows(), codebooks.columns());
        };
    }

    private static long padded(long size) {
        return Math.ceilDiv(size, ALIGNMENT) * (long) ALIGNMENT;
    }

    private void entry(String key, int type) {
        entryCount++;
        text(entries, key);
        int32(entries, type);
    }

    private void string(String key, String value) {
        entry(key, STRING);
        text(entries, value);
    }

    private void bool(String key, boolean value) {
        entry(key, BOOL);
        entries.write(value ? 1 : 0);
    }

    private void uint32(String key, int value) {
        entry(key, UINT32);
        int32(entries, value);
    }

    private void float32(String key, float value) {
        entry(key, FLOAT32);
        int32(entries, Float.floatToIntBits(value));
    }

    private void list(String key, int elementType, int count) {
        entry(key, ARRAY);
        int32(entries, elementType);
        int64(entries, count);
    }

    private static void text(ByteArrayOutputStream out, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int64(out, bytes.length);
        out.writeBytes(bytes);
    }

    private static void int32(ByteArrayOutputStream out, int value) {
        for (int shift = 0; shift < Integer.SIZE; shift += 8) {
            out.write(value >>> shift);
        }
    }

    private static void int64(ByteArrayOutputStream out, long value) {
        int32(out, (int) value);
        int32(out, (int) (value >>> Integer.SIZE));
    }
}
