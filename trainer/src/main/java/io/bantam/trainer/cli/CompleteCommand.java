package io.bantam.trainer.cli;

import io.bantam.runtime.model.Generator;
import io.bantam.runtime.model.PackedDecoder;
import io.bantam.trainer.BantamException;
import io.bantam.trainer.tokenizer.CodeTokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** {@code complete}: what a model would write next, to the end of the line. */
final class CompleteCommand implements Command {
    private static final int DEFAULT_TOKENS = 100;

    @Override
    public String name() {
        return "complete";
    }

    @Override
    public String summary() {
        return "complete a line of code";
    }

    @Override
    public String arguments() {
        return "MODEL";
    }

    @Override
    public Options options() {
        return ModelSource.addOptions(new Options()
                .addOption(Arguments.option("prompt", "TEXT", "the code so far; without it, standard input is read"))
                .addOption(Arguments.option("max-tokens", "N", "stop after N tokens (" + DEFAULT_TOKENS + ")"))
                .addOption(Arguments.option("beam", "N", "beam search of width N instead of greedy search (1)")));
    }

    @Override
    public List<String> details() {
        return List.of(
                "The code is Python in the normal form that models are trained on: tokens joined by single spaces,"
                        + " <EOL> for line ends, literals as '<STR_LIT>' and <NUM_LIT>, no comments or indentation. For"
                        + " example: bantam complete MODEL --prompt 'def __init__ ( self , name ) : <EOL> self . name ='",
                ModelSource.DETAILS);
    }

    @Override
    public ExitCode run(CommandLine line, Terminal terminal) throws IOException {
        int beam = Arguments.integer(line, "beam", 1, 1);
        LoadedModel model = ModelSource.load(line);
        // Half of the positions stay for the code so far.
        int standard = Math.max(1, Math.min(DEFAULT_TOKENS, model.config().positions() / 2));
        int maximumTokens = Arguments.integer(line, "max-tokens", standard, 1);
        if (maximumTokens >= model.config().positions()) {
            throw new UsageException(
                    "--max-tokens must be below the model's " + model.config().positions() + " positions.");
        }
        int threads = Runtime.getRuntime().availableProcessors();
        try (CodeTokenizer tokenizer = model.tokenizer();
                PackedDecoder decoder = model.decoder(threads)) {
            int[] context = tokenizer.encode(prompt(line, terminal));
            if (context.length == 0) {
                throw new BantamException("there is no code to continue: the prompt is empty.");
            }
            TextStream text = new TextStream(tokenizer::decode, terminal.out());
            Generator.Options options = new Generator.Options(maximumTokens, model.lineEnd(tokenizer), beam);
            new Generator(decoder).generate(context, options, token -> {
                text.add(token);
                return true;
            });
            text.end();
        }
        return ExitCode.OK;
    }

    /** Without white space at the end, which no training text has before a token. */
    private static String prompt(CommandLine line, Terminal terminal) throws IOException {
        String prompt = line.getOptionValue("prompt");
        if (prompt == null) {
            if (terminal.interactive()) {
                terminal.err().println("Type the code so far; end with Ctrl-D.");
            }
            prompt = new String(terminal.in().readAllBytes(), StandardCharsets.UTF_8);
        }
        return prompt.stripTrailing();
    }
}
