package io.bantam.trainer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.trainer.cli.CommandLines;
import io.bantam.trainer.cli.CommandNames;
import io.bantam.trainer.recipe.RecipeLoader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The pages of the repository must not promise what is not there. */
final class ReadmeTest {
    /** The most bytes of the first page, which is read whole or not at all. */
    private static final int LONGEST = 9_000;

    private static final int WIDEST = 120;

    /** Pages that say what is there now; logs may name what is gone. */
    static List<String> guides() {
        return List.of(
                "README.md",
                "checkpoints/README.md",
                "checkpoints/pycode-teacher/README.md",
                "compression/README.md",
                "recipes/README.md",
                "recipes/RESULTS.md",
                "runtime/README.md",
                "trainer/README.md");
    }

    static List<String> pages() {
        return Stream.concat(
                        guides().stream(),
                        Stream.of("recipes/LOG.md", "recipes/REFERENCE.md", "runtime/PERFORMANCE.md"))
                .toList();
    }

    private static Path file(String name) {
        return ProjectFiles.root().resolve(name);
    }

    private static String read(String page) throws IOException {
        return Files.readString(file(page));
    }

    private static List<String> all(String text, String pattern) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map(MatchResult::group)
                .distinct()
                .toList();
    }

    /** The spans between single backquotes, outside of code blocks, each on one line. */
    private static List<String> spans(String text) {
        String prose = text.replaceAll("(?ms)^```.*?^```$", "");
        return all(prose, "(?<=`)[^`]+(?=`)").stream()
                .map(span -> span.replaceAll("\\s+", " "))
                .toList();
    }

    @Test
    void theFirstPageIsShort() throws IOException {
        long bytes = Files.size(file("README.md"));
        assertTrue(bytes <= LONGEST, bytes + " bytes");
    }

    @ParameterizedTest
    @MethodSource("pages")
    void theRecipesThatAPageNamesExist(String page) throws IOException {
        for (String recipe : all(read(page), "\\brecipes/[A-Za-z0-9_./-]+\\.(yaml|json|sh|txt|md)")) {
            assertTrue(Files.exists(file(recipe)), recipe);
        }
    }

    @ParameterizedTest
    @MethodSource("guides")
    void theFilesThatAPageNamesExist(String page) throws IOException {
        for (String path : spans(read(page))) {
            boolean ours = path.matches("(bantam|\\.ci|compression|recipes|runtime|trainer)/[A-Za-z0-9_./-]*");
            boolean built = path.contains("/target/");
            if (ours && !built) {
                assertTrue(Files.exists(file(path)), path);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("guides")
    void theClassesThatAPageNamesExist(String page) throws IOException {
        Set<String> classes = classes();
        for (String span : spans(read(page))) {
            if (span.matches("([A-Z][a-z0-9]+){2,}(\\.[A-Z]\\w+)?")) {
                assertTrue(classes.contains(span.replaceFirst("\\..*", "")), span);
            }
        }
    }

    private static Set<String> classes() throws IOException {
        Set<String> names = new HashSet<>();
        for (String module : List.of("compression", "runtime", "trainer")) {
            try (Stream<Path> files = Files.walk(file(module).resolve("src"))) {
                files.map(path -> path.getFileName().toString())
                        .filter(name -> name.endsWith(".java"))
                        .forEach(name -> names.add(name.substring(0, name.length() - ".java".length())));
            }
        }
        return names;
    }

    @ParameterizedTest
    @MethodSource("pages")
    void theLinksOfAPageLeadSomewhere(String page) throws IOException {
        for (String link : all(read(page), "(?<=\\]\\()[^)]+(?=\\))")) {
            String[] parts = link.split("#", 2);
            Path target = parts[0].isEmpty() ? file(page) : file(page).resolveSibling(parts[0]);
            assertTrue(link.startsWith("https://") || Files.exists(target), link);
            if (parts.length == 2) {
                assertTrue(fragments(Files.readString(target)).contains(parts[1]), link);
            }
        }
    }

    /** What Markdown viewers call the headings of a page. */
    private static Set<String> fragments(String page) {
        return all(page, "(?m)(?<=^#{1,6} ).*").stream()
                .map(heading -> heading.toLowerCase(Locale.ROOT)
                        .replaceAll("[^a-z0-9 _-]", "")
                        .replace(' ', '-'))
                .collect(Collectors.toSet());
    }

    @Test
    void theFoldersOfTheFirstPageExist() throws IOException {
        List<String> folders = all(read("README.md"), "(?m)(?<=^\\| `)[a-z]+/?(?=` \\|)");
        assertTrue(folders.size() >= 5, folders.toString());
        for (String folder : folders) {
            assertTrue(Files.exists(file(folder)), folder);
        }
    }

    @Test
    void theTableOfCommandsHasThoseOfTheProgram() throws IOException {
        assertEquals(
                CommandNames.all().stream().sorted().toList(),
                all(read("trainer/README.md"), "(?m)(?<=^\\| `bantam )[a-z]+").stream()
                        .sorted()
                        .toList());
    }

    @ParameterizedTest
    @MethodSource("guides")
    void theProgramTakesEveryCommandOfAPage(String page) throws IOException {
        for (String command : commands(read(page))) {
            List<String> words = words(command);
            String[] arguments = words.subList(1, words.size()).toArray(String[]::new);
            assertEquals("", CommandLines.problem(arguments).orElse(""), command);
        }
    }

    @Test
    void commandsAreFoundInBlocksAndSpans() {
        String page = """
                Try `./bantam doctor`
                and:
                ```sh
                ./bantam run a.yaml --set 'v={t: []}' \\
                    --resume    # comment
                echo no | ./bantam complete m --prompt "a; b" && ./bantam doctor
                ```
                """;
        List<String> found = commands(page);
        assertEquals(4, found.size(), found.toString());
        assertEquals(List.of("./bantam", "run", "a.yaml", "--set", "v={t: []}", "--resume"), words(found.getFirst()));
        assertEquals(List.of("./bantam", "complete", "m", "--prompt", "a; b"), words(found.get(1)));
    }

    /** Every call of the launcher in a page's code blocks and code spans. */
    private static List<String> commands(String page) {
        List<String> commands = new ArrayList<>();
        for (String block : all(page, "(?ms)^```.*?^```$")) {
            for (String line : block.replaceAll("\\\\\n", " ").split("\n")) {
                commands.addAll(calls(line));
            }
        }
        for (String span : spans(page)) {
            commands.addAll(calls(span));
        }
        return commands;
    }

    /** The parts of a shell's line between unquoted separators that call the launcher. */
    private static List<String> calls(String line) {
        return all(line, "(?:'[^']*'|\"[^\"]*\"|[^'\"|;&#])+").stream()
                .map(String::strip)
                .filter(part -> part.startsWith("./bantam "))
                .toList();
    }

    private static List<String> words(String command) {
        return Pattern.compile("(?:'[^']*'|\"[^\"]*\"|[^'\" ])+")
                .matcher(command)
                .results()
                .map(word -> word.group().replaceAll("['\"]", ""))
                .toList();
    }

    @Test
    void theRecipeThatIsShownIsSound() throws IOException {
        String page = read("recipes/README.md");
        String yaml = page.substring(page.indexOf("```yaml\n") + 8);
        yaml = yaml.substring(0, yaml.indexOf("```"));
        assertFalse(yaml.isBlank());
        assertEquals(
                "my-first",
                new RecipeLoader()
                        .withoutPathChecks()
                        .parse(yaml, "README.md", file("recipes"))
                        .recipe()
                        .name());
    }

    @ParameterizedTest
    @ValueSource(strings = {"recipes/LOG.md", "runtime/PERFORMANCE.md"})
    void everyEntryOfALogBeginsWithItsVerdict(String page) throws IOException {
        List<String> entries = all(read(page), "(?m)^## \\d{4}-.*\n\n.*");
        assertTrue(entries.size() > 10, page);
        for (String entry : entries) {
            String first = entry.substring(entry.indexOf("\n\n") + 2);
            assertTrue(first.matches("\\*\\*(Kept|Kept in part|Negative|Measured)\\.\\*\\* .+"), entry);
        }
    }

    @ParameterizedTest
    @MethodSource("pages")
    void linesAreNoWiderThanTheSources(String page) throws IOException {
        String prose = read(page).replaceAll("(?ms)^```.*?^```$", "");
        for (String line : prose.split("\n")) {
            assertTrue(line.length() <= WIDEST || line.startsWith("|"), line);
        }
    }
}
