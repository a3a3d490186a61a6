package io.bantam.trainer.functional;

import io.bantam.trainer.evaluation.EvaluationException;
import io.bantam.trainer.evaluation.JsonLines;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;

/**
 * A programming task with tests.
 *
 * @param id unique in its file
 * @param dataSet whose layout it has
 * @param prompt what a model continues
 * @param reference the data set's own solution, in the place of what a model writes
 * @param test what runs behind the solution and fails if it is wrong
 */
public record CodeTask(String id, DataSet dataSet, String prompt, String reference, String test) {
    /** The layouts that are read. */
    public enum DataSet {
        /** {@code task_id, prompt, entry_point, canonical_solution, test}: the body of a function is asked for. */
        HUMAN_EVAL("HumanEval"),
        /**
         * {@code task_id, text (or prompt), code, test_setup_code (or test_imports), test_list}: a whole program is.
         */
        MBPP("MBPP");

        private final String label;

        DataSet(String label) {
            this.label = label;
        }

        @Override
        public String toString() {
            return label;
        }
    }

    /**
     * Reads a data set's JSON lines, packed by gzip or not; the layout is told by the fields.
     *
     * @param limit most tasks to take from the start, at least 1
     * @throws EvaluationException naming file and line of what is wrong
     */
    public static List<CodeTask> read(Path file, int limit) {
        List<String> lines = JsonLines.lines(file);
        if (lines.isEmpty()) {
            throw new EvaluationException(file + ": no tasks in it");
        }
        List<CodeTask> tasks = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        for (int i = 0; i < Math.min(limit, lines.size()); i++) {
            CodeTask task = new Line(file, i + 1, JsonLines.object(file, i + 1, lines.get(i))).task();
            if (!ids.add(task.id())) {
                throw new EvaluationException(file + ":" + (i + 1) + ": task_id " + task.id() + " is there twice");
            }
            tasks.add(task);
        }
        return tasks;
    }

    /** Returns the same task in other words. */
    public CodeTask withPrompt(String other) {
        return new CodeTask(id, dataSet, other, reference, test);
    }

    /** Returns the program whose end without an exception means that the solution is right. */
    public String program(String solution) {
        return switch (dataSet) {
            case HUMAN_EVAL -> prompt + solution + "\n" + test;
            case MBPP -> solution + "\n" + test;
        };
    }

    /**
     * Cuts what a model wrote before the first line that no longer belongs to the solution. In HumanEval that is one
     * that starts a new statement at the left margin, in MBPP one that tests or runs the solution, or ends the text.
     */
    public String cut(String written) {
        int start = dataSet == DataSet.HUMAN_EVAL ? written.indexOf('\n') + 1 : 0;
        if (dataSet == DataSet.HUMAN_EVAL && start == 0) {
            return written;
        }
        for (int line = start; line < written.length(); ) {
            int end = written.indexOf('\n', line);
            String text = written.substring(line, end < 0 ? written.length() : end);
            if (endsSolution(text)) {
                return written.substring(0, line);
            }
            if (end < 0) {
                break;
            }
            line = end + 1;
        }
        return written;
    }

    /** Returns whether nothing that is written from here on can belong to the solution. */
    public boolean finished(String written) {
        int lastLine = written.lastIndexOf('\n');
        // The last line may still grow into one that belongs to it.
        return lastLine >= 0 && cut(written).length() <= lastLine;
    }

    private boolean endsSolution(String line) {
        if (line.isBlank()) {
            return false;
        }
        return switch (dataSet) {
            case HUMAN_EVAL -> !Character.isWhitespace(line.charAt(0)) && ")]}".indexOf(line.charAt(0)) < 0;
            case MBPP ->
                line.matches("(assert|print|if)\\b.*")
                        || line.startsWith("\"\"\"")
                        || line.startsWith("'''")
                        || line.startsWith("```")
                        || line.startsWith("<");
        };
    }

    /** One line of a file. */
    private record Line(Path file, int number, JsonNode object) {
        CodeTask task() {
            if (object.has("canonical_solution")) {
                return new CodeTask(
                        id(),
                        DataSet.HUMAN_EVAL,
                        text("prompt"),
                        text("canonical_solution"),
                        text("test") + "\ncheck(" + text("entry_point") + ")\n");
            }
            if (!object.has("test_list")) {
                throw new EvaluationException(file + ":" + number + ": neither a task of HumanEval (no field"
                        + " \"canonical_solution\") nor of MBPP (no field \"test_list\"); it has "
                        + String.join(", ", object.propertyNames()));
            }
            List<String> tests = texts("test_list");
            String setup = object.has("test_imports")
                    ? String.join("\n", texts("test_imports"))
                    : object.has("test_setup_code") ? text("test_setup_code") : "";
            String description = text(object.has("text") ? "text" : "prompt");
            return new CodeTask(
                    id(),
                    DataSet.MBPP,
                    "\"\"\"\n" + description.strip() + "\n" + String.join("\n", tests) + "\n\"\"\"\n",
                    text("code"),
                    setup + "\n" + String.join("\n", tests) + "\n");
        }

        private String id() {
            JsonNode id = object.get("task_id");
            if (id == null || !id.isValueNode()) {
                throw new EvaluationException(file + ":" + number + ": no field \"task_id\"");
            }
            return id.asString();
        }

        private String text(String field) {
            return JsonLines.text(file, number, object, field);
        }

        private List<String> texts(String field) {
            JsonNode values = object.get(field);
            if (!values.isArray()
                    || !StreamSupport.stream(values.spliterator(), false).allMatch(JsonNode::isString)) {
                throw new EvaluationException(
                        file + ":" + number + ": field \"" + field + "\" must be a list of texts");
            }
            return StreamSupport.stream(values.spliterator(), false)
                    .map(JsonNode::stringValue)
                    .collect(Collectors.toList());
        }
    }
}
