package io.bantam.trainer.evaluation;

import io.bantam.runtime.model.Generator;
import io.bantam.runtime.model.KvCache;
import io.bantam.runtime.model.PackedDecoder;
import java.util.function.Supplier;

/** A packed model as evaluation sees models. Several may share one decoder; each is used by one thread at a time. */
public final class PackedModel implements Completer, NextTokenLogits {
    private final PackedDecoder decoder;
    private final Generator generator;
    private final int beamWidth;
    private KvCache cache;

    /**
     * @param decoder stays the caller's to close
     * @param beamWidth 1 for greedy decoding
     */
    public PackedModel(PackedDecoder decoder, int beamWidth) {
        this.decoder = decoder;
        this.generator = new Generator(decoder);
        this.beamWidth = beamWidth;
    }

    /** Returns a supplier that makes one model a thread over the same weights. */
    public static Supplier<PackedModel> sharing(PackedDecoder decoder, int beamWidth) {
        return () -> new PackedModel(decoder, beamWidth);
    }

    @Override
    public int[] complete(int[] context, int maximumNewTokens, int stopToken) {
        return generator.generate(context, new Generator.Options(maximumNewTokens, stopToken, beamWidth));
    }

    @Override
    public void compute(int[] tokens, Row rows) {
        if (cache == null) {
            cache = decoder.newCache();
        }
        cache.truncate(0);
        decoder.forwardAll(tokens, cache, rows::accept);
    }
}
