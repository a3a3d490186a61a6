package io.bantam.trainer.data;

/**
 * Cuts the ids of a {@link TokenFile} into sequences of equal length: document after document, back to back, nothing
 * padded. Only the ids after the last full sequence, fewer than one sequence, are left out.
 *
 * @param file the ids
 * @param sequenceLength ids a sequence
 */
public record SequencePacker(TokenFile file, int sequenceLength) {

    /** Checks that there is a sequence. */
    public SequencePacker {
        if (sequenceLength < 1) {
            throw new IllegalArgumentException("sequence length " + sequenceLength + " is below 1");
        }
        if (file.size() < sequenceLength) {
            throw new DataException("the corpus has " + file.size() + " model tokens, fewer than one sequence of "
                    + sequenceLength + "; use more data or a smaller data.sequenceLength");
        }
        if (file.size() / sequenceLength > Integer.MAX_VALUE - 8) {
            throw new DataException("the corpus has more sequences than " + (Integer.MAX_VALUE - 8)
                    + "; use a larger data.sequenceLength or less data");
        }
    }

    /** The number of full sequences. */
    public int count() {
        return (int) (file.size() / sequenceLength);
    }

    /**
     * Copies one sequence.
     *
     * @param sequence 0 to {@link #count()} - 1, in the order of the documents
     * @param target takes {@code sequenceLength} ids
     * @param offset where in the target to start
     */
    public void copy(int sequence, int[] target, int offset) {
        file.copy((long) sequence * sequenceLength, target, offset, sequenceLength);
    }
}
