package io.bantam.trainer.cli.commands;

import io.bantam.runtime.completion.Completion;
import io.bantam.runtime.completion.CompletionOptions;
import io.bantam.runtime.completion.PackedModel;
import io.bantam.runtime.completion.Sampling;
import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.model.CachePrecision;
import io.bantam.trainer.cli.models.LoadedModel;
import io.bantam.trainer.cli.models.ModelSource;
import io.bantam.trainer.cli.terminal.Arguments;
import io.bantam.trainer.cli.terminal.CacheOption;
import io.bantam.trainer.cli.terminal.ExitCode;
import io.bantam.trainer.cli.terminal.Terminal;
import io.bantam.trainer.cli.terminal.UsageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** {@code complete}: what a model would write next, to the end of the line. */
final class CompleteCommand implements Command {
    private static final int DEFAULT_TOKENS = 100;
    private static final int TOKENS_A_LINE = 40;

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
                .addOption(Arguments.flag("interactive", "complete line after line as you type them"))
                .addOption(Arguments.option("lines", "N", "stop after N lines (1)"))
                .addOption(Arguments.option("max-tokens", "N", "stop after N tokens (" + DEFAULT_TOKENS + ")"))
                .addOption(Arguments.option("temperature", "T", "draw tokens at random; 0: the most probable one (0)"))
                .addOption(Arguments.option("top-k", "N", "draw among the N most probable tokens; 0: all (0)"))
                .addOption(Arguments.option("top-p", "P", "draw among the most probable that reach P together (1)"))
                .addOption(Arguments.option("seed", "N", "the same seed draws the same text (a new one each time)"))
                .addOption(Arguments.option("threads", "N", "processors to use (all)"))
                .addOption(CacheOption.option())
                .addOption(Arguments.flag("stats", "tell tokens and seconds on standard error"))
                .addOption(Arguments.flag("normal-form", "the code is in PY150's normal form, for models of it"))
                .addOption(Arguments.option("beam", "N", "with --normal-form: beam search of width N (1)")));
    }

    @Override
    public List<String> details() {
        return List.of(
                "The code is as you write it, up to the cursor; what is printed belongs behind it. Models of PY150's"
                        + " normal form know Python alone: where one writes a string or a number without saying"
                        + " which, '' or 0 is printed, and from the second line on indentation is guessed.",
                "With --normal-form code is read and printed as such a model sees it: tokens joined by single spaces,"
                        + " <EOL> for line ends, '<STR_LIT>' and <NUM_LIT> for literals, no comments or indentation.",
                ModelSource.DETAILS);
    }

    @Override
    public ExitCode run(CommandLine line, Terminal terminal) throws IOException {
        boolean normalForm = line.hasOption("normal-form");
        if (line.hasOption("beam") && !normalForm) {
            throw new UsageException("--beam goes with --normal-form only.");
        }
        Sampling sampling = sampling(line);
        int threads = Arguments.integer(line, "threads", Runtime.getRuntime().availableProcessors(), 1);
        CachePrecision cache = CacheOption.of(line);
        LoadedModel model = ModelSource.load(line);
        int lines = Arguments.integer(line, "lines", 1, 1);
        int maximumTokens = maximumTokens(line, model.config(), lines);
        if (normalForm) {
            return new NormalFormCompletion(model, cache, terminal)
                    .run(prompt(line, terminal), maximumTokens, Arguments.integer(line, "beam", 1, 1), threads);
        }
        CompletionOptions options = new CompletionOptions(maximumTokens, lines, sampling, List.of());
        try (PackedModel packed = model.completionModel(threads, cache)) {
            if (line.hasOption("interactive")) {
                new InteractiveCompletion(packed, options, terminal).run();
                return ExitCode.OK;
            }
            Completion completion = packed.complete(prompt(line, terminal), options, piece -> {
                terminal.out().print(piece);
                terminal.out().flush();
                return true;
            });
            terminal.out().println();
            if (line.hasOption("stats")) {
                terminal.err().println(statistics(completion));
            }
        }
        return ExitCode.OK;
    }

    private static int maximumTokens(CommandLine line, DecoderConfig config, int lines) {
        // Half of the positions stay for the code so far.
        int wanted = Math.max(DEFAULT_TOKENS, (int) Math.min(config.positions(), (long) TOKENS_A_LINE * lines));
        int standard = Math.max(1, Math.min(wanted, config.positions() / 2));
        int maximumTokens = Arguments.integer(line, "max-tokens", standard, 1);
        if (maximumTokens >= config.positions()) {
            throw new UsageException("--max-tokens must be below the model's " + config.positions() + " positions.");
        }
        return maximumTokens;
    }

    private static Sampling sampling(CommandLine line) {
        float temperature = Arguments.number(line, "temperature", 0);
        int topK = Arguments.integer(line, "top-k", 0, 0);
        float topP = Arguments.number(line, "top-p", 1);
        int seed = Arguments.integer(line, "seed", new SplittableRandom().nextInt(Integer.MAX_VALUE), 0);
        try {
            return new Sampling(temperature, topK, topP, seed);
        } catch (IllegalArgumentException outside) {
            throw new UsageException("--" + outside.getMessage() + ".");
        }
    }

    private static String statistics(Completion completion) {
        return String.format(
                Locale.ROOT,
                "read %d tokens in %.1f ms (%.0f tokens/s), wrote %d, %.1f ms after the first (%.0f tokens/s)",
                completion.promptTokens(),
                completion.promptMillis(),
                completion.promptTokensPerSecond(),
                completion.tokens(),
                completion.generationMillis(),
                completion.tokensPerSecond());
    }

    private static String prompt(CommandLine line, Terminal terminal) throws IOException {
        String prompt = line.getOptionValue("prompt");
        if (prompt == null) {
            if (terminal.interactive()) {
                terminal.err().println("Type the code so far; end with Ctrl-D.");
            }
            prompt = new String(terminal.in().readAllBytes(), StandardCharsets.UTF_8);
        }
        return prompt;
    }
}
