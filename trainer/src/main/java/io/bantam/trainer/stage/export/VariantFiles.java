package io.bantam.trainer.stage.export;

import io.bantam.compression.export.GgufOptions;
import io.bantam.compression.export.GgufWriter;
import io.bantam.compression.export.OnnxWriter;
import io.bantam.runtime.format.PackedFile;
import io.bantam.runtime.tokenizer.BytePairTokenizer;
import io.bantam.trainer.recipe.Export;
import io.bantam.trainer.report.RunFolder;
import io.bantam.trainer.stage.ModelState;
import io.bantam.trainer.stage.ModelStateFiles;
import io.bantam.trainer.tokenizer.CodeTokenizer;
import io.bantam.trainer.train.ProgressListener;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A variant's model files of other formats, beside its packed file and of its name: a Hugging Face folder,
 * {@code .gguf}, {@code .onnx}. What a format cannot hold is reported and left out; it must not end a run of hours.
 */
public final class VariantFiles {
    private final List<Export.Format> formats;
    private final CodeTokenizer tokenizer;
    private final ProgressListener progress;

    public VariantFiles(List<Export.Format> formats, CodeTokenizer tokenizer, ProgressListener progress) {
        this.formats = formats;
        this.tokenizer = tokenizer;
        this.progress = progress;
    }

    /**
     * Writes them.
     *
     * @param packed the variant's packed file
     */
    public void write(Path packed, ModelState model) throws IOException {
        String base = packed.getFileName().toString();
        base = base.substring(0, base.lastIndexOf('.'));
        for (Export.Format format : formats) {
            switch (format) {
                case PACKED -> {}
                case SAFETENSORS ->
                    ModelStateFiles.write(
                            packed.resolveSibling(base), model.withWeights(model.quantizedWeights()), tokenizer);
                case GGUF -> other(packed, base + ".gguf", format);
                case ONNX -> other(packed, base + ".onnx", format);
            }
        }
    }

    private void other(Path packed, String name, Export.Format format) throws IOException {
        Path path = packed.resolveSibling(name);
        PackedFile file = PackedFile.read(packed);
        try {
            List<String> notes = format == Export.Format.GGUF
                    ? GgufWriter.write(
                                    path,
                                    name.substring(0, name.lastIndexOf('.')),
                                    file.config(),
                                    file.tensors(),
                                    BytePairTokenizer.of(tokenizer.json(), "the tokenizer"),
                                    GgufOptions.DEFAULT)
                            .fallbacks()
                    : OnnxWriter.write(path, file.config(), file.activations(), file.tensors(), false)
                            .fallbacks();
            notes.forEach(note -> progress.message(RunFolder.EXPORT_FOLDER + ": " + name + ": " + note));
        } catch (IllegalArgumentException unfit) {
            progress.message(RunFolder.EXPORT_FOLDER + ": " + name + " was not written: " + unfit.getMessage());
        }
    }
}
