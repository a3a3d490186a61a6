package io.bantam.trainer.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A main class of the test tree, started in another JVM with this one's class path. */
record JavaProcess(Process process, Path errors) {

    static JavaProcess start(Path errors, Class<?> main, List<String> options, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of(
                "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-Dai.djl.offline=true",
                "-Dbantam.log=" + errors.resolveSibling("process.log"),
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.redirectError(ProcessBuilder.Redirect.appendTo(errors.toFile()));
        // Threads that wait for each other by spinning make tiny work slow on a busy machine.
        builder.environment().put("OMP_NUM_THREADS", "1");
        return new JavaProcess(builder.start(), errors);
    }

    /** What the process said on its standard error stream. */
    String complaints() throws IOException {
        return Files.exists(errors) ? Files.readString(errors) : "";
    }
}
