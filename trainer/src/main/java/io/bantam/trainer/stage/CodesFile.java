package io.bantam.trainer.stage;

import io.bantam.compression.quantizer.AdditiveCodebooks;
import io.bantam.compression.quantizer.QuantizedMatrix;
import io.bantam.compression.quantizer.QuantizedWeight;
import io.bantam.runtime.format.CodebookTensor;
import io.bantam.runtime.format.DType;
import io.bantam.runtime.format.FormatException;
import io.bantam.runtime.format.SafetensorsReader;
import io.bantam.runtime.format.SafetensorsWriter;
import io.bantam.runtime.format.Scheme;
import io.bantam.runtime.format.TensorInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Codes that a post-training method has chosen, as a safetensors file: for each matrix {@code NAME.codes} (int8,
 * {@code [rows, columns]}), {@code NAME.scales} and, for asymmetric codes, {@code NAME.zeros} (float32), with
 * {@code "scheme,bits,group size"} under its name in the metadata; for sums of codewords {@code NAME.codes}
 * ({@code [rows, codes a row]}), {@code NAME.codebooks} (float32, {@code [count, 2^bits, vector]}) and
 * {@code NAME.scales} with {@code "codebooks,bits,columns"}; beside them the float tensors that the method changed.
 *
 * @param fingerprint of the work that the codes belong to; may be empty
 * @param metrics what the method found, for the stage's record; in the metadata as {@code metric:NAME}
 * @param sums of the stage's {@link io.bantam.trainer.distill.Tally} when the file was written; as {@code sum:NAME}
 * @param codes by the weights' names
 * @param floats changed tensors by name
 */
public record CodesFile(
        String fingerprint,
        Map<String, Double> metrics,
        Map<String, Double> sums,
        Map<String, QuantizedWeight> codes,
        Map<String, float[]> floats) {
    private static final String FINGERPRINT = "fingerprint";
    private static final String METRIC = "metric:";
    private static final String SUM = "sum:";
    private static final String CODES = ".codes";
    private static final String CODEBOOKS = ".codebooks";

    /** Codes without a record of the work. */
    CodesFile(Map<String, QuantizedWeight> codes, Map<String, float[]> floats) {
        this("", Map.of(), Map.of(), codes, floats);
    }

    /** Writes the file, which appears only when it is complete. */
    public void write(Path file) throws IOException {
        SafetensorsWriter writer = new SafetensorsWriter().metadata(FINGERPRINT, fingerprint);
        metrics.forEach((name, value) -> writer.metadata(METRIC + name, value.toString()));
        sums.forEach((name, value) -> writer.metadata(SUM + name, value.toString()));
        codes.forEach((name, weight) -> {
            switch (weight) {
                case QuantizedMatrix matrix -> {
                    writer.metadata(name, matrix.scheme().label() + "," + matrix.bits() + "," + matrix.groupSize());
                    // Asked for again: of lazy codes nothing large may be held here.
                    writer.addBytes(
                            name + CODES,
                            DType.I8,
                            () -> ((QuantizedMatrix) codes.get(name)).codes(),
                            matrix.rows(),
                            matrix.columns());
                    writer.addFloats(name + ".scales", matrix.scales(), matrix.scales().length);
                    if (matrix.zeros().length > 0) {
                        writer.addFloats(name + ".zeros", matrix.zeros(), matrix.zeros().length);
                    }
                }
                case AdditiveCodebooks sums -> {
                    writer.metadata(name, CodebookTensor.LABEL + "," + sums.codeBits() + "," + sums.columns());
                    writer.addBytes(
                            name + CODES,
                            DType.I8,
                            () -> ((AdditiveCodebooks) codes.get(name)).codes(),
                            sums.rows(),
                            sums.codes().length / sums.rows());
                    writer.addFloats(
                            name + CODEBOOKS, sums.codebooks(), sums.count(), 1 << sums.codeBits(), sums.vector());
                    writer.addFloats(name + ".scales", sums.scales(), sums.scales().length);
                }
            }
        });
        floats.forEach((name, values) -> writer.addFloats(name, values, values.length));
        writer.write(file);
    }

    /**
     * Reads a file.
     *
     * @throws FormatException if it is damaged
     */
    public static CodesFile read(Path file) throws IOException {
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            Map<String, QuantizedWeight> codes = new LinkedHashMap<>();
            Map<String, float[]> floats = new LinkedHashMap<>();
            for (String name : reader.tensors().keySet()) {
                if (name.endsWith(CODES)) {
                    String matrix = name.substring(0, name.length() - CODES.length());
                    codes.put(matrix, weight(reader, matrix));
                } else if (isFloat(name)) {
                    floats.put(name, reader.readFloats(name));
                }
            }
            return new CodesFile(
                    reader.metadata().getOrDefault(FINGERPRINT, ""),
                    figures(reader, METRIC),
                    figures(reader, SUM),
                    codes,
                    floats);
        }
    }

    /** Reads a file whose codes and floats are read anew each time they are asked for, so that none is kept. */
    public static CodesFile readLazily(Path file) throws IOException {
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            Set<String> codes = new LinkedHashSet<>();
            Set<String> floats = new LinkedHashSet<>();
            for (String name : reader.tensors().keySet()) {
                if (name.endsWith(CODES)) {
                    codes.add(name.substring(0, name.length() - CODES.length()));
                } else if (isFloat(name)) {
                    floats.add(name);
                }
            }
            return new CodesFile(
                    reader.metadata().getOrDefault(FINGERPRINT, ""),
                    figures(reader, METRIC),
                    figures(reader, SUM),
                    new LazyTensors<>(codes, true, name -> {
                        try (SafetensorsReader again = SafetensorsReader.open(file)) {
                            return weight(again, name);
                        }
                    }),
                    new LazyTensors<>(floats, true, name -> {
                        try (SafetensorsReader again = SafetensorsReader.open(file)) {
                            return again.readFloats(name);
                        }
                    }));
        }
    }

    private static Map<String, Double> figures(SafetensorsReader reader, String prefix) throws FormatException {
        Map<String, Double> figures = new LinkedHashMap<>();
        for (Map.Entry<String, String> entry : reader.metadata().entrySet()) {
            if (entry.getKey().startsWith(prefix)) {
                try {
                    figures.put(entry.getKey().substring(prefix.length()), Double.valueOf(entry.getValue()));
                } catch (NumberFormatException wrong) {
                    throw new FormatException(
                            reader.path(), "'" + entry.getKey() + "' is no number: '" + entry.getValue() + "'", wrong);
                }
            }
        }
        return figures;
    }

    private static boolean isFloat(String name) {
        return !name.endsWith(".scales") && !name.endsWith(".zeros") && !name.endsWith(CODEBOOKS);
    }

    private static QuantizedWeight weight(SafetensorsReader reader, String name) throws FormatException {
        TensorInfo info = reader.tensor(name + CODES);
        String[] form = reader.metadata().getOrDefault(name, "").split(",");
        if (form.length != 3 || info.shape().size() != 2) {
            throw new FormatException(reader.path(), "tensor '" + name + "': the form of its codes is missing");
        }
        try {
            if (form[0].equals(CodebookTensor.LABEL)) {
                List<Long> books = reader.tensor(name + CODEBOOKS).shape();
                if (books.size() != 3) {
                    throw new FormatException(reader.path(), "tensor '" + name + CODEBOOKS + "': shape " + books);
                }
                return new AdditiveCodebooks(
                        Math.toIntExact(info.shape().get(0)),
                        Integer.parseInt(form[2]),
                        Math.toIntExact(books.get(2)),
                        Integer.parseInt(form[1]),
                        Math.toIntExact(books.get(0)),
                        reader.readBytes(name + CODES),
                        reader.readFloats(name + CODEBOOKS),
                        reader.readFloats(name + ".scales"));
            }
            Scheme scheme = Scheme.valueOf(form[0].toUpperCase(Locale.ROOT));
            return new QuantizedMatrix(
                    scheme,
                    Integer.parseInt(form[1]),
                    Math.toIntExact(info.shape().get(0)),
                    Math.toIntExact(info.shape().get(1)),
                    Integer.parseInt(form[2]),
                    reader.readBytes(name + CODES),
                    reader.readFloats(name + ".scales"),
                    scheme == Scheme.ASYMMETRIC ? reader.readFloats(name + ".zeros") : new float[0]);
        } catch (IllegalArgumentException wrong) {
            throw new FormatException(reader.path(), "tensor '" + name + "': " + wrong.getMessage(), wrong);
        }
    }
}
