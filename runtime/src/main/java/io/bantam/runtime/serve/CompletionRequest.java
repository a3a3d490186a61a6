package io.bantam.runtime.serve;

import io.bantam.runtime.completion.CompletionOptions;
import io.bantam.runtime.completion.Sampling;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A client's request for a completion, whichever {@link Dialect} it speaks.
 *
 * @param source the source up to the cursor
 * @param options when to stop; null where nothing is to be written
 * @param inPieces whether pieces are sent as they come
 * @param echo whether the source is sent back before the completion
 * @param usage whether the last piece tells the number of tokens
 * @param millis the longest time for writing; 0 for no limit
 */
record CompletionRequest(
        String source, CompletionOptions options, boolean inPieces, boolean echo, boolean usage, long millis) {

    /** A request to OpenAI's {@code /v1/completions}; {@code max_lines} and {@code top_k} are additions. */
    static CompletionRequest openAi(RequestFields fields, int maximumTokens) throws RefusedException {
        for (String one : List.of("n", "best_of")) {
            if (fields.whole(one, 1) != 1) {
                throw new RefusedException(400, one + ": only 1 is supported");
            }
        }
        if (fields.has("logprobs")) {
            throw new RefusedException(400, "logprobs: not supported");
        }
        return new CompletionRequest(
                fields.oneText("prompt"),
                options(fields, fields.whole("max_tokens", CompletionOptions.DEFAULT.maximumTokens()), maximumTokens),
                fields.flag("stream"),
                fields.flag("echo"),
                fields.object("stream_options").flag("include_usage"),
                0);
    }

    /** A request to llama.cpp's {@code /infill}: the cursor stands behind {@code input_prefix} and {@code prompt}. */
    static CompletionRequest infill(RequestFields fields, int maximumTokens) throws RefusedException {
        long tokens = fields.whole("n_predict", CompletionOptions.DEFAULT.maximumTokens());
        return new CompletionRequest(
                fields.text("input_prefix", "") + fields.text("prompt", ""),
                // Editors ask for 0 tokens to have a text read ahead of time.
                tokens == 0 ? null : options(fields, tokens < 0 ? maximumTokens : tokens, maximumTokens),
                fields.flag("stream"),
                false,
                true,
                Math.max(0, fields.whole("t_max_predict_ms", 0)));
    }

    private static CompletionOptions options(RequestFields fields, long tokens, int maximumTokens)
            throws RefusedException {
        if (tokens < 1) {
            throw new RefusedException(400, "max_tokens: expected at least 1");
        }
        long lines = fields.whole("max_lines", 1);
        long seed = fields.whole("seed", -1);
        if (seed < 0) {
            seed = ThreadLocalRandom.current().nextLong(Long.MAX_VALUE);
        }
        long topK = fields.whole("top_k", 0);
        try {
            Sampling sampling = new Sampling(
                    fields.number("temperature", 0),
                    // llama.cpp's clients send -1 for all.
                    Math.clamp(topK, 0, Integer.MAX_VALUE),
                    fields.number("top_p", 1),
                    seed);
            return new CompletionOptions(
                    (int) Math.min(tokens, maximumTokens),
                    Math.clamp(lines, 0, Integer.MAX_VALUE),
                    sampling,
                    fields.texts("stop"));
        } catch (IllegalArgumentException outside) {
            throw new RefusedException(400, outside.getMessage());
        }
    }
}
