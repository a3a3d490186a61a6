package io.bantam.runtime.tokenizer;

import java.util.Collection;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Encodes a text {@linkplain Chunks chunk} by chunk and remembers the chunks: code repeats its words, so the
 * tokenizer behind it is asked only once a word (DJL's costs about ten microseconds a token).
 *
 * <p>A token that takes the space before it, such as {@code <EOL>}, comes back from decoding with exactly one space.
 * Where the text has something else in front of it, it is encoded as ordinary characters instead, so that the round
 * trip stays exact. The exception is a text that begins with such a token: it is encoded as the token and comes back
 * with a space before it.
 */
public final class ChunkEncoder {

    private static final int MOST_CACHED = 1 << 18;
    private static final int LONGEST_CACHED = 100;

    private final Function<String, int[]> whole;
    private final Pattern spaceTakers;
    private final Map<String, int[]> cache = new ConcurrentHashMap<>();

    /**
     * Makes an encoder with an empty memory.
     *
     * @param whole encodes any text in one go
     * @param spaceTakers special tokens that take the space before them
     */
    public ChunkEncoder(Function<String, int[]> whole, Collection<String> spaceTakers) {
        this.whole = whole;
        this.spaceTakers = spaceTakers.isEmpty() ? null : longestFirst(spaceTakers);
    }

    /** A pattern of all items that prefers the longest, as the Hugging Face library does. */
    static Pattern longestFirst(Collection<String> items) {
        return Pattern.compile(items.stream()
                .sorted(Comparator.comparingInt(String::length).reversed().thenComparing(Function.identity()))
                .map(Pattern::quote)
                .collect(Collectors.joining("|")));
    }

    /** Returns the token ids of a text. */
    public int[] encode(String text) {
        var ids = new IntList(text.length() / 3 + 8);
        Chunks.forEach(text, chunk -> ids.add(chunk(chunk)));
        return ids.toArray();
    }

    private int[] chunk(String chunk) {
        int[] known = cache.get(chunk);
        if (known != null) {
            return known;
        }
        int[] ids = encodeNew(chunk);
        if (chunk.length() <= LONGEST_CACHED && cache.size() < MOST_CACHED) {
            cache.put(chunk, ids);
        }
        return ids;
    }

    private int[] encodeNew(String chunk) {
        if (spaceTakers == null || chunk.indexOf('<') < 0) {
            return whole.apply(chunk);
        }
        var ids = new IntList(8);
        int start = 0;
        Matcher matcher = spaceTakers.matcher(chunk);
        while (matcher.find()) {
            int at = matcher.start();
            boolean afterOneSpace = at == 0 || at == 1 && chunk.charAt(0) == ' ';
            if (!afterOneSpace) {
                // Cut inside the token, so that neither part contains it.
                ids.add(whole.apply(chunk.substring(start, at + 1)));
                start = at + 1;
            }
        }
        ids.add(whole.apply(chunk.substring(start)));
        return ids.toArray();
    }
}
