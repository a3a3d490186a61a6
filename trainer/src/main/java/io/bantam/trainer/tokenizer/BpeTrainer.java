package io.bantam.trainer.tokenizer;

import java.util.Map;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Learns a byte-level BPE vocabulary: starting from bytes, the most frequent pair of neighbours inside a piece of text
 * becomes a new token, until the vocabulary is full (Sennrich et al., arXiv:1508.07909, section 3.2; on bytes and with
 * GPT-2's pieces as in Radford et al., "Language Models are Unsupervised Multitask Learners", section 2.2). Of equally
 * frequent pairs the one with the smaller ids is taken, so the result depends on the texts alone: not on their order,
 * the number of threads or the machine.
 */
public final class BpeTrainer {

    /** A pair that occurs less often is never merged. */
    private static final long MINIMUM_FREQUENCY = 2;

    private static final Logger LOG = LogManager.getLogger(BpeTrainer.class);

    private final SpecialTokens specialTokens;
    private final int vocabularySize;
    private final int threads;

    /**
     * Makes a trainer that uses all processors.
     *
     * @param specialTokens whole items, which get the first ids
     * @param vocabularySize number of ids wanted, special tokens and the 256 bytes included
     */
    public BpeTrainer(SpecialTokens specialTokens, int vocabularySize) {
        this(specialTokens, vocabularySize, Runtime.getRuntime().availableProcessors());
    }

    BpeTrainer(SpecialTokens specialTokens, int vocabularySize, int threads) {
        int smallest = specialTokens.tokens().size() + BpeModel.BYTES;
        if (vocabularySize < smallest) {
            throw new IllegalArgumentException("a vocabulary of " + vocabularySize + " is too small: "
                    + specialTokens.tokens().size() + " special tokens and 256 bytes need at least " + smallest);
        }
        this.specialTokens = specialTokens;
        this.vocabularySize = vocabularySize;
        this.threads = threads;
    }

    /**
     * Trains on documents in PY150 normal form; special tokens in them are left out of the counts.
     *
     * @param documents read once, front to back, on the calling thread
     * @return the vocabulary; smaller than asked for (with a warning) when too few pairs occur twice
     */
    public BpeModel train(Iterable<String> documents) {
        long start = System.nanoTime();
        Map<String, Long> words = new WordCounter(specialTokens, threads).count(documents);
        LOG.info("counted {} distinct words in {} s", words.size(), seconds(start));
        var merger = new PairMerger(specialTokens.tokens().size());
        words.forEach(merger::addWord);
        int wanted = vocabularySize - specialTokens.tokens().size() - BpeModel.BYTES;
        var model = new BpeModel(specialTokens, merger.merge(wanted, MINIMUM_FREQUENCY));
        if (model.vocabularySize() < vocabularySize) {
            LOG.warn(
                    "the text holds pairs for a vocabulary of {} only, not {}; train on more text",
                    model.vocabularySize(),
                    vocabularySize);
        }
        LOG.info("trained a vocabulary of {} in {} s", model.vocabularySize(), seconds(start));
        return model;
    }

    private static String seconds(long startNanos) {
        return "%.1f".formatted((System.nanoTime() - startNanos) / 1e9);
    }
}
