package io.bantam.trainer.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.bantam.trainer.hub.TinyFamilies;
import io.bantam.trainer.tokenizer.BpeTrainer;
import io.bantam.trainer.tokenizer.SpecialTokens;
import io.bantam.trainer.tokenizer.TokenizerKinds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The form of text against the teacher's tokenizer, the sources and the evaluation. */
class TextFormTest {
    private static final String TEACHER = "teacher: {kind: load, path: teacher}";
    private static final String EVALUATION = "evaluation: {maximumNewTokens: 8%s}";

    @TempDir
    Path folder;

    private List<String> problems(SpecialTokens special, String data, String evaluation) throws IOException {
        Path teacher = folder.resolve("teacher");
        String config = TinyFamilies.config("qwen2", 600, 2);
        TinyFamilies.write(teacher, config, TinyFamilies.tensors(config, 1));
        Files.write(
                teacher.resolve("tokenizer.json"),
                TokenizerKinds.json("qwen2", new BpeTrainer(special, 512).train(List.of("def f(a):\n"))));
        Files.writeString(folder.resolve("text.txt"), "<s> x </s>\n");
        String yaml = Recipes.LEAST
                .replaceAll("(?m)^data:.*$", "data: {sequenceLength: 16, " + data + "}")
                .replaceAll("(?m)^teacher: .*$", TEACHER)
                .replaceAll("(?m)^# stages.*$", EVALUATION.formatted(evaluation));
        try {
            new RecipeLoader().parse(yaml, "r.yaml", folder);
            return List.of();
        } catch (RecipeException e) {
            return e.problems().stream().map(Problem::toString).toList();
        }
    }

    @Test
    void aTokenizerWithoutTheTokensReadsPlainText() throws IOException {
        SpecialTokens plain = SpecialTokens.plain();
        assertEquals(List.of(), problems(plain, "source: {kind: bundled}", ""));
        assertEquals(
                List.of("r.yaml:3:59 data.form: the teacher's tokenizer has not the tokens of PY150's normal form,"
                        + " <s> and <EOL>; write form: plain"),
                problems(plain, "source: {kind: bundled}, form: py150", ""));
        assertEquals(
                List.of("r.yaml:3:36 data.source: it is in PY150's normal form, and the models read plain text; name"
                        + " source code: kind folder, json-lines or bundled"),
                problems(plain, "source: {kind: text, path: text.txt}", ""));
        assertEquals(
                List.of("r.yaml:3:79 data.source.sources[1]: it is in PY150's normal form, and the models read plain"
                        + " text; name source code: kind folder, json-lines or bundled"),
                problems(
                        plain,
                        "source: {kind: several, sources: [{kind: bundled}, {kind: text, path: text.txt}]}",
                        ""));
        assertEquals(
                List.of("r.yaml:5:46 evaluation.beamWidth: plain text is completed greedily; write 1"),
                problems(plain, "source: {kind: bundled}", ", beamWidth: 4"));
    }

    @Test
    void aTokenizerWithTheTokensReadsWhatIsSaid() throws IOException {
        SpecialTokens normal = SpecialTokens.py150();
        assertEquals(List.of(), problems(normal, "source: {kind: text, path: text.txt}", ", beamWidth: 4"));
        assertEquals(List.of(), problems(normal, "source: {kind: bundled}, form: plain", ""));
        assertEquals(
                1,
                problems(normal, "source: {kind: text, path: text.txt}, form: plain", "")
                        .size());
    }
}
