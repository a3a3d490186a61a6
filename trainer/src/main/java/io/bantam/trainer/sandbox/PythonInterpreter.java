package io.bantam.trainer.sandbox;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A Python of the user's machine, which Bantam itself does not need: only generated programs are run by it.
 *
 * @param executable without links
 * @param folders outside of the system's own that belong to it; the sandbox shows them
 * @param version as it names itself, e.g. {@code 3.11.7}
 */
public record PythonInterpreter(Path executable, List<Path> folders, String version) {
    /** The environment variable that names the interpreter where no option does. */
    public static final String VARIABLE = "BANTAM_PYTHON";

    private static final String STANDARD = "python3";
    private static final int LONGEST_SECONDS = 20;
    private static final String QUESTION = "import os, sys; print('\\n'.join([sys.version.split()[0]]"
            + " + [os.path.realpath(p) for p in (sys.executable, sys.base_prefix, sys.prefix, os.__file__)]))";

    public PythonInterpreter {
        folders = List.copyOf(folders);
    }

    /**
     * Finds an interpreter and asks it where it lives.
     *
     * @param setting a command or path; empty for {@code BANTAM_PYTHON} and then {@code python3}
     * @throws SandboxException if there is none, or it is older than 3
     */
    public static PythonInterpreter find(String setting) {
        String command = command(setting);
        List<String> lines = ask(command);
        if (lines.size() != 5 || lines.getFirst().startsWith("2.")) {
            throw new SandboxException("'" + command + "' is no Python 3. Name one with --python or " + VARIABLE + ".");
        }
        Path executable = Path.of(lines.get(1));
        List<Path> folders = Stream.of(lines.get(2), lines.get(3), lines.get(4))
                .map(Path::of)
                .map(path -> Files.isDirectory(path) ? path : path.getParent())
                .distinct()
                .toList();
        Path home = Path.of(System.getProperty("user.home")).toAbsolutePath();
        for (Path folder : folders) {
            if (home.startsWith(folder)) {
                throw new SandboxException("the Python '" + command + "' belongs to the folder " + folder
                        + ", which holds"
                        + " your files too, and programs must not see them. Name another with --python or " + VARIABLE
                        + ".");
            }
        }
        return new PythonInterpreter(executable, folders, lines.getFirst());
    }

    /** The command that a setting stands for: itself, else {@code BANTAM_PYTHON}, else {@code python3}. */
    public static String command(String setting) {
        String variable = System.getenv().getOrDefault(VARIABLE, "");
        return !setting.isEmpty() ? setting : !variable.isEmpty() ? variable : STANDARD;
    }

    private static List<String> ask(String command) {
        try {
            Process process = new ProcessBuilder(command, "-I", "-c", QUESTION)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try {
                if (!process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)) {
                    throw new SandboxException(
                            "'" + command + "' does not answer. Name a Python 3 with --python or " + VARIABLE + ".");
                }
                String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                return answer.lines().toList();
            } finally {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            throw new SandboxException(
                    "there is no Python '" + command + "' to run programs with. Install Python 3, or name one with"
                            + " --python or " + VARIABLE + ".",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("looking for Python was interrupted");
        }
    }
}
