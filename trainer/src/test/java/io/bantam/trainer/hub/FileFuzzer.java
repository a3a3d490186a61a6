package io.bantam.trainer.hub;

import io.bantam.compression.export.GgufOptions;
import io.bantam.compression.export.GgufWriter;
import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.DType;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.FloatTensor;
import io.bantam.runtime.format.FormatException;
import io.bantam.runtime.format.GgufReader;
import io.bantam.runtime.format.ModelTensor;
import io.bantam.runtime.format.PackedFile;
import io.bantam.runtime.format.PackedTensor;
import io.bantam.runtime.format.SafetensorsReader;
import io.bantam.runtime.format.SafetensorsWriter;
import io.bantam.runtime.format.Scheme;
import io.bantam.runtime.format.TensorInfo;
import io.bantam.runtime.model.PackedDecoder;
import io.bantam.runtime.tokenizer.BytePairTokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Lets Jazzer look for bytes that a reader neither reads nor refuses with one line. It starts from a sound file of each
 * format and follows the branches that its changes reach. From the project's folder, seconds for each format, all of
 * them unless some are named:
 *
 * <pre>./mvnw -Pfuzz -pl trainer -am test -DskipTests -Dfuzz.args="600 packed gguf"</pre>
 *
 * <p>The tests of damaged files do the same without Jazzer, at random.
 */
public final class FileFuzzer {
    private static final String FORMAT = "bantam.fuzz.format";
    private static final List<String> FORMATS = List.of("packed", "safetensors", "gguf", "tokenizer", "pickle");
    /** A file that asks for more than this is to be refused. */
    private static final String HEAP = "-Xmx512m";

    private static final Path FILE = temporaryFile();

    private FileFuzzer() {}

    private static Path temporaryFile() {
        try {
            Path file = Files.createTempFile("bantam-fuzz", ".bin");
            file.toFile().deleteOnExit();
            return file;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** What Jazzer calls. */
    public static void fuzzerTestOneInput(byte[] bytes) throws IOException {
        try {
            read(System.getProperty(FORMAT), bytes);
        } catch (FormatException refused) {
            if (refused.getMessage().lines().count() != 1) {
                throw new AssertionError("not one line: " + refused.getMessage());
            }
        }
    }

    private static void read(String format, byte[] bytes) throws IOException {
        switch (format) {
            case "packed" -> {
                Files.write(FILE, bytes);
                PackedDecoder.load(FILE).close();
            }
            case "safetensors" -> {
                Files.write(FILE, bytes);
                try (SafetensorsReader reader = SafetensorsReader.open(FILE)) {
                    for (TensorInfo tensor : reader.tensors().values()) {
                        reader.readBytes(tensor.name());
                        if (tensor.dtype().isFloat()) {
                            reader.readFloats(tensor.name());
                        }
                    }
                }
            }
            case "gguf" -> {
                Files.write(FILE, bytes);
                try (GgufReader reader = GgufReader.open(FILE)) {
                    for (String name : reader.tensors().keySet()) {
                        reader.readFloats(name);
                    }
                }
            }
            case "tokenizer" -> BytePairTokenizer.of(bytes, "file").encode("abc <EOL> x");
            case "pickle" -> StateDictUnpickler.read(bytes, "file");
            default -> throw new IllegalArgumentException("unknown format " + format);
        }
    }

    /** Arguments: seconds for each format, then the formats. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        int seconds = Integer.parseInt(arguments[0]);
        List<String> formats =
                arguments.length == 1 ? FORMATS : List.of(arguments).subList(1, arguments.length);
        boolean failed = false;
        for (String format : formats) {
            Path folder = Files.createTempDirectory("bantam-fuzz-" + format);
            Path corpus = Files.createDirectory(folder.resolve("corpus"));
            Path log = folder.resolve("log.txt");
            Files.write(corpus.resolve("sound"), sound(format, folder));
            List<String> command = List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    HEAP,
                    "--enable-native-access=ALL-UNNAMED",
                    "--add-modules",
                    "jdk.incubator.vector",
                    "-D" + FORMAT + "=" + format,
                    "-cp",
                    System.getProperty("java.class.path"),
                    "com.code_intelligence.jazzer.Jazzer",
                    "--target_class=" + FileFuzzer.class.getName(),
                    "--instrumentation_includes=io.bantam.**",
                    "--reproducer_path=" + folder,
                    "-artifact_prefix=" + folder + "/",
                    "-timeout=300",
                    "-rss_limit_mb=0",
                    "-max_total_time=" + seconds,
                    corpus.toString());
            int exit = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start()
                    .waitFor();
            List<String> lines = Files.readAllLines(log, StandardCharsets.ISO_8859_1);
            failed |= exit != 0;
            System.out.println(
                    format + ": " + (exit == 0 ? lines.getLast() : "fault, exit code " + exit + ", see " + folder));
            if (exit == 0) {
                delete(folder);
            }
        }
        System.exit(failed ? 1 : 0);
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Collections.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static byte[] sound(String format, Path folder) throws IOException {
        Path file = folder.resolve("sound");
        DecoderConfig config = new DecoderConfig(7, 4, 32, 32, 1, 2, 1e-5f, 0, 1, 2);
        switch (format) {
            case "packed" -> PackedFile.write(file, config, ActivationQuantization.NONE, model(config), null);
            case "safetensors" ->
                new SafetensorsWriter()
                        .metadata("a", "b")
                        .addFloats("x", new float[6], 2, 3)
                        .addFloats("h", DType.F16, () -> new float[5], 5)
                        .addLongs("i", new long[] {1, 2}, 2)
                        .write(file);
            case "gguf" -> GgufWriter.write(file, "test", config, model(config), null, GgufOptions.DEFAULT);
            case "tokenizer" -> Files.write(file, TinyTokenizer.json(12));
            case "pickle" -> {
                Map<String, TorchFiles.Entry> tensors = new LinkedHashMap<>();
                tensors.put("a", TorchFiles.Entry.floats(new float[6], 2, 3));
                tensors.put("b", TorchFiles.Entry.floats(new float[2], 2));
                Files.write(file, TorchFiles.table(tensors, true));
            }
            default -> throw new IllegalArgumentException("no format " + format + "; there are " + FORMATS);
        }
        return Files.readAllBytes(file);
    }

    /** Signs, with floats beside them. */
    private static Map<String, ModelTensor> model(DecoderConfig config) {
        Map<String, ModelTensor> tensors = new LinkedHashMap<>();
        config.shapes().forEach((name, shape) -> {
            int rows = shape.getFirst();
            int columns = shape.getLast();
            if (shape.size() == 2 && name.startsWith("h.")) {
                int[] codes = new int[rows * columns];
                for (int i = 0; i < codes.length; i++) {
                    codes[i] = i % 3 == 0 ? 1 : -1;
                }
                float[] scales = new float[rows];
                java.util.Arrays.fill(scales, 0.1f);
                tensors.put(
                        name, PackedTensor.pack(Scheme.BINARY, 1, rows, columns, columns, codes, scales, new float[0]));
            } else {
                float[] values = new float[shape.size() == 2 ? rows * columns : rows];
                tensors.put(name, FloatTensor.of(values, shape.toArray(new Integer[0])));
            }
        });
        return tensors;
    }
}
