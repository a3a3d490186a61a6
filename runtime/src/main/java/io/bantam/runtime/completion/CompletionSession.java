package io.bantam.runtime.completion;

import io.bantam.runtime.completion.Completion.End;
import io.bantam.runtime.model.KvCache;
import io.bantam.runtime.model.PackedDecoder;
import io.bantam.runtime.python.PythonContext;
import io.bantam.runtime.python.PythonNormalizer;
import io.bantam.runtime.tokenizer.BytePairTokenizer;
import java.util.Arrays;

/**
 * Completes one text after another with one cache. Where a text begins like the one before, as it does while somebody types,
 * only the new part is read. Used by one thread at a time.
 */
public final class CompletionSession {
    /** A context that is too long loses whole steps of its beginning, so that the cache stays useful while it grows. */
    private static final int WINDOW_STEP = 64;

    private final PackedModel model;
    private final PackedDecoder decoder;
    private final BytePairTokenizer tokenizer;
    private final PythonNormalizer normalizer = new PythonNormalizer();
    private final KvCache cache;
    private final float[] logits;
    private int[] cached = {};

    CompletionSession(PackedModel model) {
        this.model = model;
        decoder = model.decoder();
        tokenizer = model.tokenizer();
        cache = decoder.newCache();
        logits = new float[decoder.config().vocabularySize()];
    }

    /**
     * Completes source code; as {@link PackedModel#complete(String, CompletionOptions, CompletionListener)}.
     *
     * @throws IllegalArgumentException if more tokens are asked for than the model has positions
     */
    public Completion complete(String source, CompletionOptions options, CompletionListener listener) {
        if (options.maximumTokens() >= model.positions()) {
            throw new IllegalArgumentException(options.maximumTokens() + " new tokens do not fit the model's "
                    + model.positions() + " positions beside a context");
        }
        PythonContext context = normalizer.context(source);
        if (context.insideText()) {
            return new Completion("", End.NOTHING, 0, 0, 0, 0, 0);
        }
        return new Run(source, context, options, listener).complete();
    }

    /** The end of a context that leaves room for new tokens within the model's positions. */
    private int[] window(int[] context, int newTokens) {
        int excess = context.length + newTokens - model.positions();
        if (excess <= 0) {
            return context;
        }
        int cut = Math.min(Math.ceilDiv(excess, WINDOW_STEP) * WINDOW_STEP, context.length - 1);
        return Arrays.copyOfRange(context, Math.max(cut, excess), context.length);
    }

    /** Reads a context, as far as the cache does not hold it, and returns how many tokens it held. */
    private int read(int[] context) {
        int common = Arrays.mismatch(cached, context);
        if (common < 0 || common >= context.length) {
            // The logits of the last token are not kept.
            common = context.length - 1;
        }
        common = Math.min(common, cache.length());
        cache.truncate(common);
        decoder.forward(context, common, context.length, cache, logits);
        cached = context;
        return common;
    }

    private void append(int token) {
        int length = cache.length();
        int[] longer = Arrays.copyOf(cached, length + 1);
        longer[length] = token;
        decoder.forward(longer, length, length + 1, cache, logits);
        cached = longer;
    }

    /** One completion. */
    private final class Run {
        private final CompletionOptions options;
        private final CompletionListener listener;
        private final SourceText sourceText;
        private final StopTexts stops;
        private final Sampler sampler;
        private final WordStart wordStart;
        private final int[] context;
        private final StringBuilder text = new StringBuilder();
        private boolean cancelled;

        Run(String source, PythonContext context, CompletionOptions options, CompletionListener listener) {
            this.options = options;
            this.listener = listener;
            sourceText = new SourceText(source, context);
            stops = new StopTexts(options.stops());
            sampler = new Sampler(options.sampling());
            wordStart = new WordStart(tokenizer, context.unfinished());
            this.context = window(tokenizer.encode(context.text()), options.maximumTokens());
        }

        Completion complete() {
            long started = System.nanoTime();
            int reused = read(context);
            long first = System.nanoTime();
            int count = 0;
            int lines = 0;
            End end = null;
            while (end == null) {
                int token = sampler.next(logits, wordStart.done() ? this::isText : this::startsWord);
                if (token < 0) {
                    end = End.NOTHING;
                    break;
                }
                count++;
                lines += token == model.lineEnd() ? 1 : 0;
                if (token == model.fileEnd()) {
                    end = End.FILE_END;
                } else if (lines == options.maximumLines()) {
                    end = End.LINE_END;
                } else {
                    wordStart.accept(token);
                    show(sourceText.add(tokenizer.bytes(token)));
                    end = stops.stopped()
                            ? End.STOP
                            : cancelled ? End.CANCELLED : count == options.maximumTokens() ? End.TOKEN_LIMIT : null;
                }
                if (end == null) {
                    append(token);
                }
            }
            long finished = System.nanoTime();
            if (!cancelled) {
                show(sourceText.end());
                tell(stops.end());
                end = stops.stopped() ? End.STOP : end;
            }
            return new Completion(
                    text.toString(),
                    end,
                    context.length,
                    reused,
                    count,
                    (first - started) / 1e6,
                    (finished - first) / 1e6);
        }

        private void show(String piece) {
            tell(stops.add(piece));
        }

        private void tell(String certain) {
            text.append(certain);
            cancelled |= !listener.accept(certain);
        }

        /** Whether a token may stand in source code. */
        private boolean isText(int token) {
            return token == model.fileEnd()
                    || token < tokenizer.vocabularySize()
                            && !tokenizer.isControl(token)
                            && tokenizer.bytes(token).length > 0;
        }

        private boolean startsWord(int token) {
            if (token == model.fileEnd()) {
                return wordStart.atWordEnd();
            }
            return isText(token) && wordStart.allows(token);
        }
    }
}
