package io.bantam.trainer.functional;

import io.bantam.runtime.completion.Sampler;
import io.bantam.runtime.completion.Sampling;
import io.bantam.runtime.model.KvCache;
import io.bantam.runtime.model.PackedDecoder;
import io.bantam.trainer.evaluation.TextCodec;
import java.util.Arrays;
import java.util.function.Predicate;

/** A model of source code as it stands, comments and indentation included. Several may share a decoder. */
public final class PlainTextWriter implements CodeWriter {
    private static final int LOOK_EVERY_TOKENS = 8;

    private final PackedDecoder decoder;
    private final TextCodec codec;
    private final int endToken;
    private final int vocabulary;
    private KvCache cache;

    /**
     * @param decoder stays the caller's to close
     * @param vocabulary ids that the tokenizer has; the model may have more rows
     * @param endToken the token that ends a text, or -1
     */
    public PlainTextWriter(PackedDecoder decoder, TextCodec codec, int vocabulary, int endToken) {
        this.decoder = decoder;
        this.codec = codec;
        this.vocabulary = vocabulary;
        this.endToken = endToken;
    }

    @Override
    public String write(String prompt, int maximumTokens, Sampling sampling, Predicate<String> finished) {
        int[] context = codec.encode(prompt);
        int limit = Math.min(maximumTokens, decoder.config().positions() - 1);
        int room = decoder.config().positions() - limit;
        if (context.length > room) {
            context = Arrays.copyOfRange(context, context.length - room, context.length);
        }
        if (cache == null) {
            cache = decoder.newCache();
        }
        cache.truncate(0);
        Sampler sampler = new Sampler(sampling);
        int[] written = new int[limit];
        int count = 0;
        int token = next(sampler, context, 0, context.length);
        while (count < limit && token != endToken) {
            written[count++] = token;
            if (count == limit
                    || count % LOOK_EVERY_TOKENS == 0 && finished.test(codec.decode(Arrays.copyOf(written, count)))) {
                break;
            }
            token = next(sampler, written, count - 1, count);
        }
        return codec.decode(Arrays.copyOf(written, count));
    }

    private int next(Sampler sampler, int[] tokens, int from, int to) {
        return sampler.next(decoder, tokens, from, to, cache, id -> id < vocabulary);
    }
}
