package io.bantam.trainer.cli.commands;

import io.bantam.trainer.cli.terminal.Arguments;
import io.bantam.trainer.cli.terminal.Bytes;
import io.bantam.trainer.cli.terminal.ExitCode;
import io.bantam.trainer.cli.terminal.Progress;
import io.bantam.trainer.cli.terminal.Terminal;
import io.bantam.trainer.pull.Hub;
import io.bantam.trainer.pull.HubDownload;
import io.bantam.trainer.pull.HubFile;
import io.bantam.trainer.pull.HubSnapshot;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** {@code pull}: a model from the Hugging Face hub. */
final class PullCommand implements Command {
    private static final long MEGABYTE = 1_000_000;

    private final Map<String, String> environment;

    PullCommand() {
        this(System.getenv());
    }

    PullCommand(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
    }

    @Override
    public String name() {
        return "pull";
    }

    @Override
    public String summary() {
        return "fetch a model from the Hugging Face hub into a folder";
    }

    @Override
    public String arguments() {
        return "OWNER/NAME";
    }

    @Override
    public Options options() {
        return new Options()
                .addOption(Arguments.option("revision", "REF", "a branch, tag or commit (main)"))
                .addOption(Arguments.option("out", "DIR", "the folder to write (checkpoints/NAME)"))
                .addOption(Arguments.option("endpoint", "URL", "a mirror (HF_ENDPOINT, else https://huggingface.co)"));
    }

    @Override
    public List<String> details() {
        return List.of(
                "The folder gets the configuration, the tokenizer and the weights, as safetensors where the model has"
                        + " them, and is then a MODEL for every command. What was cut off goes on; every file's hash is"
                        + " checked.",
                "A private model, or one with terms to accept, needs an access token in HF_TOKEN.");
    }

    @Override
    public ExitCode run(CommandLine line, Terminal terminal) {
        String model = Arguments.one(line, "OWNER/NAME");
        Hub hub = Hub.of(line.getOptionValue("endpoint", ""), environment);
        HubSnapshot snapshot = hub.snapshot(model, line.getOptionValue("revision", "main"));
        List<HubFile> files = snapshot.needed();
        String name = model.substring(model.indexOf('/') + 1);
        Path folder = line.hasOption("out") ? Path.of(line.getOptionValue("out")) : Path.of("checkpoints", name);
        try (Progress progress = Progress.on(terminal)) {
            new HubDownload(hub, snapshot, folder)
                    .fetch(
                            files,
                            (file, done, total) -> progress.counted(done / MEGABYTE, total / MEGABYTE, phase(file)));
        }
        long bytes = files.stream().mapToLong(HubFile::bytes).sum();
        terminal.out()
                .printf(
                        Locale.ROOT,
                        "%s at %s: %d files, %s, in %s%n",
                        model,
                        snapshot.commit(),
                        files.size(),
                        Bytes.text(bytes),
                        folder);
        return ExitCode.OK;
    }

    private static String phase(String file) {
        return file.isEmpty() ? "pull, MB" : "pull: " + file + ", MB";
    }
}
