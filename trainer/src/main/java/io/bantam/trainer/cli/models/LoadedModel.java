package io.bantam.trainer.cli.models;

import io.bantam.runtime.completion.PackedModel;
import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.FormatException;
import io.bantam.runtime.format.ModelTensor;
import io.bantam.runtime.format.TextForm;
import io.bantam.runtime.kernel.Kernels;
import io.bantam.runtime.model.CachePrecision;
import io.bantam.runtime.model.PackedDecoder;
import io.bantam.runtime.tokenizer.BytePairTokenizer;
import io.bantam.trainer.BantamException;
import io.bantam.trainer.tokenizer.CodeTokenizer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * A model in memory, whatever it was read from.
 *
 * @param source        the file or folder it was read from
 * @param config        its shape
 * @param activations   how activations are quantized while it runs
 * @param tensors       its tensors by name
 * @param tokenizerJson its tokenizer; empty if it has none
 * @param textForm     what it reads and writes, if that is known otherwise than by the tokenizer
 */
public record LoadedModel(
        Path source,
        DecoderConfig config,
        ActivationQuantization activations,
        Map<String, ? extends ModelTensor> tensors,
        byte[] tokenizerJson,
        Optional<TextForm> textForm) {

    /** A decoder whose calls are shared by {@code threads} threads; the caller closes it. */
    public PackedDecoder decoder(int threads, CachePrecision cache) {
        return new PackedDecoder(config, activations, tensors, threads, cache, Kernels.best());
    }

    /** The model's tokenizer; the caller closes it. */
    public CodeTokenizer tokenizer() {
        if (tokenizerJson.length == 0) {
            throw withoutTokenizer();
        }
        CodeTokenizer tokenizer = CodeTokenizer.of(tokenizerJson, source + " (tokenizer.json)");
        tokenizer.requireFits(config.vocabularySize(), source.toString());
        return tokenizer;
    }

    /**
     * The model with its tokenizer, for source code; the caller closes it.
     *
     * @param threads threads that share the work of one completion
     * @param cache how contexts are kept
     * @throws FormatException if the tokenizer is none that the runtime reads
     */
    public PackedModel completionModel(int threads, CachePrecision cache) throws FormatException {
        if (tokenizerJson.length == 0) {
            throw withoutTokenizer();
        }
        BytePairTokenizer tokenizer = BytePairTokenizer.of(tokenizerJson, source + " (tokenizer.json)");
        PackedDecoder decoder = decoder(threads, cache);
        try {
            return new PackedModel(decoder, tokenizer, textForm.orElseGet(() -> PackedModel.formOf(tokenizer)));
        } catch (IllegalArgumentException unfit) {
            decoder.close();
            throw new BantamException(source + ": " + unfit.getMessage() + ".", unfit);
        }
    }

    /** What the model reads and writes. */
    public TextForm form(CodeTokenizer tokenizer) {
        return textForm.orElseGet(tokenizer::textForm);
    }

    /** The model as a writer of source code, in the form that it reads; the caller closes it. */
    public CodeWriters codeWriters() throws FormatException {
        try (CodeTokenizer tokenizer = tokenizer()) {
            if (form(tokenizer) == TextForm.PY150) {
                return CodeWriters.ofNormalForm(completionModel(1, CachePrecision.FLOAT32));
            }
        }
        return CodeWriters.ofPlainText(decoder(1, CachePrecision.FLOAT32), tokenizer());
    }

    private BantamException withoutTokenizer() {
        return new BantamException(source + ": there is no tokenizer in it. Put tokenizer.json into the folder of"
                + " the model and export it again.");
    }

    /** The token at which a line ends: the one that the model names, else the tokenizer's. */
    public int lineEnd(CodeTokenizer tokenizer) {
        return config.lineEndId() >= 0 ? config.lineEndId() : tokenizer.endOfLineId();
    }
}
