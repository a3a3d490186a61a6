package io.bantam.trainer.cli.commands;

import io.bantam.runtime.format.TextForm;
import io.bantam.runtime.model.CachePrecision;
import io.bantam.runtime.model.Generator;
import io.bantam.runtime.model.PackedDecoder;
import io.bantam.trainer.BantamException;
import io.bantam.trainer.cli.models.LoadedModel;
import io.bantam.trainer.cli.terminal.ExitCode;
import io.bantam.trainer.cli.terminal.Terminal;
import io.bantam.trainer.cli.terminal.TextStream;
import io.bantam.trainer.cli.terminal.UsageException;
import io.bantam.trainer.tokenizer.CodeTokenizer;

/** Completes a line of text in normal form, as evaluation does it. */
final class NormalFormCompletion {
    private final LoadedModel model;
    private final CachePrecision cache;
    private final Terminal terminal;

    NormalFormCompletion(LoadedModel model, CachePrecision cache, Terminal terminal) {
        this.model = model;
        this.cache = cache;
        this.terminal = terminal;
    }

    ExitCode run(String prompt, int maximumTokens, int beamWidth, int threads) {
        try (CodeTokenizer tokenizer = model.tokenizer();
                PackedDecoder decoder = model.decoder(threads, cache)) {
            if (model.form(tokenizer) == TextForm.PLAIN) {
                throw new UsageException(
                        "--normal-form: " + model.source() + " reads plain code; leave the option out.");
            }
            // No training text has white space at its end before a token.
            int[] context = tokenizer.encode(prompt.stripTrailing());
            if (context.length == 0) {
                throw new BantamException("there is no code to continue: the prompt is empty.");
            }
            TextStream text = new TextStream(tokenizer::decode, terminal.out());
            Generator.Options options = new Generator.Options(maximumTokens, model.lineEnd(tokenizer), beamWidth);
            new Generator(decoder).generate(context, options, token -> {
                text.add(token);
                return true;
            });
            text.end();
        }
        return ExitCode.OK;
    }
}
