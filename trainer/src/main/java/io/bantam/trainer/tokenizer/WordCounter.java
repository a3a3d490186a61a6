package io.bantam.trainer.tokenizer;

import io.bantam.runtime.tokenizer.Chunks;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Counts the pieces that byte-level BPE may merge inside: documents without their special tokens, cut by GPT-2's
 * pattern. Threads count {@linkplain Chunks chunks}; only the distinct ones meet the pattern, which is what makes it
 * fast. The counts do not depend on the number of threads.
 */
final class WordCounter {

    /** GPT-2's pre-tokenizer, in Java's dialect. */
    private static final Pattern PIECES = Pattern.compile(
            "'(?:s|t|re|ve|m|ll|d)| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
            Pattern.UNICODE_CHARACTER_CLASS);

    private static final int BATCH_CHARACTERS = 1 << 20;

    private final Pattern specialPattern;
    private final int threads;

    WordCounter(SpecialTokens specialTokens, int threads) {
        this.specialPattern = specialTokens.pattern();
        this.threads = threads;
    }

    /** Returns how often each piece occurs in the documents. */
    Map<String, Long> count(Iterable<String> documents) {
        Map<String, Long> pieces = new HashMap<>();
        countChunks(documents).forEach((chunk, count) -> addPieces(chunk, count[0], pieces));
        return pieces;
    }

    /** Cuts one text into the pieces that training and encoding see, special tokens left out. */
    List<String> pieces(String text) {
        var result = new ArrayList<String>();
        forEachPiece(text, result::add);
        return result;
    }

    private void addPieces(String chunk, long count, Map<String, Long> pieces) {
        forEachPiece(chunk, piece -> pieces.merge(piece, count, Long::sum));
    }

    private void forEachPiece(String text, Consumer<String> action) {
        int start = 0;
        if (text.indexOf('<') >= 0) {
            Matcher special = specialPattern.matcher(text);
            while (special.find()) {
                int end = special.start();
                if (SpecialTokens.takesSpaceBefore(special.group())) {
                    while (end > start && Chunks.isSpace(text.charAt(end - 1))) {
                        end--;
                    }
                }
                cut(text.substring(start, end), action);
                start = special.end();
            }
        }
        cut(text.substring(start), action);
    }

    private static void cut(String text, Consumer<String> action) {
        Matcher piece = PIECES.matcher(text);
        while (piece.find()) {
            action.accept(piece.group());
        }
    }

    private Map<String, long[]> countChunks(Iterable<String> documents) {
        BlockingQueue<List<String>> queue = new ArrayBlockingQueue<>(2 * threads);
        try (var executor = Executors.newFixedThreadPool(threads)) {
            List<Future<Map<String, long[]>>> parts = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                parts.add(executor.submit(chunkTask(queue)));
            }
            try {
                feed(documents.iterator(), queue);
                return merge(parts);
            } catch (InterruptedException e) {
                executor.shutdownNow();
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while counting words", e);
            } catch (RuntimeException | Error e) {
                executor.shutdownNow();
                throw e;
            }
        }
    }

    private void feed(Iterator<String> documents, BlockingQueue<List<String>> queue) throws InterruptedException {
        List<String> batch = new ArrayList<>();
        long characters = 0;
        while (documents.hasNext()) {
            String document = documents.next();
            batch.add(document);
            characters += document.length();
            if (characters >= BATCH_CHARACTERS) {
                queue.put(batch);
                batch = new ArrayList<>();
                characters = 0;
            }
        }
        if (!batch.isEmpty()) {
            queue.put(batch);
        }
        for (int i = 0; i < threads; i++) {
            queue.put(List.of());
        }
    }

    private static Callable<Map<String, long[]>> chunkTask(BlockingQueue<List<String>> queue) {
        return () -> {
            Map<String, long[]> counts = new HashMap<>();
            for (List<String> batch = queue.take(); !batch.isEmpty(); batch = queue.take()) {
                for (String document : batch) {
                    countChunks(document, counts);
                }
            }
            return counts;
        };
    }

    private static void countChunks(String document, Map<String, long[]> counts) {
        if (!document.isEmpty()) {
            Chunks.forEach(document, chunk -> counts.computeIfAbsent(chunk, c -> new long[1])[0]++);
        }
    }

    private static Map<String, long[]> merge(List<Future<Map<String, long[]>>> parts) throws InterruptedException {
        Map<String, long[]> all = new HashMap<>();
        for (Future<Map<String, long[]>> part : parts) {
            try {
                part.get().forEach((chunk, count) -> all.computeIfAbsent(chunk, c -> new long[1])[0] += count[0]);
            } catch (ExecutionException e) {
                throw new IllegalStateException("counting words failed", e.getCause());
            }
        }
        return all;
    }
}
