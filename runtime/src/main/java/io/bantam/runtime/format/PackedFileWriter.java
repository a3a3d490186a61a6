package io.bantam.runtime.format;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Lays out a packed file: header from the forms of its tensors, data from the tensors one after the other. */
final class PackedFileWriter {
    private PackedFileWriter() {}

    static Map<String, TensorForm> forms(Map<String, ? extends ModelTensor> tensors) {
        Map<String, TensorForm> forms = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> forms.put(name, TensorForm.of(tensor)));
        return forms;
    }

    static SafetensorsWriter of(
            ModelConfig config,
            ActivationQuantization activations,
            Map<String, TensorForm> forms,
            Function<String, ? extends ModelTensor> tensors,
            byte[] tokenizerJson,
            Optional<TextForm> textForm) {
        Map<String, List<Integer>> shapes = new LinkedHashMap<>();
        forms.forEach((name, form) -> shapes.put(name, form.shape()));
        String problem = PackedFile.shapeProblem(config, activations, shapes);
        if (problem != null) {
            throw new IllegalArgumentException(problem);
        }
        byte[] tokenizer = tokenizerJson == null ? new byte[0] : tokenizerJson;
        SafetensorsWriter writer = new SafetensorsWriter();
        Map<String, Object> quantization = new LinkedHashMap<>();
        Latest latest = new Latest(forms, tensors);
        for (String name : config.shapes().keySet()) {
            switch (forms.get(name)) {
                case TensorForm.Floats form ->
                    writer.addFloats(
                            name,
                            form.dtype(),
                            () -> latest.of(name, FloatTensor.class).values(),
                            shape(form.shape()));
                case TensorForm.Packed form -> quantization.put(name, add(writer, name, form, latest));
                case TensorForm.Codebooks form -> quantization.put(name, add(writer, name, form, latest));
            }
        }
        if (tokenizer.length > 0) {
            writer.addBytes(PackedFile.TOKENIZER_TENSOR, DType.U8, () -> tokenizer, tokenizer.length);
            writer.metadata(PackedFile.TOKENIZER_KEY, PackedFile.sha256(tokenizer));
        }
        if (textForm.equals(Optional.of(TextForm.PLAIN))) {
            writer.metadata(PackedFile.TEXT_KEY, PackedFile.PLAIN_TEXT);
        }
        return writer.metadata(PackedFile.FORMAT_KEY, PackedFile.FORMAT)
                .metadata(PackedFile.VERSION_KEY, Integer.toString(PackedFile.VERSION))
                .metadata(PackedFile.CONFIG_KEY, Json.write(config.toJson()))
                .metadata(PackedFile.QUANTIZATION_KEY, Json.write(quantization))
                .metadata(PackedFile.ACTIVATIONS_KEY, Json.write(activations.toJson()));
    }

    /** Holds the tensor that was asked for last, of which a file has several parts. */
    private static final class Latest {
        private final Map<String, TensorForm> forms;
        private final Function<String, ? extends ModelTensor> tensors;
        private String name;
        private ModelTensor tensor;

        Latest(Map<String, TensorForm> forms, Function<String, ? extends ModelTensor> tensors) {
            this.forms = forms;
            this.tensors = tensors;
        }

        <T extends ModelTensor> T of(String wanted, Class<T> type) {
            if (!wanted.equals(name)) {
                tensor = null; // before the next is made
                tensor = tensors.apply(wanted);
                name = wanted;
                if (!forms.get(wanted).holds(tensor)) {
                    throw new IllegalArgumentException("tensor '" + wanted + "': expected " + forms.get(wanted)
                            + ", found " + TensorForm.of(tensor));
                }
            }
            return type.cast(tensor);
        }
    }

    private static Map<String, Object> add(
            SafetensorsWriter writer, String name, TensorForm.Packed form, Latest latest) {
        CodeLayout layout = form.fileLayout();
        writer.addBytes(
                name + PackedFile.CODES,
                codesType(layout),
                () -> latest.of(name, PackedTensor.class).fileCodes(),
                codesShape(form, layout));
        writer.addFloats(
                name + PackedFile.SCALES,
                form.scales(),
                () -> latest.of(name, PackedTensor.class).scales(),
                form.groups());
        if (form.hasZeros()) {
            writer.addFloats(
                    name + PackedFile.ZEROS,
                    form.zeros(),
                    () -> latest.of(name, PackedTensor.class).zeros(),
                    form.groups());
        }
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("scheme", form.layout().scheme().label());
        entry.put("bits", form.layout().bits());
        entry.put("group", form.group());
        entry.put("rows", form.rows());
        entry.put("columns", form.columns());
        entry.put("layout", layout.label());
        return entry;
    }

    private static Map<String, Object> add(
            SafetensorsWriter writer, String name, TensorForm.Codebooks form, Latest latest) {
        writer.addBytes(
                name + PackedFile.CODES,
                DType.U8,
                () -> latest.of(name, CodebookTensor.class).codes(),
                form.rows(),
                form.rowBytes());
        writer.addFloats(
                name + PackedFile.CODEBOOKS,
                DType.F16,
                () -> latest.of(name, CodebookTensor.class).codebooks(),
                form.count(),
                1 << form.bits(),
                form.vector());
        writer.addFloats(
                name + PackedFile.SCALES,
                form.scales(),
                () -> latest.of(name, CodebookTensor.class).scales(),
                form.rows());
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("scheme", CodebookTensor.LABEL);
        entry.put("bits", form.bits());
        entry.put("count", form.count());
        entry.put("vector", form.vector());
        entry.put("rows", form.rows());
        entry.put("columns", form.columns());
        return entry;
    }

    static DType codesType(CodeLayout layout) {
        return layout == CodeLayout.BYTES ? DType.I8 : DType.U8;
    }

    private static long[] codesShape(TensorForm.Packed form, CodeLayout layout) {
        int rowBytes = layout.rowBytes(form.layout(), form.columns());
        return layout.tiled()
                ? new long[] {Math.ceilDiv(form.rows(), Tiles.ROWS), rowBytes, Tiles.ROWS}
                : new long[] {form.rows(), rowBytes};
    }

    private static long[] shape(List<Integer> shape) {
        return shape.stream().mapToLong(Integer::longValue).toArray();
    }
}
