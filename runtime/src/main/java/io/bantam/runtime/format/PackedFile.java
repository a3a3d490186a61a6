package io.bantam.runtime.format;

import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * A packed model: one safetensors file with everything that is needed to run it. The byte layout is described in the
 * package documentation.
 */
public final class PackedFile {
    /** The version of the layout that this code writes; it reads those from {@link #OLDEST_VERSION}. */
    public static final int VERSION = 3;

    /** The oldest version that is read: with all codes in rows, which are rearranged in memory. */
    public static final int OLDEST_VERSION = 1;

    static final String FORMAT_KEY = "bantam.format";
    static final String FORMAT = "packed";
    static final String VERSION_KEY = "bantam.version";
    static final String CONFIG_KEY = "bantam.config";
    static final String QUANTIZATION_KEY = "bantam.quantization";
    static final String ACTIVATIONS_KEY = "bantam.activations";
    static final String TOKENIZER_KEY = "bantam.tokenizer";
    static final String TEXT_KEY = "bantam.text";
    static final String PLAIN_TEXT = "plain";
    static final String TOKENIZER_TENSOR = "tokenizer.json";
    static final String CODES = ".codes";
    static final String SCALES = ".scales";
    static final String ZEROS = ".zeros";
    static final String CODEBOOKS = ".codebooks";

    private final ModelConfig config;
    private final ActivationQuantization activations;
    private final Map<String, ModelTensor> tensors;
    private final byte[] tokenizerJson;
    private final Optional<TextForm> textForm;

    private PackedFile(
            ModelConfig config,
            ActivationQuantization activations,
            Map<String, ModelTensor> tensors,
            byte[] tokenizerJson,
            Optional<TextForm> textForm) {
        this.config = config;
        this.activations = activations;
        this.tensors = Collections.unmodifiableMap(tensors);
        this.tokenizerJson = tokenizerJson;
        this.textForm = textForm;
    }

    /**
     * The shape of the decoder.
     *
     * @throws IllegalStateException if the file, read by {@link #readAny}, holds another model
     */
    public DecoderConfig config() {
        if (config instanceof DecoderConfig decoder) {
            return decoder;
        }
        throw new IllegalStateException("a " + config.family() + " is no decoder");
    }

    /** The model's shape. */
    public ModelConfig model() {
        return config;
    }

    /** The quantization of activations while running. */
    public ActivationQuantization activations() {
        return activations;
    }

    /** All tensors by name, in model order. Unmodifiable. */
    public Map<String, ModelTensor> tensors() {
        return tensors;
    }

    /** A copy of the tokenizer's {@code tokenizer.json}; empty if the file has none. */
    public byte[] tokenizerJson() {
        return tokenizerJson.clone();
    }

    /** The form of text that the model reads and writes; empty if the file leaves that to the tokenizer. */
    public Optional<TextForm> textForm() {
        return textForm;
    }

    /**
     * Writes a packed model whose tokenizer tells the form of its text; the file appears only when it is complete.
     *
     * @param tensors exactly the tensors of {@link ModelConfig#shapes}, each {@link PackedTensor} or {@link
     *     CodebookTensor} (matrices only) or {@link FloatTensor}
     * @param tokenizerJson the bytes of {@code tokenizer.json}; empty or null for none
     * @return the size of the file in bytes
     * @throws IllegalArgumentException if a tensor is missing, unknown or of another shape, or a static range is
     *     missing
     * @throws IOException if the file cannot be written
     */
    public static long write(
            Path path,
            ModelConfig config,
            ActivationQuantization activations,
            Map<String, ? extends ModelTensor> tensors,
            byte[] tokenizerJson)
            throws IOException {
        return write(path, config, activations, tensors, tokenizerJson, Optional.empty());
    }

    /**
     * Writes a packed model with the form of its text; the file appears only when it is complete. Result and errors are
     * those of {@link #write(Path, ModelConfig, ActivationQuantization, Map, byte[])}.
     *
     * @param textForm empty if the tokenizer tells it
     */
    public static long write(
            Path path,
            ModelConfig config,
            ActivationQuantization activations,
            Map<String, ? extends ModelTensor> tensors,
            byte[] tokenizerJson,
            Optional<TextForm> textForm)
            throws IOException {
        return PackedFileWriter.of(
                        config, activations, PackedFileWriter.forms(tensors), tensors::get, tokenizerJson, textForm)
                .write(path);
    }

    /**
     * Writes a packed model that may be larger than memory: each tensor is asked for when its turn has come, and let go
     * before the next.
     *
     * @param forms of exactly the tensors of {@link DecoderConfig#shapes}
     * @param tensors gives a tensor by name, in the form that was said; asked once for each, in the order of {@code
     *     shapes}
     * @throws IllegalArgumentException also if a tensor has another form than was said
     */
    public static long write(
            Path path,
            ModelConfig config,
            ActivationQuantization activations,
            Map<String, TensorForm> forms,
            Function<String, ? extends ModelTensor> tensors,
            byte[] tokenizerJson,
            Optional<TextForm> textForm)
            throws IOException {
        return PackedFileWriter.of(config, activations, forms, tensors, tokenizerJson, textForm)
                .write(path);
    }

    /**
     * The size in bytes of the file that {@link #write} would write.
     *
     * @throws IllegalArgumentException as {@link #write}
     */
    public static long size(
            ModelConfig config,
            ActivationQuantization activations,
            Map<String, ? extends ModelTensor> tensors,
            byte[] tokenizerJson,
            Optional<TextForm> textForm) {
        return PackedFileWriter.of(
                        config, activations, PackedFileWriter.forms(tensors), tensors::get, tokenizerJson, textForm)
                .size();
    }

    /** Whether a safetensors file claims to be a packed model, of any version. */
    public static boolean isPacked(SafetensorsReader file) {
        return FORMAT.equals(file.metadata().get(FORMAT_KEY));
    }

    /**
     * Maps a packed decoder into memory as {@link #readAny} does, and refuses other models.
     *
     * @throws FormatException if the file is no packed decoder, of another version, damaged or incomplete
     * @throws IOException if it cannot be read
     */
    public static PackedFile read(Path path) throws IOException {
        PackedFile file = readAny(path);
        if (file.config instanceof DecoderConfig) {
            return file;
        }
        throw new FormatException(
                path,
                "holds a " + file.config.family()
                        + ", and only decoders run packed; measure it by the run that made it");
    }

    /**
     * Maps a packed model into memory and checks it. Codes stay in the file and are read as they are used; the rest is
     * copied. The mapping lives as long as a tensor of it is in use. The file may be replaced meanwhile, as {@link
     * #write} does, but must not be written over or cut off.
     *
     * @throws FormatException if the file is no packed model, of another version, damaged or incomplete
     * @throws IOException if it cannot be read
     */
    public static PackedFile readAny(Path path) throws IOException {
        SafetensorsReader file = SafetensorsReader.openShared(path);
        int version = version(file);
        ModelConfig config = config(fields(file, CONFIG_KEY));
        ActivationQuantization activations = ActivationQuantization.fromJson(fields(file, ACTIVATIONS_KEY));
        JsonFields quantization = fields(file, QUANTIZATION_KEY);
        TreeSet<String> unread = new TreeSet<>(file.tensors().keySet());
        Map<String, ModelTensor> tensors = new LinkedHashMap<>();
        for (String name : config.shapes().keySet()) {
            ModelTensor tensor = quantization.names().contains(name)
                    ? quantizedTensor(file, name, quantization.object(name), version)
                    : floatTensor(file, name);
            unread.removeAll(List.of(name, name + CODES, name + SCALES, name + ZEROS, name + CODEBOOKS));
            tensors.put(name, tensor);
        }
        quantization.requireAllRead();
        byte[] tokenizer = tokenizer(file);
        unread.remove(TOKENIZER_TENSOR);
        if (!unread.isEmpty()) {
            throw new FormatException(path, "unexpected tensor '" + unread.first() + "'");
        }
        String problem = problem(config, activations, tensors);
        if (problem != null) {
            throw new FormatException(path, problem);
        }
        Optional<TextForm> textForm = textForm(file);
        // Numbers and tokenizer were copied.
        file.unload();
        return new PackedFile(config, activations, tensors, tokenizer, textForm);
    }

    private static ModelConfig config(JsonFields json) throws FormatException {
        return json.names().contains("stacks") ? EncoderConfig.fromJson(json) : DecoderConfig.fromJson(json);
    }

    private static int version(SafetensorsReader file) throws FormatException {
        if (!isPacked(file)) {
            throw new FormatException(
                    file.path(),
                    "no packed model: expected metadata " + FORMAT_KEY + "=" + FORMAT + ", found "
                            + file.metadata().get(FORMAT_KEY) + "; export the model as packed first");
        }
        String text = file.metadata().getOrDefault(VERSION_KEY, "none");
        int version = text.matches("[1-9][0-9]{0,8}") ? Integer.parseInt(text) : 0;
        if (version > VERSION) {
            throw new FormatException(
                    file.path(),
                    "written by a newer Bantam: layout version " + version + ", this one reads " + OLDEST_VERSION
                            + " to " + VERSION + "; update Bantam");
        }
        if (version < OLDEST_VERSION) {
            throw new FormatException(
                    file.path(),
                    VERSION_KEY + ": expected " + OLDEST_VERSION + " to " + VERSION + ", found " + text
                            + "; export the model again");
        }
        return version;
    }

    private static JsonFields fields(SafetensorsReader file, String key) throws FormatException {
        String text = file.metadata().get(key);
        if (text == null) {
            throw new FormatException(file.path(), "metadata " + key + " is missing");
        }
        return JsonFields.parse(text, file.path() + " " + key);
    }

    private static FloatTensor floatTensor(SafetensorsReader file, String name) throws FormatException {
        TensorInfo info = file.tensor(name);
        if (info.dtype() != DType.F32 && info.dtype() != DType.F16) {
            throw new FormatException(file.path(), "tensor '" + name + "': expected F32 or F16, found " + info.dtype());
        }
        if (info.shape().stream().anyMatch(dimension -> dimension > Integer.MAX_VALUE)) {
            throw new FormatException(file.path(), "tensor '" + name + "': shape " + info.shape() + " is too large");
        }
        float[] values = file.readFloats(name);
        List<Integer> shape = info.shape().stream().map(Long::intValue).toList();
        return new FloatTensor(info.dtype(), shape, values);
    }

    private static ModelTensor quantizedTensor(SafetensorsReader file, String name, JsonFields entry, int version)
            throws FormatException {
        String label = entry.string("scheme");
        boolean codebooks = label.equals(CodebookTensor.LABEL);
        CodeLayout codeLayout = codebooks || version == 1
                ? CodeLayout.ROWS
                : choice(entry, "layout", CodeLayout.values(), CodeLayout::label);
        DType codesType = file.tensor(name + CODES).dtype();
        if (codesType != PackedFileWriter.codesType(codeLayout)) {
            throw new FormatException(
                    file.path(),
                    "tensor '" + name + CODES + "': expected " + PackedFileWriter.codesType(codeLayout) + ", found "
                            + codesType);
        }
        try {
            ModelTensor tensor =
                    codebooks ? codebookTensor(file, name, entry) : packedTensor(file, name, entry, codeLayout);
            entry.requireAllRead();
            return tensor;
        } catch (IllegalArgumentException problem) {
            throw new FormatException(file.path(), "tensor '" + name + "': " + problem.getMessage(), problem);
        }
    }

    private static CodebookTensor codebookTensor(SafetensorsReader file, String name, JsonFields entry)
            throws FormatException {
        return new CodebookTensor(
                entry.integer("bits"),
                entry.integer("count"),
                entry.integer("vector"),
                entry.integer("rows"),
                entry.integer("columns"),
                file.readBytes(name + CODES),
                file.readFloats(name + CODEBOOKS),
                file.readFloats(name + SCALES));
    }

    private static PackedTensor packedTensor(
            SafetensorsReader file, String name, JsonFields entry, CodeLayout codeLayout) throws FormatException {
        Scheme scheme = choice(entry, "scheme", Scheme.values(), Scheme::label);
        return new PackedTensor(
                new PackLayout(scheme, entry.integer("bits")),
                entry.integer("rows"),
                entry.integer("columns"),
                entry.integer("group"),
                codeLayout,
                file.segment(name + CODES),
                file.readFloats(name + SCALES),
                scheme == Scheme.ASYMMETRIC ? file.readFloats(name + ZEROS) : new float[0]);
    }

    private static <T> T choice(JsonFields entry, String key, T[] choices, Function<T, String> label)
            throws FormatException {
        String found = entry.string(key);
        for (T choice : choices) {
            if (label.apply(choice).equals(found)) {
                return choice;
            }
        }
        List<String> labels = Arrays.stream(choices).map(label).toList();
        throw entry.error(key, "expected one of " + labels + ", found '" + found + "'");
    }

    private static Optional<TextForm> textForm(SafetensorsReader file) throws FormatException {
        String text = file.metadata().get(TEXT_KEY);
        if (text != null && !text.equals(PLAIN_TEXT)) {
            throw new FormatException(file.path(), TEXT_KEY + ": expected " + PLAIN_TEXT + ", found " + text);
        }
        return Optional.ofNullable(text).map(plain -> TextForm.PLAIN);
    }

    private static byte[] tokenizer(SafetensorsReader file) throws FormatException {
        String expected = file.metadata().get(TOKENIZER_KEY);
        if (expected == null && !file.contains(TOKENIZER_TENSOR)) {
            return new byte[0];
        }
        byte[] tokenizer = file.readBytes(TOKENIZER_TENSOR);
        if (!sha256(tokenizer).equals(expected)) {
            throw new FormatException(
                    file.path(),
                    "the tokenizer is damaged: expected SHA-256 " + expected + ", found " + sha256(tokenizer));
        }
        return tokenizer;
    }

    /**
     * The first reason, in one line, why tensors are no whole model of this config; null if there is none.
     *
     * @param tensors by name, as for {@link #write}
     */
    public static String problem(
            ModelConfig config, ActivationQuantization activations, Map<String, ? extends ModelTensor> tensors) {
        Map<String, List<Integer>> found = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> found.put(name, shape(tensor)));
        return shapeProblem(config, activations, found);
    }

    private static List<Integer> shape(ModelTensor tensor) {
        return switch (tensor) {
            case null -> List.of();
            case FloatTensor floats -> floats.shape();
            case PackedTensor packed -> List.of(packed.rows(), packed.columns());
            case CodebookTensor codebooks -> List.of(codebooks.rows(), codebooks.columns());
        };
    }

    /**
     * The first reason, in one line, why tensors of these shapes are no whole model of this config; null if there is
     * none.
     */
    static String shapeProblem(
            ModelConfig config, ActivationQuantization activations, Map<String, List<Integer>> tensors) {
        Map<String, List<Integer>> shapes = config.shapes();
        for (Map.Entry<String, List<Integer>> expected : shapes.entrySet()) {
            List<Integer> found = tensors.get(expected.getKey());
            if (!expected.getValue().equals(found)) {
                return "tensor '" + expected.getKey() + "': expected shape " + expected.getValue() + ", "
                        + (found == null ? "but it is missing" : "found " + found);
            }
        }
        for (String name : tensors.keySet()) {
            if (!shapes.containsKey(name)) {
                return "unexpected tensor '" + name + "'";
            }
        }
        int group = activations.group();
        for (String name : config.blockLinears().stream().flatMap(List::stream).toList()) {
            int columns = shapes.get(name + ".weight").getLast();
            if (group > 0 && columns % group != 0) {
                return "groups of " + group + " activations do not divide the " + columns + " inputs of '" + name + "'";
            }
        }
        List<String> names = config.activationNames();
        for (String name : activations.widths().keySet()) {
            if (!names.contains(name)) {
                return "there is no activation '" + name + "' to have a width of its own";
            }
        }
        for (String name : names) {
            if (activations.mode() == ActivationQuantization.Mode.STATIC
                    && activations.quantizes(name)
                    && !activations.ranges().containsKey(name)) {
                return "the static activation range of '" + name + "' is missing";
            }
        }
        return null;
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException("every Java platform has SHA-256", missing);
        }
    }
}
