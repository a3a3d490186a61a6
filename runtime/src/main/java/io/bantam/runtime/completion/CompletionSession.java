package io.bantam.runtime.completion;

import io.bantam.runtime.completion.Completion.End;
import io.bantam.runtime.format.TextForm;
import io.bantam.runtime.model.KvCache;
import io.bantam.runtime.model.PackedDecoder;
import io.bantam.runtime.python.PythonContext;
import io.bantam.runtime.python.PythonNormalizer;
import java.util.Arrays;

/**
 * A session that completes one text after another with one cache. Where a text begins like the one before, as it does
 * while somebody types, only the new part is read. Used by one thread at a time.
 */
public final class CompletionSession {
    /**
     * The most tokens of a step. A context that is too long loses whole steps of its beginning, so that the cache stays
     * useful while it grows.
     */
    private static final int LONGEST_STEP = 64;

    /** The part of the model's positions that a step may take at most: one in so many. */
    private static final int SMALLEST_PART = 16;

    private final PackedModel model;
    private final PackedDecoder decoder;
    private final PythonNormalizer normalizer = new PythonNormalizer();
    private final KvCache cache;
    private int[] cached = {};

    CompletionSession(PackedModel model) {
        this.model = model;
        decoder = model.decoder();
        cache = decoder.newCache();
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
        CursorText cursor;
        if (model.textForm() == TextForm.PLAIN) {
            cursor = new PlainCursor(model, source, options.maximumLines());
        } else {
            PythonContext context = normalizer.context(source);
            if (context.insideText()) {
                return new Completion("", End.NOTHING, 0, 0, 0, 0, 0);
            }
            cursor = new NormalFormCursor(model, source, context, options.maximumLines());
        }
        if (cursor.context().length == 0) {
            return new Completion("", End.NOTHING, 0, 0, 0, 0, 0);
        }
        return new Run(cursor, options, listener).complete();
    }

    /** The end of a context that leaves room for new tokens within the model's positions, behind its kept beginning. */
    private int[] window(CursorText cursor, int newTokens) {
        int[] context = cursor.context();
        int excess = context.length + newTokens - model.positions();
        if (excess <= 0) {
            return context;
        }
        // At least one token has room, since the new ones leave that much.
        int kept = Math.min(cursor.kept(), model.positions() - newTokens - 1);
        int step = Math.clamp(model.positions() / SMALLEST_PART, 1, LONGEST_STEP);
        int cut = Math.min(Math.ceilDiv(excess, step) * step, context.length - kept - 1);
        int[] rest = Arrays.copyOfRange(context, Math.max(cut, excess), context.length);
        System.arraycopy(context, 0, rest, 0, kept);
        return rest;
    }

    /**
     * Takes everything out of the cache that a context does not begin with, and returns how many of its tokens are
     * left.
     */
    private int reuse(int[] context) {
        int common = Arrays.mismatch(cached, context);
        if (common < 0 || common >= context.length) {
            // The logits of the last token are not kept.
            common = context.length - 1;
        }
        common = Math.min(common, cache.length());
        cache.truncate(common);
        return common;
    }

    /** One completion. */
    private final class Run {
        private final CompletionOptions options;
        private final CompletionListener listener;
        private final CursorText cursor;
        private final StopTexts stops;
        private final Sampler sampler;
        private final int[] context;
        private final StringBuilder text = new StringBuilder();
        private boolean cancelled;

        Run(CursorText cursor, CompletionOptions options, CompletionListener listener) {
            this.cursor = cursor;
            this.options = options;
            this.listener = listener;
            stops = new StopTexts(options.stops());
            sampler = new Sampler(options.sampling());
            context = window(cursor, options.maximumTokens());
        }

        Completion complete() {
            long started = System.nanoTime();
            int reused = reuse(context);
            int token = next(context, reused);
            long first = System.nanoTime();
            int count = 0;
            End end = null;
            while (end == null) {
                if (token < 0) {
                    end = End.NOTHING;
                    break;
                }
                count++;
                end = cursor.endsFile(token) ? End.FILE_END : added(token, count);
                if (end == null) {
                    int[] longer = Arrays.copyOf(cached, cached.length + 1);
                    longer[cached.length] = token;
                    token = next(longer, cached.length);
                }
            }
            long finished = System.nanoTime();
            if (!cancelled) {
                show(cursor.end());
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

        /** Reads the tokens that the cache does not hold, and chooses the one to follow. */
        private int next(int[] tokens, int from) {
            int token = sampler.next(decoder, tokens, from, tokens.length, cache, cursor::allows);
            cached = tokens;
            return token;
        }

        /** Shows a token; returns why it was the last, or null. */
        private End added(int token, int count) {
            String piece = cursor.add(token);
            if (!cursor.complete() || !piece.isEmpty()) {
                show(piece);
            }
            if (stops.stopped()) {
                return End.STOP;
            }
            return cursor.complete()
                    ? End.LINE_END
                    : cancelled ? End.CANCELLED : count == options.maximumTokens() ? End.TOKEN_LIMIT : null;
        }

        private void show(String piece) {
            tell(stops.add(piece));
        }

        private void tell(String certain) {
            text.append(certain);
            cancelled |= !listener.accept(certain);
        }
    }
}
