package io.bantam.trainer.stage;

import com.sun.management.OperatingSystemMXBean;
import io.bantam.compression.quantizer.QuantizedWeight;
import io.bantam.compression.quantizer.WeightQuantization;
import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.DType;
import io.bantam.runtime.format.ModelConfig;
import io.bantam.trainer.hub.Checkpoint;
import io.bantam.trainer.hub.CheckpointConfig;
import io.bantam.trainer.hub.CheckpointReader;
import io.bantam.trainer.hub.CheckpointWriter;
import io.bantam.trainer.hub.MappedCheckpoint;
import io.bantam.trainer.hub.TaskHead;
import io.bantam.trainer.tokenizer.CodeTokenizer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/**
 * A stage's model on disk: a Hugging Face folder of the float32 masters, {@code student.json} with what that form
 * cannot say, and, where a method has chosen codes, {@code codes.safetensors} (see {@link CodesFile}).
 */
public final class ModelStateFiles {
    private static final ObjectMapper JSON = JsonMapper.builder().build();
    private static final String EXTRAS = "student.json";
    private static final String CODES = "codes.safetensors";

    /**
     * The divisor of the machine's memory that gives the largest model held in it: several are in use at once, beside
     * what works on them.
     */
    private static final int LARGEST_PART = 10;

    /**
     * Bytes of a model up to which Java's heap holds its weights beside the engine's, as it costs less than what the
     * process has.
     */
    private static final long LARGEST_IN_HEAP = 256L << 20;

    /** The content of {@code student.json}; ranges are [minimum, maximum] by linear layer. */
    record Extras(List<Integer> teacherLayers, ActivationQuantization activations) {}

    private ModelStateFiles() {}

    public static void write(Path folder, ModelState model, CodeTokenizer tokenizer) throws IOException {
        CheckpointWriter.write(folder, CheckpointConfig.of(model.config()), model.weights(), tokenizer, DType.F32);
        Files.deleteIfExists(folder.resolve(CODES)); // of an earlier, abandoned run
        if (!model.codes().isEmpty()) {
            new CodesFile(model.codes(), Map.of()).write(folder.resolve(CODES));
        }
        Extras extras = new Extras(model.teacherLayers(), model.activations());
        Files.write(
                folder.resolve(EXTRAS), JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(extras));
    }

    /** Reads a stage's model; how its weights are quantized is the stage's to say. */
    public static ModelState read(Path folder, WeightQuantization quantization) throws IOException {
        ModelState floats = readFloat(folder);
        Extras extras = JSON.readValue(Files.readAllBytes(folder.resolve(EXTRAS)), Extras.class);
        Path file = folder.resolve(CODES);
        Map<String, QuantizedWeight> codes = Map.of();
        if (Files.exists(file)) {
            codes = floats.isLazy()
                    ? CodesFile.readLazily(file).codes()
                    : CodesFile.read(file).codes();
        }
        return new ModelState(
                floats.config(),
                floats.weights(),
                RecipeQuantizers.asChosen(quantization, codes),
                codes,
                extras.activations(),
                extras.teacherLayers());
    }

    /** Reads a Hugging Face folder; the weights of all but small models stay in its files. */
    public static ModelState readFloat(Path folder) throws IOException {
        long bytes;
        try (MappedCheckpoint checkpoint = CheckpointReader.open(folder)) {
            bytes = Float.BYTES * checkpoint.config().model().parameterCount();
        }
        boolean large = bytes > memoryBytes() / LARGEST_PART;
        return large || bytes > LARGEST_IN_HEAP ? readLazily(folder, large) : readWhole(folder);
    }

    private static long memoryBytes() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
    }

    /**
     * A model whose tensors are read each time they are asked for.
     *
     * @param large whether it is too large for memory
     */
    static ModelState readLazily(Path folder, boolean large) throws IOException {
        try (MappedCheckpoint checkpoint = CheckpointReader.open(folder)) {
            ModelConfig config = checkpoint.config().model();
            LazyWeights weights = new LazyWeights(
                    config.shapes().keySet(),
                    large,
                    name -> {
                        try (MappedCheckpoint again = checkpoint.reopened()) {
                            return again.values(name);
                        }
                    },
                    (name, consumer) -> {
                        try (MappedCheckpoint again = checkpoint.reopened()) {
                            again.forEachPart(name, consumer);
                        }
                    });
            return ModelState.teacher(config, weights);
        }
    }

    private static ModelState readWhole(Path folder) throws IOException {
        return floats(CheckpointReader.read(folder));
    }

    /** Reads a Hugging Face folder whose model need not have been trained for a task. */
    public static ModelState readFloat(Path folder, TaskHead head) throws IOException {
        return floats(CheckpointReader.read(folder, head));
    }

    private static ModelState floats(Checkpoint checkpoint) {
        Map<String, float[]> weights = new LinkedHashMap<>();
        checkpoint.tensors().forEach((name, tensor) -> weights.put(name, tensor.toFloats()));
        return ModelState.teacher(checkpoint.config().model(), weights);
    }
}
