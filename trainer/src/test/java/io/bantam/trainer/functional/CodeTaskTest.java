package io.bantam.trainer.functional;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.trainer.evaluation.EvaluationException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CodeTaskTest {
    @TempDir
    private Path folder;

    private List<CodeTask> read(String text) throws IOException {
        return CodeTask.read(Files.writeString(folder.resolve("tasks.jsonl"), text), Integer.MAX_VALUE);
    }

    @Test
    void aTaskOfHumanEvalAsksForTheBodyOfAFunction() throws IOException {
        CodeTask task = read(Tasks.HUMAN_EVAL).getFirst();
        assertEquals("Made/0", task.id());
        assertEquals(CodeTask.DataSet.HUMAN_EVAL, task.dataSet());
        assertEquals(
                task.prompt() + "    return a + b\n" + "\n\n\ndef check(candidate):\n    assert candidate(1, 2) == 3\n"
                        + "\ncheck(add)\n",
                task.program("    return a + b\n"));
    }

    @Test
    void aTaskOfMbppShowsItsTests() throws IOException {
        CodeTask task = read(Tasks.MBPP).getFirst();
        assertEquals("7", task.id());
        assertEquals(
                "\"\"\"\nWrite a function to double.\nassert double(2) == 4\nassert double(0) == 0\n\"\"\"\n",
                task.prompt());
        assertEquals(
                "def double(x): return 2 * x\nimport math\nassert double(2) == 4\nassert double(0) == 0\n",
                task.program("def double(x): return 2 * x"));
    }

    @Test
    void packedFilesAndTheSanitizedFieldsAreRead() throws IOException {
        Path file = folder.resolve("tasks.jsonl.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            out.write(("{\"task_id\": 2, \"prompt\": \"P\", \"code\": \"c\", \"test_imports\": [\"import math\"],"
                            + " \"test_list\": [\"assert 1\"]}\n")
                    .getBytes(StandardCharsets.UTF_8));
        }
        CodeTask task = CodeTask.read(file, 5).getFirst();
        assertEquals("import math\nassert 1\n", task.test());
    }

    @Test
    void damagedLinesAreNamed() {
        assertMessage("tasks.jsonl:1: neither a task of HumanEval", "{\"task_id\": 1, \"text\": \"x\"}");
        assertMessage("tasks.jsonl:2: task_id 7 is there twice", Tasks.MBPP + Tasks.MBPP);
        assertMessage("field \"test_list\" must be a list of texts", Tasks.MBPP.replace("[\"assert", "[1, \"assert"));
        assertMessage("no tasks", "");
    }

    private void assertMessage(String expected, String text) {
        String message =
                assertThrows(EvaluationException.class, () -> read(text)).getMessage();
        assertTrue(message.contains(expected), message);
    }

    @Test
    void aFunctionEndsWhereTheNextStatementStarts() throws IOException {
        CodeTask task = read(Tasks.HUMAN_EVAL).getFirst();
        String body = "    x = f(\n        a,\n)\n\n    return x\n\n";
        assertEquals(body, task.cut(body + "def other():\n    pass\n"));
        assertEquals(body, task.cut(body + "# a remark\n    return 1"));
        assertEquals(body, task.cut(body));
        // A model may go on in the prompt's last line.
        assertEquals("return 1\n", task.cut("return 1\nprint(2)\n"));
        assertFalse(task.finished(body));
        assertFalse(task.finished(body + "    y"));
        assertTrue(task.finished(body + "def f\n"));
        assertFalse(task.finished("return 1"));
    }

    @Test
    void aProgramEndsWhereItIsTested() throws IOException {
        CodeTask task = read(Tasks.MBPP).getFirst();
        String code = "import re\n\ndef double(x):\n    assert x\n    return 2 * x\n";
        for (String after :
                List.of("assert double(1)\n", "print(double(2))\n", "\"\"\"\nnext", "if __name__ == 1:\n")) {
            assertEquals(code, task.cut(code + after + "x = 1\n"));
        }
        assertEquals(code + "printer = 1\n", task.cut(code + "printer = 1\n"));
    }
}
