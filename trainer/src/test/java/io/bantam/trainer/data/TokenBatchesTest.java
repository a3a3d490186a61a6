package io.bantam.trainer.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenBatchesTest {

    @TempDir
    Path folder;

    /** Documents whose encoding is their number, as often as they have tokens, start and end included. */
    private static List<int[]> encode(List<String> texts) {
        return texts.stream()
                .map(text -> {
                    int[] ids = new int[text.split(" ").length];
                    Arrays.fill(ids, Integer.parseInt(text.split(" ")[1]));
                    return ids;
                })
                .toList();
    }

    private TokenFile counting(int size, int vocabularySize) {
        Path path = folder.resolve("tokens.bin");
        int[] ids = new int[size];
        for (int i = 0; i < size; i++) {
            ids[i] = i % vocabularySize;
        }
        TokenFile.write(path, List.of(new Document("d", "<s> </s>")), texts -> List.of(ids), vocabularySize);
        return TokenFile.open(path);
    }

    @Test
    void documentsFollowOneAnotherWithoutPadding() {
        List<Document> documents = new ArrayList<>();
        List<Integer> expected = new ArrayList<>();
        for (int i = 0; i < 150; i++) {
            documents.add(new Document("d" + i, "<s> " + i + " x".repeat(i % 7) + " </s>"));
            for (int j = 0; j < 3 + i % 7; j++) {
                expected.add(i);
            }
        }
        Path path = folder.resolve("stage/tokens.bin");
        TokenFile.write(path, documents, TokenBatchesTest::encode, 150);
        try (TokenFile file = TokenFile.open(path)) {
            assertEquals(expected.size(), file.size());
            SequencePacker packer = new SequencePacker(file, 8);
            assertEquals(expected.size() / 8, packer.count());
            for (int s = 0; s < packer.count(); s++) {
                int[] sequence = new int[10];
                packer.copy(s, sequence, 1);
                for (int i = 0; i < 8; i++) {
                    assertEquals(expected.get(8 * s + i), sequence[1 + i]);
                }
            }
            assertFalse(Files.exists(folder.resolve("stage/tokens.bin.part")));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {100, 65_536, 65_537, 200_000})
    void idsOfAnyVocabularyComeBack(int vocabularySize) throws IOException {
        try (TokenFile file = counting(200_001, vocabularySize)) {
            assertEquals(vocabularySize, file.vocabularySize());
            int[] ids = new int[200_001];
            file.copy(0, ids, 0, ids.length);
            for (int i = 0; i < ids.length; i++) {
                assertEquals(i % vocabularySize, ids[i]);
            }
            int width = vocabularySize <= 65_536 ? 2 : 4;
            assertEquals(32 + 200_001L * width, Files.size(folder.resolve("tokens.bin")));
            assertThrows(IndexOutOfBoundsException.class, () -> file.copy(200_000, ids, 0, 2));
        }
    }

    @Test
    void damagedFilesAreRefused() throws IOException {
        counting(100, 10).close();
        Path path = folder.resolve("tokens.bin");
        byte[] good = Files.readAllBytes(path);
        for (int length : new int[] {0, 31, 40, good.length - 1}) {
            Files.write(path, Arrays.copyOf(good, length));
            assertThrows(DataException.class, () -> TokenFile.open(path), "length " + length);
        }
        byte[] newer = good.clone();
        newer[8] = 2;
        Files.write(path, newer);
        assertTrue(assertThrows(DataException.class, () -> TokenFile.open(path))
                .getMessage()
                .contains("newer"));
        byte[] foreign = good.clone();
        foreign[0] = 'X';
        Files.write(path, foreign);
        assertTrue(assertThrows(DataException.class, () -> TokenFile.open(path))
                .getMessage()
                .contains("not a file of"));
        byte[] huge = good.clone();
        huge[23] = 0x40;
        Files.write(path, huge);
        assertTrue(assertThrows(DataException.class, () -> TokenFile.open(path))
                .getMessage()
                .contains("damaged"));
        assertThrows(DataException.class, () -> TokenFile.open(folder.resolve("none.bin")));
    }

    @Test
    void idsOutsideTheVocabularyAreRefusedAndLeaveNoFile() {
        Path path = folder.resolve("bad.bin");
        List<Document> one = List.of(new Document("d", "<s> </s>"));
        assertThrows(
                IllegalArgumentException.class, () -> TokenFile.write(path, one, texts -> List.of(new int[] {10}), 10));
        assertFalse(Files.exists(path));
    }

    @Test
    void everyEpochGivesEachSequenceOnceInAnotherOrder() {
        try (TokenFile file = counting(4 * 21 + 3, 100);
                TokenBatches batches = new TokenBatches(new SequencePacker(file, 4), 3, 11)) {
            List<List<Integer>> epochs = new ArrayList<>();
            for (int epoch = 0; epoch < 3; epoch++) {
                assertEquals(epoch, batches.epoch());
                List<Integer> firsts = new ArrayList<>();
                for (int i = 0; i < 7; i++) {
                    int[] batch = batches.next();
                    assertEquals(12, batch.length);
                    for (int row = 0; row < 3; row++) {
                        firsts.add(batch[4 * row]);
                        assertEquals(batch[4 * row] + 3, batch[4 * row + 3]);
                    }
                }
                epochs.add(firsts);
            }
            Set<Integer> all = new HashSet<>();
            for (int i = 0; i < 21; i++) {
                all.add(4 * i);
            }
            epochs.forEach(epoch -> assertEquals(all, new HashSet<>(epoch)));
            assertEquals(3, new HashSet<>(epochs).size(), "three different orders");
        }
    }

    @Test
    void goesOnAfterASeekAsIfItHadNeverStopped() {
        try (TokenFile file = counting(4 * 10, 100);
                TokenBatches whole = new TokenBatches(new SequencePacker(file, 4), 3, 5);
                TokenBatches resumed = new TokenBatches(new SequencePacker(file, 4), 3, 5)) {
            List<int[]> batches = new ArrayList<>();
            List<Long> positions = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                positions.add(whole.position());
                batches.add(whole.next());
            }
            for (int start : new int[] {17, 0, 29, 3}) {
                resumed.seek(positions.get(start));
                for (int i = start; i < 30; i++) {
                    assertEquals(positions.get(i), resumed.position());
                    assertArrayEquals(batches.get(i), resumed.next(), "batch " + i + " after a seek to " + start);
                }
            }
        }
    }

    @Test
    void otherSeedsGiveOtherOrdersAndTheSameSeedTheSame() {
        try (TokenFile file = counting(4 * 50, 200)) {
            SequencePacker packer = new SequencePacker(file, 4);
            assertArrayEquals(firstEpoch(packer, 1), firstEpoch(packer, 1));
            assertFalse(Arrays.equals(firstEpoch(packer, 1), firstEpoch(packer, 2)));
        }
    }

    private static int[] firstEpoch(SequencePacker packer, long seed) {
        try (TokenBatches batches = new TokenBatches(packer, 50, seed)) {
            return batches.next();
        }
    }

    @Test
    void aBatchMayBeLargerThanTheCorpus() {
        try (TokenFile file = counting(12, 100);
                TokenBatches batches = new TokenBatches(new SequencePacker(file, 4), 7, 1)) {
            assertEquals(28, batches.next().length);
            assertEquals(7, batches.position());
            assertEquals(2, batches.epoch());
        }
    }

    @Test
    void tooSmallACorpusIsRefused() {
        try (TokenFile file = counting(7, 100)) {
            DataException e = assertThrows(DataException.class, () -> new SequencePacker(file, 8));
            assertTrue(e.getMessage().contains("7 model tokens, fewer than one sequence of 8"), e.getMessage());
        }
    }

    @Test
    void closedBatchesRefuseToGo() {
        try (TokenFile file = counting(12, 100)) {
            TokenBatches batches = new TokenBatches(new SequencePacker(file, 4), 1, 1);
            batches.close();
            batches.close();
            assertThrows(IllegalStateException.class, batches::next);
            assertThrows(IllegalStateException.class, () -> batches.seek(0));
        }
    }

    /** The order is part of what a resumed run relies on, so it must not change with the JDK. */
    @Test
    void permutationIsFixed() {
        assertArrayEquals(new int[] {6, 0, 2, 4, 1, 7, 5, 3}, new SeededRandom(42, 0).permutation(8));
        assertArrayEquals(new int[] {5, 0, 3, 6, 7, 2, 4, 1}, new SeededRandom(-7, 3).permutation(8));
        int[] counts = new int[6];
        for (int seed = 0; seed < 6000; seed++) {
            int[] order = new SeededRandom(seed, 3).permutation(3);
            counts[order[0] * 2 + (order[1] > order[2] ? 1 : 0)]++;
        }
        for (int count : counts) {
            assertEquals(1000, count, 130);
        }
    }
}
