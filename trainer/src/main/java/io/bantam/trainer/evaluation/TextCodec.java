package io.bantam.trainer.evaluation;

import java.util.Objects;
import java.util.function.Function;

/** The two directions of a tokenizer, as evaluation needs them. Used by several threads at once. */
public interface TextCodec {
    /** Returns the token ids of a text in normal form, special tokens written as text included, nothing added. */
    int[] encode(String text);

    /** Returns the text of token ids, special tokens as text included. */
    String decode(int[] tokens);

    /** Joins two functions to a codec. */
    static TextCodec of(Function<String, int[]> encode, Function<int[], String> decode) {
        Objects.requireNonNull(encode);
        Objects.requireNonNull(decode);
        return new TextCodec() {
            @Override
            public int[] encode(String text) {
                return encode.apply(text);
            }

            @Override
            public String decode(int[] tokens) {
                return decode.apply(tokens);
            }
        };
    }
}
