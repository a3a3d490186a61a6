package io.bantam.trainer.tokenizer;

import io.bantam.trainer.tokenizer.BpeModel.Merge;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * The merging half of BPE training. Words are arrays of ids with a frequency; every pair of neighbours knows how often
 * it occurs and in which words. A merge rewrites only the words that hold its pair and corrects the counts of the
 * neighbours it touches. The heap may hold stale counts: an entry that no longer equals the pair's count is pushed back
 * with the right one when it surfaces. New pairs enter after each merge.
 */
final class PairMerger {

    private static final class Pair {
        long count;
        int[] words = new int[4];
        int wordCount;

        /** The list may hold words that have lost the pair since; rewriting such a word does nothing. */
        void addWord(int word) {
            if (wordCount > 0 && words[wordCount - 1] == word) {
                return;
            }
            if (wordCount == words.length) {
                words = Arrays.copyOf(words, 2 * wordCount);
            }
            words[wordCount++] = word;
        }
    }

    private record Candidate(long count, long key) implements Comparable<Candidate> {
        @Override
        public int compareTo(Candidate other) {
            int byCount = Long.compare(other.count, count);
            return byCount != 0 ? byCount : Long.compare(key, other.key);
        }
    }

    private final int firstByteId;
    private final List<int[]> words = new ArrayList<>();
    private final List<Long> frequencies = new ArrayList<>();
    private final Map<Long, Pair> pairs = new HashMap<>();
    private final List<Long> newPairs = new ArrayList<>();

    /** Makes an empty merger; byte value {@code b} has the id {@code firstByteId + b}. */
    PairMerger(int firstByteId) {
        this.firstByteId = firstByteId;
    }

    /** Adds a distinct word with its frequency. */
    void addWord(String text, long frequency) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        var ids = new int[bytes.length];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = firstByteId + (bytes[i] & 0xFF);
        }
        int word = words.size();
        words.add(ids);
        frequencies.add(frequency);
        for (int i = 0; i + 1 < ids.length; i++) {
            addPair(key(ids[i], ids[i + 1]), word, frequency);
        }
    }

    /** Merges up to {@code limit} pairs, most frequent first, none that occurs less than {@code minimum} times. */
    List<Merge> merge(int limit, long minimum) {
        var heap = new PriorityQueue<Candidate>();
        enqueueNewPairs(heap);
        var merges = new ArrayList<Merge>();
        while (merges.size() < limit && !heap.isEmpty()) {
            Candidate best = heap.poll();
            Pair pair = pairs.get(best.key);
            long count = pair == null ? 0 : pair.count;
            if (count < minimum) {
                continue;
            }
            if (count != best.count) {
                heap.add(new Candidate(count, best.key));
                continue;
            }
            int left = (int) (best.key >>> 32);
            int right = (int) best.key;
            int merged = firstByteId + BpeModel.BYTES + merges.size();
            merges.add(new Merge(left, right));
            for (int i = 0; i < pair.wordCount; i++) {
                rewrite(pair.words[i], left, right, merged);
            }
            pairs.remove(best.key);
            enqueueNewPairs(heap);
        }
        return merges;
    }

    private void rewrite(int word, int left, int right, int merged) {
        int[] old = words.get(word);
        int first = indexOf(old, left, right);
        if (first < 0) {
            return;
        }
        long frequency = frequencies.get(word);
        var ids = new int[old.length];
        int length = 0;
        for (int i = 0; i < old.length; i++) {
            if (i + 1 < old.length && old[i] == left && old[i + 1] == right) {
                ids[length++] = merged;
                i++;
            } else {
                ids[length++] = old[i];
            }
        }
        ids = Arrays.copyOf(ids, length);
        words.set(word, ids);
        // Take out all pairs of the old word and add those of the new: words are short, and runs such as "aaa" need no
        // special case this way. Only pairs with the merged id are new to this word.
        for (int i = 0; i + 1 < old.length; i++) {
            pairs.get(key(old[i], old[i + 1])).count -= frequency;
        }
        for (int i = 0; i + 1 < ids.length; i++) {
            long key = key(ids[i], ids[i + 1]);
            if (ids[i] == merged || ids[i + 1] == merged) {
                addPair(key, word, frequency);
            } else {
                pairs.get(key).count += frequency;
            }
        }
    }

    private static int indexOf(int[] ids, int left, int right) {
        for (int i = 0; i + 1 < ids.length; i++) {
            if (ids[i] == left && ids[i + 1] == right) {
                return i;
            }
        }
        return -1;
    }

    private void addPair(long key, int word, long frequency) {
        Pair pair = pairs.get(key);
        if (pair == null) {
            pair = new Pair();
            pairs.put(key, pair);
            newPairs.add(key);
        }
        pair.count += frequency;
        pair.addWord(word);
    }

    private void enqueueNewPairs(PriorityQueue<Candidate> heap) {
        for (long key : newPairs) {
            heap.add(new Candidate(pairs.get(key).count, key));
        }
        newPairs.clear();
    }

    private static long key(int left, int right) {
        return ((long) left << 32) | right;
    }
}
