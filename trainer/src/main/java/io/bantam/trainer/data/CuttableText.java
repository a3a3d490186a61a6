package io.bantam.trainer.data;

import io.bantam.runtime.format.TextForm;
import io.bantam.runtime.python.PythonNormalizer;
import io.bantam.trainer.evaluation.LineSample;
import java.util.List;

/** The tokens of a file, and the line completion tasks that cuts before them make. */
sealed interface CuttableText {
    /** How many there are. */
    int tokens();

    /** Whether a token ends a line. */
    boolean isLineEnd(int token);

    /** What stands before a token, and the rest of its line. */
    LineSample cut(String id, int token);

    static CuttableText of(Document file) {
        return file.form() == TextForm.PLAIN
                ? new Plain(file.text(), new PlainWords(file.text()))
                : new Normal(List.of(file.body().split(" ")));
    }

    /** A file in PY150's normal form, whose tokens have spaces between. */
    record Normal(List<String> all) implements CuttableText {
        @Override
        public int tokens() {
            return all.size();
        }

        @Override
        public boolean isLineEnd(int token) {
            return all.get(token).equals(PythonNormalizer.END_OF_LINE);
        }

        @Override
        public LineSample cut(String id, int token) {
            int end = token;
            while (end < all.size() && !isLineEnd(end)) {
                end++;
            }
            String context = String.join(" ", all.subList(0, token));
            String target = String.join(" ", all.subList(token, end));
            return new LineSample(id, PythonNormalizer.START + " " + context, target);
        }
    }

    /**
     * Text as it stands. The white space at the place of a cut is in neither part, but for the end of the line before:
     * a model writes it together with the next word, and predictions are compared without it.
     */
    record Plain(String text, PlainWords words) implements CuttableText {
        @Override
        public int tokens() {
            return words.count();
        }

        @Override
        public boolean isLineEnd(int token) {
            return text.charAt(words.start(token)) == '\n';
        }

        @Override
        public LineSample cut(String id, int token) {
            int end = token;
            while (end + 1 < words.count() && !isLineEnd(end + 1)) {
                end++;
            }
            return new LineSample(
                    id,
                    text.substring(0, token == 0 ? 0 : words.end(token - 1)),
                    text.substring(words.start(token), words.end(end)));
        }
    }
}
