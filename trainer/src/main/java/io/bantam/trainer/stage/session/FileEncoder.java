package io.bantam.trainer.stage.session;

import io.bantam.runtime.format.DecoderConfig;
import io.bantam.runtime.format.TextForm;
import io.bantam.runtime.tokenizer.BytePairTokenizer;
import io.bantam.trainer.hub.CheckpointConfig;
import io.bantam.trainer.tokenizer.CodeTokenizer;
import io.bantam.trainer.tokenizer.SpecialTokens;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Makes token ids of whole files. In PY150's normal form a file has its marks in its text. Around plain text stand the
 * tokens that the model was trained with: the one that ends a text, and, if its tokenizer puts one there, the one that
 * begins it.
 *
 * @param begin put before a file, or -1
 * @param end put behind a file, or -1
 * @param marks ids that are no part of a file's text
 */
record FileEncoder(CodeTokenizer tokenizer, int begin, int end, int[] marks) {
    /**
     * @param teacher the folder of the model that the tokenizer belongs to; empty if it was trained here
     */
    static FileEncoder of(TextForm form, CodeTokenizer tokenizer, Optional<Path> teacher) throws IOException {
        if (form == TextForm.PY150) {
            int[] marks = {tokenizer.beginId(), tokenizer.endId(), tokenizer.padId(), tokenizer.endOfLineId()};
            return new FileEncoder(tokenizer, -1, -1, marks);
        }
        int begin = -1;
        int end = -1;
        if (teacher.isPresent()) {
            DecoderConfig config = CheckpointConfig.read(teacher.get().resolve(CheckpointConfig.FILE_NAME))
                    .decoder();
            boolean begins =
                    BytePairTokenizer.of(tokenizer.json(), teacher.get()).beginsTexts();
            begin = begins ? config.beginId() : -1;
            end = config.endId();
        }
        if (end < 0) {
            end = tokenizer
                    .find("<|endoftext|>")
                    .orElse(tokenizer.find(SpecialTokens.END).orElse(-1));
        }
        int[] marks = Arrays.stream(new int[] {begin, end})
                .filter(id -> id >= 0)
                .distinct()
                .toArray();
        return new FileEncoder(tokenizer, begin, end, marks);
    }

    int vocabularySize() {
        return tokenizer.vocabularySize();
    }

    /** The ids of a file. */
    int[] encode(String text) {
        return marked(tokenizer.encode(text));
    }

    /** The ids of many files, in their order, computed on all processors. */
    List<int[]> encodeAll(List<String> texts) {
        return tokenizer.encodeAll(texts).stream().map(this::marked).toList();
    }

    private int[] marked(int[] text) {
        int before = begin < 0 ? 0 : 1;
        int[] ids = new int[before + text.length + (end < 0 ? 0 : 1)];
        Arrays.fill(ids, 0, before, begin);
        System.arraycopy(text, 0, ids, before, text.length);
        Arrays.fill(ids, before + text.length, ids.length, end);
        return ids;
    }
}
