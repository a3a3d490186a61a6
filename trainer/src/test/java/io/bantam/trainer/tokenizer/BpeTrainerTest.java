package io.bantam.trainer.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bantam.runtime.tokenizer.ByteAlphabet;
import io.bantam.trainer.tokenizer.BpeModel.Merge;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class BpeTrainerTest {

    private static final SpecialTokens SPECIAL = SpecialTokens.py150();
    private static final int FIRST_BYTE = SPECIAL.tokens().size();

    @Test
    void learnsTheMergesOfAHandWorkedExample() {
        // " low" 5 times, " lower" 2, " newest" 6. "we" 2 + 6 = 8. Then " l" and "lo" 7 each: the space has the smaller
        // id. ("ow" is down to 5, "lower" is now l, o, we, r.) Then " l"+"o" 7. Then " n", "ne", "ewe", ... 6 each.
        var documents = List.of(" low low low low low", " lower lower", " newest newest newest newest newest newest");

        BpeModel model = new BpeTrainer(SPECIAL, FIRST_BYTE + 256 + 4).train(documents);

        String[] texts = model.tokenTexts();
        assertEquals(FIRST_BYTE + 256 + 4, texts.length);
        assertEquals(List.of("we", "Ġl", "Ġlo", "Ġn"), Arrays.asList(texts).subList(FIRST_BYTE + 256, texts.length));
    }

    @Test
    void agreesWithRecountingEverythingAfterEachMerge() {
        for (long seed = 1; seed <= 4; seed++) {
            List<String> documents = CodeText.documents(seed, 5, 150);
            int vocabularySize = FIRST_BYTE + 256 + 130;

            BpeModel model = new BpeTrainer(SPECIAL, vocabularySize).train(documents);

            assertEquals(recount(documents, 130), model.merges(), "seed " + seed);
        }
    }

    @Test
    void handlesRunsOfOneCharacter() {
        List<String> documents = List.of("aaaaaaa aaaa aaa aa ==== ======== === aaaaaaaaaaaaaaaa");

        BpeModel model = new BpeTrainer(SPECIAL, FIRST_BYTE + 256 + 12).train(documents);

        assertEquals(recount(documents, 12), model.merges());
    }

    @Test
    void dependsOnTheTextsAlone() {
        List<String> documents = new ArrayList<>(CodeText.documents(7, 40, 200));
        BpeModel model = new BpeTrainer(SPECIAL, 900, 1).train(documents);
        Collections.shuffle(documents, new Random(3));

        BpeModel again = new BpeTrainer(SPECIAL, 900, 4).train(documents);

        assertEquals(model, again);
        assertEquals(TokenizerJson.toJson(model), TokenizerJson.toJson(again));
    }

    @Test
    void stopsWhenNoPairOccursTwice() {
        BpeModel model = new BpeTrainer(SPECIAL, 8192).train(List.of("ab ab"));

        // "ab" and " ab" occur twice and once: one merge, a+b.
        assertEquals(List.of(new Merge(FIRST_BYTE + 'a', FIRST_BYTE + 'b')), model.merges());
    }

    @Test
    void acceptsNoText() {
        assertEquals(
                FIRST_BYTE + 256, new BpeTrainer(SPECIAL, 1000).train(List.of()).vocabularySize());
        assertEquals(
                FIRST_BYTE + 256,
                new BpeTrainer(SPECIAL, 1000).train(List.of("")).vocabularySize());
    }

    @Test
    void passesOnAFailureOfTheDocuments() {
        Iterable<String> broken = () -> {
            throw new IllegalArgumentException("no such file");
        };
        var trainer = new BpeTrainer(SPECIAL, 1000);
        assertThrows(IllegalArgumentException.class, () -> trainer.train(broken));
    }

    @Test
    void refusesAVocabularyWithoutRoomForTheBytes() {
        var problem = assertThrows(IllegalArgumentException.class, () -> new BpeTrainer(SPECIAL, 300));
        assertTrue(problem.getMessage().contains("at least " + (FIRST_BYTE + 256)), problem.getMessage());
    }

    @Test
    void neverMergesAcrossPieces() {
        BpeModel model = new BpeTrainer(SPECIAL, 1000).train(CodeText.documents(11, 40, 300));
        var counter = new WordCounter(SPECIAL, 1);

        String[] texts = model.tokenTexts();
        for (int id = FIRST_BYTE + 256; id < texts.length; id++) {
            byte[] bytes = bytes(texts[id]);
            String text = new String(bytes, StandardCharsets.UTF_8);
            if (Arrays.equals(text.getBytes(StandardCharsets.UTF_8), bytes)) {
                assertEquals(List.of(text), counter.pieces(text), "token " + id);
            }
        }
    }

    @Test
    @Tag("slow")
    void trainsOn25MegabytesInTwoMinutes() {
        List<String> documents = CodeText.documents(5, 5_000, 1_000);
        assertTrue(documents.stream().mapToLong(String::length).sum() > 25_000_000);
        long start = System.nanoTime();

        new BpeTrainer(SPECIAL, 8192).train(documents);

        assertTrue(System.nanoTime() - start < 120e9);
    }

    /** Undoes the byte alphabet. */
    private static byte[] bytes(String text) {
        var bytes = new byte[text.length()];
        for (int i = 0; i < bytes.length; i++) {
            for (int value = 0; value < 256; value++) {
                if (ByteAlphabet.toChar(value) == text.charAt(i)) {
                    bytes[i] = (byte) value;
                }
            }
        }
        return bytes;
    }

    /** The definition: count all pairs from scratch, merge the most frequent, smallest ids first. */
    private static List<Merge> recount(List<String> documents, int merges) {
        List<int[]> words = new ArrayList<>();
        List<Long> frequencies = new ArrayList<>();
        for (Map.Entry<String, Long> word : new TreeMap<>(new WordCounter(SPECIAL, 1).count(documents)).entrySet()) {
            byte[] bytes = word.getKey().getBytes(StandardCharsets.UTF_8);
            var ids = new int[bytes.length];
            for (int i = 0; i < ids.length; i++) {
                ids[i] = FIRST_BYTE + (bytes[i] & 0xFF);
            }
            words.add(ids);
            frequencies.add(word.getValue());
        }
        var result = new ArrayList<Merge>();
        while (result.size() < merges) {
            Merge best = mostFrequent(words, frequencies);
            if (best == null) {
                break;
            }
            int merged = FIRST_BYTE + 256 + result.size();
            result.add(best);
            words.replaceAll(word -> apply(word, best, merged));
        }
        return result;
    }

    private static Merge mostFrequent(List<int[]> words, List<Long> frequencies) {
        Map<Long, Long> counts = new TreeMap<>();
        for (int w = 0; w < words.size(); w++) {
            int[] ids = words.get(w);
            for (int i = 0; i + 1 < ids.length; i++) {
                counts.merge((long) ids[i] << 32 | ids[i + 1], frequencies.get(w), Long::sum);
            }
        }
        Merge best = null;
        long most = 1;
        for (Map.Entry<Long, Long> pair : counts.entrySet()) {
            if (pair.getValue() > most) {
                most = pair.getValue();
                best = new Merge((int) (pair.getKey() >> 32), (int) (long) pair.getKey());
            }
        }
        return best;
    }

    private static int[] apply(int[] ids, Merge merge, int merged) {
        var out = new ArrayList<Integer>();
        for (int i = 0; i < ids.length; i++) {
            if (i + 1 < ids.length && ids[i] == merge.left() && ids[i + 1] == merge.right()) {
                out.add(merged);
                i++;
            } else {
                out.add(ids[i]);
            }
        }
        return out.stream().mapToInt(Integer::intValue).toArray();
    }

    @Test
    void givesTheProtocolsIds() {
        assertEquals(
                List.of("<s>", "</s>", "<pad>", "<|UNKNOWN|>", "<EOL>"),
                SPECIAL.tokens().subList(0, 5));
        assertEquals(5 + 3 + 200 + 30, FIRST_BYTE);
        assertArrayEquals(
                new String[] {"<STR_LIT>", "<NUM_LIT>", "<CHAR_LIT>", "<STR_LIT:name>"},
                SPECIAL.tokens().subList(5, 9).toArray());
    }
}
