package io.bantam.trainer.model;

import io.bantam.runtime.format.EncoderConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Puts the special tokens of a model with an encoder around texts, and cuts what is too long at its end.
 *
 * @param config names the tokens
 */
public record TaskText(EncoderConfig config) {
    /** Begin, text, end; without a begin where the model has none. */
    public int[] of(int[] text, int length) {
        List<Integer> ids = new ArrayList<>();
        begin(ids);
        int room = Math.max(0, length - ids.size() - 1);
        add(ids, text, Math.min(room, text.length));
        ids.add(config.tokens().end());
        return ids.stream().mapToInt(Integer::intValue).toArray();
    }

    /**
     * Begin, first, end, second, end; models without kinds of text have one more end between. The longer one is cut
     * first.
     */
    public int[] of(int[] one, int[] other, int length) {
        List<Integer> ids = new ArrayList<>();
        begin(ids);
        int ends = config.types() > 1 ? 1 : 2;
        int room = Math.max(0, length - ids.size() - ends - 1);
        int second = Math.min(other.length, Math.max(room / 2, room - one.length));
        int first = Math.min(one.length, room - second);
        add(ids, one, first);
        for (int i = 0; i < ends; i++) {
            ids.add(config.tokens().end());
        }
        add(ids, other, second);
        ids.add(config.tokens().end());
        return ids.stream().mapToInt(Integer::intValue).toArray();
    }

    private void begin(List<Integer> ids) {
        if (config.tokens().begin() >= 0) {
            ids.add(config.tokens().begin());
        }
    }

    private static void add(List<Integer> ids, int[] text, int count) {
        Arrays.stream(text).limit(count).forEach(ids::add);
    }
}
