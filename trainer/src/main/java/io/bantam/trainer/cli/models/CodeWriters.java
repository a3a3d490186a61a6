package io.bantam.trainer.cli.models;

import io.bantam.runtime.completion.PackedModel;
import io.bantam.runtime.model.PackedDecoder;
import io.bantam.trainer.evaluation.TextCodec;
import io.bantam.trainer.functional.CodeWriter;
import io.bantam.trainer.functional.NormalFormWriter;
import io.bantam.trainer.functional.PlainTextWriter;
import io.bantam.trainer.tokenizer.CodeTokenizer;
import java.util.function.Supplier;

/**
 * Makes a writer a thread over the weights of one model.
 *
 * @param supplier called once a thread
 * @param form what the model reads, in a few words
 * @param closing ends what the writers share
 */
public record CodeWriters(Supplier<CodeWriter> supplier, String form, Runnable closing) implements AutoCloseable {
    static CodeWriters ofNormalForm(PackedModel model) {
        return new CodeWriters(
                () -> new NormalFormWriter(model.newSession(), model.positions()),
                "PY150's normal form, which hides the text of strings and comments from the model",
                model::close);
    }

    static CodeWriters ofPlainText(PackedDecoder decoder, CodeTokenizer tokenizer) {
        int end = decoder.config().endId();
        return new CodeWriters(
                () -> new PlainTextWriter(
                        decoder,
                        TextCodec.of(tokenizer::encode, tokenizer::decode),
                        Math.min(tokenizer.vocabularySize(), decoder.config().vocabularySize()),
                        end),
                "plain code",
                () -> {
                    tokenizer.close();
                    decoder.close();
                });
    }

    @Override
    public void close() {
        closing.run();
    }
}
