package io.bantam.trainer.stage.evaluate;

import io.bantam.runtime.format.EncoderConfig;
import io.bantam.trainer.evaluation.EvaluationProgress;
import io.bantam.trainer.model.EncoderModel;
import io.bantam.trainer.stage.ModelState;
import io.bantam.trainer.tokenizer.CodeTokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Answers of a model with an encoder and a decoder, the likeliest token each time.
 *
 * @param model whose weights are {@code packed}'s
 * @param packed how its inputs are quantized
 * @param answerLength most tokens of an answer, its end counted
 */
record AnswerWriter(EncoderModel model, ModelState packed, CodeTokenizer tokenizer, int answerLength) {
    private static final int TOGETHER = 8;

    /**
     * Answers texts.
     *
     * @param texts token ids with begin and end, of any lengths
     * @return the answers without white space at their ends, in the order of the texts
     */
    List<String> write(List<int[]> texts, EvaluationProgress progress) {
        EncoderConfig config = model.config();
        List<String> found = new ArrayList<>();
        for (int from = 0; from < texts.size(); from += TOGETHER) {
            List<int[]> some = texts.subList(from, Math.min(texts.size(), from + TOGETHER));
            int longest = some.stream().mapToInt(text -> text.length).max().orElseThrow();
            int[] filled = new int[some.size() * longest];
            Arrays.fill(filled, config.tokens().pad());
            for (int i = 0; i < some.size(); i++) {
                System.arraycopy(some.get(i), 0, filled, i * longest, some.get(i).length);
            }
            for (int[] answer : model.generate(filled, some.size(), answerLength, packed.running())) {
                found.add(text(answer, config));
            }
            progress.report(found.size(), texts.size());
        }
        return found;
    }

    private String text(int[] answer, EncoderConfig config) {
        return tokenizer
                .decode(Arrays.stream(answer)
                        .filter(id -> id != config.tokens().begin()
                                && id != config.tokens().pad())
                        .toArray())
                .strip();
    }
}
