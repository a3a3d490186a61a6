package io.bantam.runtime.completion;

import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.DType;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.FloatTensor;
import io.bantam.runtime.format.ModelTensor;
import io.bantam.runtime.format.PackedFile;
import io.bantam.runtime.format.TextForm;
import io.bantam.runtime.kernel.Kernels;
import io.bantam.runtime.model.PackedDecoder;
import io.bantam.runtime.python.PythonNormalizer;
import io.bantam.runtime.tokenizer.BytePairTokenizer;
import io.bantam.runtime.tokenizer.TinyTokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * A model that says what a test wants: its answer depends on the position alone. All its layers are zero; the embedding
 * of a position is that of the answer, a hundred times larger than the embedding of the token there.
 */
public final class ScriptedModel {
    private static final int WIDTH = 64;

    private final byte[] json = TinyTokenizer.json("Ġ n", "x y", "xy z");
    private final BytePairTokenizer tokenizer;
    private final DecoderConfig config;
    private final Map<String, ModelTensor> tensors = new LinkedHashMap<>();

    /** A model of some positions that answers {@code <EOL>} everywhere. */
    public ScriptedModel(int positions) {
        try {
            tokenizer = BytePairTokenizer.of(json, "test");
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        config = new DecoderConfig(tokenizer.vocabularySize(), positions, WIDTH, WIDTH, 1, 1, 1e-5f, 0, 1, 4);
        config.shapes().forEach((name, shape) -> {
            float[] values = new float[shape.stream().reduce(1, (a, b) -> a * b)];
            tensors.put(name, new FloatTensor(DType.F32, shape, values));
        });
        Random random = new Random(1);
        float[] embedding = tensors.get("wte.weight").toFloats();
        for (int i = 0; i < embedding.length; i++) {
            embedding[i] = random.nextBoolean() ? 1 : -1;
        }
        Arrays.fill(tensors.get("ln_f.weight").toFloats(), 1);
        for (int position = 0; position < positions; position++) {
            answer(position, 4);
        }
    }

    private void answer(int position, int token) {
        float[] embedding = tensors.get("wte.weight").toFloats();
        float[] places = tensors.get("wpe.weight").toFloats();
        for (int i = 0; i < WIDTH; i++) {
            places[position * WIDTH + i] = 100 * embedding[token * WIDTH + i];
        }
    }

    /** Makes the model go on with words of the normal form, with a space before each, after some source. */
    public ScriptedModel after(String source, String words) {
        int position = tokenizer.encode(new PythonNormalizer().context(source).text()).length - 1;
        for (int token : tokenizer.encode(" " + words)) {
            answer(position++, token);
        }
        return this;
    }

    /** Makes the model go on with some text behind another, both as they stand. */
    ScriptedModel afterPlain(String read, String text) {
        int position = Math.max(1, tokenizer.encode(read).length) - 1;
        for (int token : tokenizer.encode(text)) {
            answer(position++, token);
        }
        return this;
    }

    /** The model of plain text. */
    PackedModel plainModel() {
        return new PackedModel(
                new PackedDecoder(config, ActivationQuantization.NONE, tensors, 1, Kernels.best()),
                tokenizer,
                TextForm.PLAIN);
    }

    public PackedModel model() {
        return new PackedModel(
                new PackedDecoder(config, ActivationQuantization.NONE, tensors, 1, Kernels.best()), tokenizer);
    }

    /** Writes the packed file. */
    public Path write(Path file) throws IOException {
        PackedFile.write(file, config, ActivationQuantization.NONE, tensors, json);
        return file;
    }

    /** Writes the packed file of the model of plain text. */
    Path writePlain(Path file) throws IOException {
        PackedFile.write(file, config, ActivationQuantization.NONE, tensors, json, Optional.of(TextForm.PLAIN));
        return file;
    }

    /** The tokens of a text in normal form. */
    public List<Integer> tokens(String text) {
        return Arrays.stream(tokenizer.encode(text)).boxed().toList();
    }
}
