package io.bantam.trainer.recipe;

import io.bantam.trainer.recipe.key.Key;
import io.bantam.trainer.recipe.key.Limits;
import java.util.List;

/**
 * The model files written for every variant. The packed file is always written, since it is what is evaluated.
 *
 * @param formats the formats
 * @param floats how models with quantized weights keep scales, norms, biases and tensors that are not quantized; a
 *     model without any stays in float32, as the others' baseline
 */
public record Export(
        @Key(
                value = "Formats of the model files: packed, Bantam's own; safetensors, a Hugging Face folder"
                        + " with dequantized float32 weights; gguf, for llama.cpp; onnx, for ONNX Runtime. The"
                        + " packed file is always written.",
                standard = "[packed]",
                notEmpty = true)
        List<Format> formats,

        @Key(
                value = "Number format of scales, norms, biases and unquantized tensors in models with"
                        + " quantized weights; models"
                        + " without any stay in float32.",
                standard = "float32")
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
        /** GGUF for llama.cpp: codes as they are, scales in float16. */
        GGUF,
        /** ONNX for ONNX Runtime: codes of 4 or 8 bits, dequantized while running. */
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
