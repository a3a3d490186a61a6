package io.bantam.trainer.recipe;

import java.util.List;

/**
 * The model files written for every variant. The packed file is always written, since it is what is evaluated.
 *
 * @param formats the formats
 * @param floats how tensors that are not quantized are stored in the packed file
 */
public record Export(
        @Key(value = "Formats of the model files.", standard = "[packed]", notEmpty = true)
        List<Format> formats,

        @Key(value = "How tensors that are not quantized are stored.", standard = "float32")
        Floats floats) {

    public Export {
        Limits.check(Export.class, formats, floats);
        formats = List.copyOf(formats);
    }

    /** A model file format. */
    public enum Format {
        /** Codes and scales packed to their bits, with config and tokenizer, in one file. */
        PACKED,
        /** A Hugging Face folder with the dequantized weights in float32. */
        SAFETENSORS,
        /** For llama.cpp: codes as they are, scales in float16. */
        GGUF,
        /** For ONNX Runtime: codes of 4 or 8 bits, dequantized while running. */
        ONNX
    }

    /** A floating-point format on disk. */
    public enum Floats {
        /** 4 bytes a number. */
        FLOAT32,
        /** 2 bytes a number. */
        FLOAT16
    }
}
