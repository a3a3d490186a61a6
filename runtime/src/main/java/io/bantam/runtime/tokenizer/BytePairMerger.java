package io.bantam.runtime.tokenizer;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * Merges the characters of a piece of text, bytes or letters, to tokens: always the pair that was learnt first, of
 * equal pairs the leftmost (byte pair encoding; Sennrich et al., arXiv:1508.07909). Takes n log n steps for n
 * characters, so that no text is slow.
 */
final class BytePairMerger {
    private record Merge(int rank, int merged) {}

    /** A merge that was possible when it was found; {@code left} and {@code right} tell whether it still is. */
    private record Candidate(int rank, int position, int left, int right, int merged) implements Comparable<Candidate> {
        @Override
        public int compareTo(Candidate other) {
            return rank != other.rank ? Integer.compare(rank, other.rank) : Integer.compare(position, other.position);
        }
    }

    private final Map<Long, Merge> merges;

    /**
     * Makes a merger.
     *
     * @param pairs ids of left part, right part and the whole, the first learnt first
     */
    BytePairMerger(List<int[]> pairs) {
        merges = HashMap.newHashMap(pairs.size());
        for (int rank = 0; rank < pairs.size(); rank++) {
            int[] pair = pairs.get(rank);
            // The Hugging Face library keeps the last of equal pairs.
            merges.put(key(pair[0], pair[1]), new Merge(rank, pair[2]));
        }
    }

    private static long key(int left, int right) {
        return (long) left << 32 | right;
    }

    /**
     * Returns the tokens of one piece.
     *
     * @param characters the tokens of its characters; overwritten
     */
    int[] merge(int[] characters) {
        int[] ids = characters;
        int count = ids.length;
        int[] next = new int[count];
        int[] before = new int[count];
        for (int i = 0; i < count; i++) {
            next[i] = i + 1;
            before[i] = i - 1;
        }
        PriorityQueue<Candidate> queue = new PriorityQueue<>();
        for (int i = 0; i + 1 < count; i++) {
            offer(queue, ids, i, i + 1);
        }
        // Merged-away positions get the id -1.
        for (Candidate best = queue.poll(); best != null; best = queue.poll()) {
            int at = best.position;
            if (ids[at] != best.left || next[at] >= count || ids[next[at]] != best.right) {
                continue;
            }
            int gone = next[at];
            ids[at] = best.merged;
            ids[gone] = -1;
            next[at] = next[gone];
            if (next[at] < count) {
                before[next[at]] = at;
                offer(queue, ids, at, next[at]);
            }
            if (before[at] >= 0) {
                offer(queue, ids, before[at], at);
            }
        }
        int length = 0;
        for (int i = 0; i < count; i++) {
            if (ids[i] >= 0) {
                ids[length++] = ids[i];
            }
        }
        return Arrays.copyOf(ids, length);
    }

    private void offer(PriorityQueue<Candidate> queue, int[] ids, int left, int right) {
        Merge merge = merges.get(key(ids[left], ids[right]));
        if (merge != null) {
            queue.add(new Candidate(merge.rank, left, ids[left], ids[right], merge.merged));
        }
    }
}
