package io.bantam.trainer.cli.commands;

import io.bantam.runtime.format.ActivationQuantization;
import io.bantam.runtime.format.DType;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.FloatTensor;
import io.bantam.trainer.tokenizer.BpeTrainer;
import io.bantam.trainer.tokenizer.CodeTokenizer;
import io.bantam.trainer.tokenizer.SpecialTokens;
import io.bantam.trainer.tokenizer.TokenizerJson;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A model that answers the same token whatever it reads: its last norm has weight 0, so that the logits are the
 * products of the embeddings with the norm's bias.
 *
 * @param config  of one layer, width 8, 64 positions
 * @param tensors in float32
 * @param tokenizerJson a tokenizer of special tokens and bytes
 */
record StubbornModel(DecoderConfig config, Map<String, FloatTensor> tensors, byte[] tokenizerJson) {
    private static final int WIDTH = 8;

    /** A model that always answers the single token that {@code text} is. */
    static StubbornModel saying(String text) {
        SpecialTokens special = SpecialTokens.py150();
        byte[] json = TokenizerJson.toJson(
                        new BpeTrainer(special, special.tokens().size() + 256).train(List.of("x = 1")))
                .getBytes(StandardCharsets.UTF_8);
        try (CodeTokenizer tokenizer = CodeTokenizer.of(json, "test")) {
            int[] ids = tokenizer.encode(text);
            if (ids.length != 1) {
                throw new IllegalArgumentException("'" + text + "' is " + ids.length + " tokens");
            }
            DecoderConfig config = new DecoderConfig(
                    tokenizer.vocabularySize(),
                    64,
                    WIDTH,
                    4 * WIDTH,
                    1,
                    2,
                    1e-5f,
                    tokenizer.beginId(),
                    tokenizer.endId(),
                    tokenizer.endOfLineId());
            return new StubbornModel(config, tensors(config, ids[0]), json);
        }
    }

    private static Map<String, FloatTensor> tensors(DecoderConfig config, int answer) {
        Map<String, FloatTensor> tensors = new LinkedHashMap<>();
        config.shapes().forEach((name, shape) -> {
            int count = shape.stream().reduce(1, (a, b) -> a * b);
            tensors.put(name, new FloatTensor(DType.F32, shape, new float[count]));
        });
        tensors.get("wte.weight").values()[answer * WIDTH] = 1;
        tensors.get("ln_f.bias").values()[0] = 1;
        return tensors;
    }

    ActivationQuantization activations() {
        return ActivationQuantization.NONE;
    }
}
