package io.bantam.trainer.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * A text and what is to be found for it.
 *
 * @param id file and line
 * @param text to be read
 * @param pair a second text to be read with it
 * @param answer a label, or a text
 */
public record TaskExample(String id, String text, Optional<String> pair, String answer) {
    /**
     * The fields of a JSON object that make an example.
     *
     * @param text field of the text
     * @param pair field of the second text, if there are two
     * @param answer field of the label, a text, a whole number or a truth value; or of the answer
     */
    public record Fields(String text, Optional<String> pair, String answer) {}

    /**
     * Reads JSON lines. A text may be a list of words, which are joined by spaces.
     *
     * @throws DataException naming file and line of what is wrong, or a file without examples
     */
    public static List<TaskExample> read(Path file, Fields fields) {
        List<TaskExample> examples = new ArrayList<>();
        TextLines.read(file, (number, line) -> {
            JsonNode object = JsonObjects.parse(file, number, line);
            examples.add(new TaskExample(
                    file.getFileName() + ":" + number,
                    words(object, file, number, fields.text()),
                    fields.pair().map(field -> words(object, file, number, field)),
                    answer(object, file, number, fields.answer())));
        });
        if (examples.isEmpty()) {
            throw new DataException(file + ": no examples in it");
        }
        return examples;
    }

    private static String words(JsonNode object, Path file, int number, String field) {
        JsonNode value = object.get(field);
        if (value != null && value.isArray() && value.valueStream().allMatch(JsonNode::isString)) {
            return String.join(
                    " ", value.valueStream().map(JsonNode::stringValue).toList());
        }
        return JsonObjects.text(object, file, number, field);
    }

    private static String answer(JsonNode object, Path file, int number, String field) {
        JsonNode value = object.get(field);
        if (value != null && (value.isIntegralNumber() || value.isBoolean())) {
            return value.asString();
        }
        return words(object, file, number, field);
    }
}
