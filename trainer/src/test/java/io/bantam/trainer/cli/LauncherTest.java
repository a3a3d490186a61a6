package io.bantam.trainer.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.trainer.ProjectFiles;
import io.bantam.trainer.cli.terminal.ExitCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the launcher in a small copy of the project whose Java and Maven are shell scripts. */
final class LauncherTest {
    /** No such Java exists, so that what is installed on the machine cannot get in the way. */
    private static final String FEATURE = "999";

    private static final String MAVEN_THAT_BUILDS = """
            #!/bin/sh
            echo "$JAVA_HOME" >>maven-calls
            for module in runtime compression trainer; do
                mkdir -p $module/target && : >$module/target/bantam-$module.jar
            done
            mkdir -p trainer/target/lib
            """;

    @TempDir
    private Path folder;

    private Path project;
    private Path errors;
    private Path jdk;

    private record Result(int code, String out, String err) {}

    @BeforeEach
    void makeProject() throws IOException {
        project = Files.createDirectories(folder.resolve("project"));
        String script = Files.readString(ProjectFiles.root().resolve("bantam"));
        assertTrue(script.contains("\nfeature=25\n"), "the line with the wanted Java");
        executable(project.resolve("bantam"), script.replace("\nfeature=25\n", "\nfeature=" + FEATURE + "\n"));
        for (String module : List.of("runtime", "compression", "trainer")) {
            Files.createDirectories(project.resolve(module).resolve("src/main/java"));
            Files.writeString(project.resolve(module).resolve("pom.xml"), "<project/>");
        }
        Files.writeString(project.resolve("pom.xml"), "<project/>");
        executable(project.resolve("mvnw"), MAVEN_THAT_BUILDS);
        jdk = jdk("jdk", FEATURE + ".0.1", true);
    }

    /** A JDK whose java prints its arguments, one a line. */
    private Path jdk(String name, String version, boolean compiler) throws IOException {
        Path home = folder.resolve(name);
        Files.createDirectories(home.resolve("bin"));
        Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
        executable(home.resolve("bin/java"), "#!/bin/sh\nprintf '%s\\n' \"$0\" \"$@\"\n");
        if (compiler) {
            executable(home.resolve("bin/javac"), "#!/bin/sh\n");
        }
        return home;
    }

    private static void executable(Path file, String text) throws IOException {
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Result launch(Map<String, String> environment, String... arguments) throws Exception {
        return launch(project.resolve("bantam"), folder, environment, arguments);
    }

    private Result launch(Path script, Path workingFolder, Map<String, String> environment, String... arguments)
            throws Exception {
        List<String> command = new ArrayList<>(List.of(script.toString()));
        command.addAll(List.of(arguments));
        Path out = Files.createTempFile(folder, "out", "");
        errors = Files.createTempFile(folder, "err", "");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(workingFolder.toFile())
                .redirectOutput(out.toFile())
                .redirectError(errors.toFile());
        builder.environment().clear();
        builder.environment().putAll(Map.of("PATH", "/usr/bin:/bin", "HOME", folder.toString()));
        builder.environment().putAll(environment);
        Process process = builder.start();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), "the launcher ends");
        return new Result(
                process.exitValue(),
                Files.readString(out, StandardCharsets.UTF_8),
                Files.readString(errors, StandardCharsets.UTF_8));
    }

    private Map<String, String> withJdk() {
        return Map.of("BANTAM_JAVA_HOME", jdk.toString());
    }

    private long mavenCalls() throws IOException {
        Path calls = project.resolve("maven-calls");
        if (!Files.exists(calls)) {
            return 0;
        }
        try (Stream<String> lines = Files.lines(calls)) {
            return lines.count();
        }
    }

    @Test
    void withoutJavaItSaysWhereItLookedAndWhatToInstall() throws Exception {
        Path old = jdk("old", "17.0.2", true);
        Result result = launch(Map.of("JAVA_HOME", old.toString()), "doctor");
        assertEquals(ExitCode.NO_JAVA.number(), result.code(), result.err());
        assertTrue(result.err().contains("JAVA_HOME (" + old + "): Java 17"), result.err());
        assertTrue(result.err().contains("~/.sdkman"), result.err());
        assertTrue(result.err().contains("Install a JDK " + FEATURE), result.err());
        assertEquals(0, mavenCalls());
    }

    @Test
    void aWrongBantamJavaHomeIsNamed() throws Exception {
        Result result = launch(Map.of("BANTAM_JAVA_HOME", "/nowhere"), "doctor");
        assertEquals(78, result.code());
        assertTrue(result.err().contains("BANTAM_JAVA_HOME (/nowhere): no bin/java there"), result.err());
    }

    @Test
    void anOldJavaHomeIsSkippedForOneInTheHomeFolder() throws Exception {
        Path old = jdk("old", "1.8.0_302", true);
        Path found = jdk(".jdks/temurin", FEATURE, true);
        Result result = launch(Map.of("JAVA_HOME", old.toString()), "doctor");
        assertEquals(0, result.code(), result.err());
        assertEquals(
                found.resolve("bin/java").toString(),
                result.out().lines().findFirst().orElseThrow());
    }

    @Test
    void aRuntimeWithoutCompilerCannotBuildButCanRun() throws Exception {
        Path jre = jdk("jre", FEATURE, false);
        Result refused = launch(Map.of("BANTAM_JAVA_HOME", jre.toString()), "doctor");
        assertEquals(78, refused.code());
        assertTrue(refused.err().contains("without a compiler"), refused.err());
        assertEquals(0, launch(withJdk(), "doctor").code());
        assertEquals(
                0, launch(Map.of("BANTAM_JAVA_HOME", jre.toString()), "doctor").code());
    }

    @Test
    void buildsOnFirstUseWithTheJavaItFoundAndPassesArgumentsOn() throws Exception {
        Result result = launch(withJdk(), "complete", "--prompt", "a  b * 'c'");
        assertEquals(0, result.code(), result.err());
        assertTrue(result.err().startsWith("bantam: building (first use"), result.err());
        assertEquals(
                jdk.toString(), Files.readString(project.resolve("maven-calls")).strip());
        List<String> lines = result.out().lines().toList();
        assertTrue(lines.contains("jdk.incubator.vector"), result.out());
        assertEquals(
                List.of("io.bantam.trainer.cli.Main", "complete", "--prompt", "a  b * 'c'"),
                lines.subList(lines.size() - 4, lines.size()));
    }

    @Test
    void doesNotBuildTwice() throws Exception {
        launch(withJdk(), "doctor");
        Result second = launch(withJdk(), "doctor");
        assertEquals("", second.err());
        assertEquals(1, mavenCalls());
    }

    @Test
    void buildsAgainAfterAChangeAndLeavesTheFormerClassesToWhoRunsThem() throws Exception {
        String first = classPath(launch(withJdk(), "doctor"));
        Path source = Files.writeString(project.resolve("compression/src/main/java/A.java"), "class A {}");
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(5)));
        Result result = launch(withJdk(), "doctor");
        assertTrue(result.err().contains("sources have changed"), result.err());
        assertEquals(2, mavenCalls());
        assertFalse(classPath(result).equals(first), "a folder of its own for each build");
        assertTrue(Files.exists(Path.of(first.split(":")[0])), first);
    }

    @Test
    void usesABuildMadeByMaven() throws Exception {
        launch(withJdk(), "doctor");
        String first = classPath(launch(withJdk(), "doctor"));
        FileTime later = FileTime.from(Instant.now().plusSeconds(5));
        Files.setLastModifiedTime(project.resolve("trainer/target/bantam-trainer.jar"), later);
        Result result = launch(withJdk(), "doctor");
        assertEquals(1, mavenCalls());
        assertFalse(classPath(result).equals(first), "the newer jars are taken");
    }

    private static String classPath(Result result) {
        List<String> lines = result.out().lines().toList();
        return lines.get(lines.indexOf("-cp") + 1);
    }

    @Test
    void worksThroughLinksFromAnywhere() throws Exception {
        Path links = Files.createDirectories(folder.resolve("links"));
        Files.createSymbolicLink(links.resolve("first"), Path.of("../project/bantam"));
        Files.createSymbolicLink(links.resolve("bantam"), Path.of("first"));
        Result result = launch(links.resolve("bantam"), Path.of("/"), withJdk(), "doctor");
        assertEquals(0, result.code(), result.err());
        assertTrue(result.out().contains("-Dbantam.home=" + project.toRealPath()), result.out());
    }

    @Test
    void aFailedBuildSaysWhyInOneLine() throws Exception {
        Map<String, String> causes = Map.of(
                "Could not transfer artifact a:b from/to central: repo: Temporary failure in name resolution",
                        "no network",
                "curl: (6) Could not resolve host: repo", "no network",
                "java.io.IOException: No space left on device", "no space left on the disk",
                "Cannot find matching toolchain definitions", "discovered-jdk-toolchains-cache.xml",
                "java.lang.OutOfMemoryError: Java heap space", "not enough memory",
                "A.java:[3,4] cannot find symbol", "the build failed.");
        for (Map.Entry<String, String> cause : causes.entrySet()) {
            executable(project.resolve("mvnw"), "#!/bin/sh\necho '[ERROR] " + cause.getKey() + "'\nexit 1\n");
            Result result = launch(withJdk(), "doctor");
            assertEquals(1, result.code(), cause.getKey());
            assertTrue(result.err().contains(cause.getValue()), result.err());
            assertTrue(result.err().contains(".bantam/build.log"), result.err());
            assertEquals("", result.out());
        }
    }

    @Test
    void filtersOnlyTheWarningOfTheVectorModule() throws Exception {
        launch(withJdk(), "doctor");
        executable(jdk.resolve("bin/java"), """
                #!/bin/sh
                echo 'WARNING: Using incubator modules: jdk.incubator.vector' >&2
                echo 'Error occurred during initialization of VM' >&2
                echo 'from Main' >&3
                exit 7
                """);
        Result result = launch(withJdk(), "doctor");
        assertEquals(7, result.code());
        for (int i = 0; i < 100 && result.err().lines().count() < 2; i++) {
            Thread.sleep(20); // the filter may end after the launcher
            result = new Result(result.code(), result.out(), Files.readString(errors, StandardCharsets.UTF_8));
        }
        assertEquals(
                List.of("Error occurred during initialization of VM", "from Main"),
                result.err().lines().sorted().toList());
    }

    @Test
    void tellsTheFolderOfTheJdkWithoutBuilding() throws Exception {
        assertEquals(jdk + "\n", launch(withJdk(), "--java-home").out());
        assertEquals(0, mavenCalls());
    }

    @Test
    void theUsersOptionsComeLast() throws Exception {
        Map<String, String> environment =
                Map.of("BANTAM_JAVA_HOME", jdk.toString(), "BANTAM_JAVA_OPTS", "-Xmx1g -Dx=y");
        List<String> lines = launch(environment, "doctor").out().lines().toList();
        assertTrue(lines.indexOf("-Xmx1g") > lines.indexOf("-XX:MaxRAMPercentage=40"), lines.toString());
        assertTrue(lines.contains("-Dx=y"), lines.toString());
    }
}
