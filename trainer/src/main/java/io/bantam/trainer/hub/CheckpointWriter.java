package io.bantam.trainer.hub;

import io.bantam.runtime.format.DType;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.EncoderConfig;
import io.bantam.runtime.format.ModelConfig;
import io.bantam.runtime.format.SafetensorsWriter;
import io.bantam.trainer.model.PartialWeights;
import io.bantam.trainer.tokenizer.CodeTokenizer;
import io.bantam.trainer.tokenizer.SpecialTokens;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes a model as a Hugging Face folder that {@code AutoModelForCausalLM} and {@code AutoTokenizer} load:
 * {@code model.safetensors}, {@code tokenizer.json}, {@code tokenizer_config.json}, {@code special_tokens_map.json},
 * {@code generation_config.json} and, last, {@code config.json}. Each file appears whole or not at all.
 */
public final class CheckpointWriter {

    private CheckpointWriter() {}

    /**
     * Writes a folder, which is made if it is missing. Files of these names in it are replaced.
     *
     * @param folder where to
     * @param checkpoint the model
     * @param tokenizer its tokenizer, copied byte for byte
     * @param dtype {@link DType#F32}, or {@link DType#F16}, which rounds to nearest even
     * @throws IllegalArgumentException for another type, or for values too large for half floats
     * @throws IOException if the disk is full or read-only
     */
    public static void write(Path folder, Checkpoint checkpoint, CodeTokenizer tokenizer, DType dtype)
            throws IOException {
        if (dtype != DType.F32 && dtype != DType.F16) {
            throw new IllegalArgumentException("expected F32 or F16, got " + dtype);
        }
        write(folder, checkpoint.config(), values(checkpoint), tokenizer, dtype);
    }

    /**
     * Writes a folder of a model that may be larger than memory.
     *
     * @param values the row-major values of a tensor by name, asked for while it is written, in parts where they are
     *     {@link PartialWeights}, and not kept
     */
    public static void write(
            Path folder, CheckpointConfig config, Map<String, float[]> values, CodeTokenizer tokenizer, DType dtype)
            throws IOException {
        tokenizer.requireFits(config.model().vocabularySize(), "the model for " + folder);
        Files.createDirectories(folder);
        weights(config.model(), values, dtype).write(folder.resolve(CheckpointReader.SAFETENSORS));
        writeDescription(folder, config, tokenizer, dtype);
    }

    /**
     * Writes everything of a folder but the weights: the tokenizer's files and the configs.
     *
     * @param folder an existing folder
     * @param dtype what the config says of the weights
     * @throws IOException if the disk is full or read-only
     */
    public static void writeDescription(Path folder, CheckpointConfig config, CodeTokenizer tokenizer, DType dtype)
            throws IOException {
        write(folder.resolve(CodeTokenizer.FILE_NAME), tokenizer.json());
        Map<String, Object> special = specialTokens(config.model(), tokenizer);
        writeJson(folder.resolve("special_tokens_map.json"), special);
        writeJson(folder.resolve("tokenizer_config.json"), tokenizerConfig(special, config.model()));
        writeJson(folder.resolve("generation_config.json"), generationConfig(config.model(), tokenizer));
        writeJson(folder.resolve(CheckpointConfig.FILE_NAME), config(config, tokenizer, dtype));
    }

    /**
     * Writes the weights alone, as one file with Hugging Face's names and orientation.
     *
     * @throws IOException if the disk is full or read-only
     */
    public static void writeWeights(Path file, Checkpoint checkpoint) throws IOException {
        weights(checkpoint.config().model(), values(checkpoint), DType.F32).write(file);
    }

    private static Map<String, float[]> values(Checkpoint checkpoint) {
        Map<String, float[]> values = new LinkedHashMap<>();
        checkpoint.tensors().forEach((name, tensor) -> values.put(name, tensor.values()));
        return values;
    }

    private static SafetensorsWriter weights(ModelConfig config, Map<String, float[]> tensors, DType dtype) {
        var writer = new SafetensorsWriter().metadata("format", "pt");
        Family<ModelConfig> family = Families.of(config);
        for (String name : config.shapes().keySet()) {
            if (dtype == DType.F16) {
                requireHalfRange(name, tensors.get(name));
            }
            int at = 0;
            for (Family.Stored part : family.stored(config, name)) {
                int from = at;
                at += part.shape().stream().reduce(1, Math::multiplyExact);
                String stored = family.prefixOf(name) + part.name();
                long[] shape =
                        part.fileShape().stream().mapToLong(Integer::longValue).toArray();
                if (isStoredAsItIs(family, config, name)) {
                    writer.addFloatParts(
                            stored,
                            dtype,
                            sink -> PartialWeights.forEachPart(tensors, name, (place, values) -> sink.accept(values)),
                            shape);
                } else {
                    writer.addFloats(
                            stored, dtype, () -> values(family, config, name, tensors.get(name), from, part), shape);
                }
            }
        }
        return writer;
    }

    private static boolean isStoredAsItIs(Family<ModelConfig> family, ModelConfig config, String name) {
        List<Family.Stored> parts = family.stored(config, name);
        return parts.size() == 1
                && !parts.getFirst().transposed()
                && family.rowOrder(config, name).isEmpty();
    }

    private static float[] values(
            Family<ModelConfig> family, ModelConfig config, String name, float[] tensor, int from, Family.Stored part) {
        int count = part.shape().stream().reduce(1, Math::multiplyExact);
        float[] values = family.rowOrder(config, name)
                .map(order -> Orientation.inOrder(tensor, Orientation.inverse(order)))
                .orElse(tensor);
        if (count < values.length) {
            values = Arrays.copyOfRange(values, from, from + count);
        }
        return part.transposed()
                ? Orientation.transpose(
                        values, part.shape().get(0), part.shape().get(1))
                : values;
    }

    private static void requireHalfRange(String name, float[] values) {
        for (float value : values) {
            if (Float.isInfinite(Float.float16ToFloat(Float.floatToFloat16(value)))) {
                throw new IllegalArgumentException(
                        "tensor '" + name + "': " + value + " is too large for half floats; write F32");
            }
        }
    }

    private static Map<String, Object> config(CheckpointConfig config, CodeTokenizer tokenizer, DType dtype) {
        Map<String, Object> json = config.toJson();
        tokenizer.find(SpecialTokens.PAD).ifPresent(id -> json.putIfAbsent("pad_token_id", id));
        json.put("torch_dtype", dtype == DType.F32 ? "float32" : "float16");
        return json;
    }

    private static Map<String, Object> generationConfig(ModelConfig config, CodeTokenizer tokenizer) {
        var json = new LinkedHashMap<String, Object>();
        switch (config) {
            case DecoderConfig decoder -> {
                json.put("bos_token_id", CheckpointConfig.idOrNull(decoder.beginId()));
                json.put("eos_token_id", CheckpointConfig.idOrNull(decoder.endId()));
            }
            case EncoderConfig stacks -> {
                json.put("eos_token_id", stacks.tokens().end());
                json.put(
                        "decoder_start_token_id",
                        CheckpointConfig.idOrNull(stacks.tokens().start()));
                json.put("pad_token_id", stacks.tokens().pad());
            }
        }
        tokenizer.find(SpecialTokens.PAD).ifPresent(id -> json.putIfAbsent("pad_token_id", id));
        json.put("do_sample", false);
        return json;
    }

    private static Map<String, Object> specialTokens(ModelConfig config, CodeTokenizer tokenizer) {
        var json = new LinkedHashMap<String, Object>();
        roles(config, tokenizer).forEach((role, token) -> {
            if (tokenizer.find(token).isPresent()) {
                json.put(role, addedToken(token));
            }
        });
        return json;
    }

    private static Map<String, String> roles(ModelConfig config, CodeTokenizer tokenizer) {
        var roles = new LinkedHashMap<String, String>();
        switch (config) {
            case DecoderConfig _ -> {
                roles.put("bos_token", SpecialTokens.BEGIN);
                roles.put("eos_token", SpecialTokens.END);
                roles.put("unk_token", SpecialTokens.UNKNOWN);
                roles.put("sep_token", SpecialTokens.END_OF_LINE);
                roles.put("pad_token", SpecialTokens.PAD);
            }
            case EncoderConfig stacks -> {
                if (stacks.tokens().begin() >= 0) {
                    roles.put("cls_token", tokenizer.token(stacks.tokens().begin()));
                }
                roles.put("sep_token", tokenizer.token(stacks.tokens().end()));
                roles.put("eos_token", tokenizer.token(stacks.tokens().end()));
                roles.put("pad_token", tokenizer.token(stacks.tokens().pad()));
            }
        }
        return roles;
    }

    private static Map<String, Object> addedToken(String token) {
        var json = new LinkedHashMap<String, Object>();
        json.put("content", token);
        json.put("lstrip", SpecialTokens.takesSpaceBefore(token));
        json.put("normalized", false);
        json.put("rstrip", false);
        json.put("single_word", false);
        return json;
    }

    private static Map<String, Object> tokenizerConfig(Map<String, Object> special, ModelConfig config) {
        var json = new LinkedHashMap<String, Object>();
        json.put("tokenizer_class", "PreTrainedTokenizerFast");
        json.put("add_prefix_space", false);
        json.put("clean_up_tokenization_spaces", false);
        json.put("model_max_length", config.positions());
        special.forEach((role, token) -> json.put(role, ((Map<?, ?>) token).get("content")));
        return json;
    }

    private static void writeJson(Path file, Map<String, Object> json) throws IOException {
        String text = JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(json);
        write(file, (text.replace("\r\n", "\n") + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private static void write(Path file, byte[] bytes) throws IOException {
        Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
        Files.write(temporary, bytes);
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
