package io.bantam.runtime.completion;

import java.util.List;

/** A filter that passes text on up to the first stop text. What may be the beginning of one is held back. */
final class StopTexts {
    private final List<String> stops;
    private final StringBuilder held = new StringBuilder();
    private boolean stopped;

    StopTexts(List<String> stops) {
        this.stops = stops;
    }

    boolean stopped() {
        return stopped;
    }

    /** Takes the next text; returns what is certain to stand before any stop text. */
    String add(String text) {
        if (stops.isEmpty() || stopped) {
            return stopped ? "" : text;
        }
        held.append(text);
        int stop = -1;
        for (String candidate : stops) {
            int at = held.indexOf(candidate);
            if (at >= 0 && (stop < 0 || at < stop)) {
                stop = at;
            }
        }
        stopped = stop >= 0;
        return release(stopped ? stop : held.length() - overlap());
    }

    /** What was held back. */
    String end() {
        return stopped ? "" : release(held.length());
    }

    private String release(int length) {
        String out = held.substring(0, length);
        held.delete(0, length);
        return out;
    }

    /** The length of the longest end of the text that begins a stop text. */
    private int overlap() {
        int longest = 0;
        for (String stop : stops) {
            for (int length = Math.min(stop.length() - 1, held.length()); length > longest; length--) {
                if (held.substring(held.length() - length).equals(stop.substring(0, length))) {
                    longest = length;
                }
            }
        }
        return longest;
    }
}
