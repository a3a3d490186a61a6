package io.bantam.trainer.model;

import io.bantam.runtime.format.EncoderConfig;
import java.util.Arrays;

/** Rows of ids as {@link EncoderModel} reads them. */
public final class EncoderRows {
    private EncoderRows() {}

    /**
     * A text and its label.
     *
     * @param length of all texts; this one is filled up
     */
    public static int[] labelled(int label, int[] text, int length, EncoderConfig config) {
        int[] row = new int[1 + length];
        Arrays.fill(row, config.tokens().pad());
        row[0] = label;
        System.arraycopy(text, 0, row, 1, text.length);
        return row;
    }

    /**
     * A text and its answer.
     *
     * @param length of all texts; this one is filled up
     * @param answerLength of all answers
     */
    public static int[] answered(int[] text, int[] answer, int length, int answerLength, EncoderConfig config) {
        int[] row = new int[1 + length + answerLength];
        Arrays.fill(row, config.tokens().pad());
        row[0] = length;
        System.arraycopy(text, 0, row, 1, text.length);
        System.arraycopy(answer, 0, row, 1 + length, answer.length);
        return row;
    }

    /** The text of a row without what fills it up. */
    public static int[] text(int[] row, EncoderConfig config) {
        int end = config.decoderLayers() == 0 ? row.length : 1 + row[0];
        return Arrays.copyOfRange(row, 1, 1 + used(row, 1, end, config.tokens().pad()));
    }

    /** These rows, only as long as the longest text and the longest answer among them. */
    static int[] trimmed(int[] ids, int batch, EncoderConfig config) {
        int row = ids.length / batch;
        int text = config.decoderLayers() == 0 ? row - 1 : ids[0];
        int longestText = 1;
        int longestAnswer = Math.min(1, row - 1 - text);
        for (int from = 0; from < ids.length; from += row) {
            int pad = config.tokens().pad();
            longestText = Math.max(longestText, used(ids, from + 1, from + 1 + text, pad));
            longestAnswer = Math.max(longestAnswer, used(ids, from + 1 + text, from + row, pad));
        }
        int[] shorter = new int[batch * (1 + longestText + longestAnswer)];
        int at = 0;
        for (int from = 0; from < ids.length; from += row) {
            shorter[at++] = config.decoderLayers() == 0 ? ids[from] : longestText;
            System.arraycopy(ids, from + 1, shorter, at, longestText);
            at += longestText;
            System.arraycopy(ids, from + 1 + text, shorter, at, longestAnswer);
            at += longestAnswer;
        }
        return shorter;
    }

    private static int used(int[] ids, int from, int to, int pad) {
        int end = to;
        while (end > from && ids[end - 1] == pad) {
            end--;
        }
        return end - from;
    }
}
