package io.bantam.trainer.cli.commands;

import io.bantam.runtime.completion.CompletionOptions;
import io.bantam.runtime.completion.PackedModel;
import io.bantam.runtime.completion.Sampling;
import io.bantam.runtime.model.CachePrecision;
import io.bantam.runtime.serve.CompletionServer;
import io.bantam.runtime.serve.ServerOptions;
import io.bantam.trainer.BantamException;
import io.bantam.trainer.cli.models.LoadedModel;
import io.bantam.trainer.cli.models.ModelSource;
import io.bantam.trainer.cli.terminal.Arguments;
import io.bantam.trainer.cli.terminal.CacheOption;
import io.bantam.trainer.cli.terminal.ExitCode;
import io.bantam.trainer.cli.terminal.Terminal;
import io.bantam.trainer.cli.terminal.UsageException;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** {@code serve}: completions over HTTP, for editors. Runs until Ctrl-C. */
public final class ServeCommand implements Command {
    public static final String NAME = "serve";

    private static final int DEFAULT_PORT = 8080;
    private static final Duration WARM_UP = Duration.ofSeconds(5);
    private static final int WARM_UP_TOKENS = 64;
    private static final String WARM_UP_TEXT = "import os\n\ndef read(path):\n    with open(";
    private static final ServerOptions DEFAULTS = ServerOptions.loopback(DEFAULT_PORT);

    /** The environment variable with the key, which unlike an option no list of processes shows. */
    private static final String KEY_VARIABLE = "BANTAM_API_KEY";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String summary() {
        return "serve completions over HTTP, for editors";
    }

    @Override
    public String arguments() {
        return "MODEL";
    }

    @Override
    public Options options() {
        return ModelSource.addOptions(new Options()
                .addOption(Arguments.option("port", "N", "the port (" + DEFAULT_PORT + "); 0 takes a free one"))
                .addOption(Arguments.option("host", "ADDRESS", "where to listen (127.0.0.1: this machine only)"))
                .addOption(Arguments.option("name", "NAME", "the model's name for clients (that of its file)"))
                .addOption(Arguments.option("slots", "N", "completions at the same time (" + DEFAULTS.slots() + ")"))
                .addOption(Arguments.option("threads", "N", "processors a completion uses (all, shared by the slots)"))
                .addOption(CacheOption.option())
                .addOption(Arguments.option("queue", "N", "requests that may wait (" + DEFAULTS.queue() + ")"))
                .addOption(Arguments.option(
                        "patience",
                        "SECONDS",
                        "the longest wait (" + DEFAULTS.patience().toSeconds() + ")"))
                .addOption(Arguments.option(
                        "max-tokens", "N", "tokens of a completion at most (" + DEFAULTS.maximumTokens() + ")"))
                .addOption(Arguments.option(
                        "max-body", "BYTES", "the longest request (" + DEFAULTS.maximumBodyBytes() + ")")));
    }

    @Override
    public List<String> details() {
        return List.of(
                "Editors find OpenAI's POST /v1/completions and llama.cpp's POST /infill there, and people a page to"
                        + " try it. A completion is one line unless a request has max_lines. Further: GET /v1/models,"
                        + " /health, /metrics.",
                "Where the environment variable " + KEY_VARIABLE
                        + " is set, clients must send it as a bearer token. Set" + " it when others can reach --host.",
                ModelSource.DETAILS);
    }

    @Override
    public ExitCode run(CommandLine line, Terminal terminal) throws IOException {
        int slots = Arguments.integer(line, "slots", DEFAULTS.slots(), 1);
        int processors = Runtime.getRuntime().availableProcessors();
        int threads = Arguments.integer(line, "threads", Math.max(1, processors / slots), 1);
        ServerOptions wanted = new ServerOptions(
                address(line),
                key(),
                slots,
                Arguments.integer(line, "queue", DEFAULTS.queue(), 0),
                Duration.ofSeconds(Arguments.integer(
                        line, "patience", (int) DEFAULTS.patience().toSeconds(), 0)),
                Arguments.integer(line, "max-body", DEFAULTS.maximumBodyBytes(), 1),
                Arguments.integer(line, "max-tokens", DEFAULTS.maximumTokens(), 1));
        // Read by the JDK's server when it is first used: a client may take this long for its request.
        System.setProperty("sun.net.httpserver.maxReqTime", "60");
        CachePrecision cache = CacheOption.of(line);
        LoadedModel model = ModelSource.load(line);
        String name = line.getOptionValue("name", fileName(model.source()));
        ServerOptions options = fitting(wanted, model, line.hasOption("max-tokens"));
        try (PackedModel packed = model.completionModel(threads, cache);
                CompletionServer server = start(packed, name, options, terminal)) {
            terminal.out().println(name + " is served at http://" + hostAndPort(server.address()) + "/ (Ctrl-C ends)");
            terminal.out().flush();
            Runtime.getRuntime().addShutdownHook(new Thread(server::close));
            new CountDownLatch(1).await();
        } catch (BindException inUse) {
            throw new BantamException("cannot listen at " + hostAndPort(options.address()) + ": " + inUse.getMessage()
                    + ". Choose another --port.");
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
        return ExitCode.OK;
    }

    /**
     * Completes something before the first client can ask: until Java has compiled the loops, a completion takes
     * seconds, and clients who all wait that long would all give up.
     */
    private static CompletionServer start(PackedModel model, String name, ServerOptions options, Terminal terminal)
            throws IOException {
        terminal.err().println("warming up " + name + " ...");
        int tokens = Math.min(WARM_UP_TOKENS, options.maximumTokens());
        long end = System.nanoTime() + WARM_UP.toNanos();
        model.complete(
                WARM_UP_TEXT,
                new CompletionOptions(tokens, tokens, Sampling.GREEDY, List.of()),
                _ -> System.nanoTime() < end);
        Logger logger = LogManager.getLogger(ServeCommand.class);
        return CompletionServer.start(model, name, options, fault -> logger.error("a request failed", fault));
    }

    /**
     * The standard number of tokens must fit small models too; a number that was asked for is refused if it does not.
     */
    private static ServerOptions fitting(ServerOptions options, LoadedModel model, boolean asked) {
        int positions = model.config().positions();
        if (options.maximumTokens() < positions) {
            return options;
        }
        if (asked) {
            throw new UsageException("--max-tokens must be below the model's " + positions + " positions.");
        }
        return new ServerOptions(
                options.address(),
                options.apiKey(),
                options.slots(),
                options.queue(),
                options.patience(),
                options.maximumBodyBytes(),
                Math.max(1, positions / 2));
    }

    private static InetSocketAddress address(CommandLine line) {
        int port = Arguments.integer(line, "port", DEFAULT_PORT, 0);
        if (port > 65_535) {
            throw new UsageException("--port must be 0 to 65535, not " + port + ".");
        }
        String host = line.getOptionValue("host", DEFAULTS.address().getHostString());
        InetSocketAddress address = new InetSocketAddress(host, port);
        if (address.isUnresolved()) {
            throw new UsageException("--host: there is no address '" + host + "'.");
        }
        return address;
    }

    private static String key() {
        String key = System.getenv(KEY_VARIABLE);
        return key == null || key.isBlank() ? null : key;
    }

    private static String hostAndPort(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    private static String fileName(Path path) {
        String name = path.toAbsolutePath().normalize().getFileName().toString();
        return name.replaceFirst("\\.bantam$", "");
    }
}
