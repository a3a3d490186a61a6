package io.bantam.compression.reduction;

import java.util.List;
import java.util.stream.IntStream;

/**
 * Which of the teacher's layers each of the student's learns from.
 *
 * @param attention element l: the teacher's layer whose attention scores the student's layer l learns
 * @param hidden element i: the teacher's hidden state for the student's hidden state i, where 0 is the embedding's
 *     output and {@code l + 1} the output of layer l; one longer than {@code attention}
 */
public record DistillationLayers(List<Integer> attention, List<Integer> hidden) {

    public DistillationLayers {
        attention = List.copyOf(attention);
        hidden = List.copyOf(hidden);
        if (hidden.size() != attention.size() + 1) {
            throw new IllegalArgumentException("a student of " + attention.size() + " layers has "
                    + (attention.size() + 1) + " hidden states, not " + hidden.size());
        }
    }

    /**
     * XTC's map for a student made by layer reduction: attention from the copied layer; hidden state 0 from
     * {@code teacherLayers[0] - 1}, hidden state {@code i + 1} from the output of {@code teacherLayers[i]}.
     *
     * <p>Differs from XTC where {@code teacherLayers[0]} is 0: there the published code takes state -1, which is the
     * last one; here it is 0, the embedding's output.
     */
    public static DistillationLayers afterReduction(List<Integer> teacherLayers) {
        if (teacherLayers.isEmpty()) {
            throw new IllegalArgumentException("the student has no layers");
        }
        int first = Math.max(teacherLayers.getFirst() - 1, 0);
        List<Integer> hidden = IntStream.concat(
                        IntStream.of(first), teacherLayers.stream().mapToInt(layer -> layer + 1))
                .boxed()
                .toList();
        return new DistillationLayers(teacherLayers, hidden);
    }

    /**
     * XTC's map without reduction: with {@code k = teacherLayers / studentLayers}, attention from {@code l * k + k - 1}
     * and hidden state i from {@code i * k}.
     *
     * @throws IllegalArgumentException if the student's layers do not divide the teacher's
     */
    public static DistillationLayers between(int teacherLayers, int studentLayers) {
        if (studentLayers < 1 || teacherLayers % studentLayers != 0) {
            throw new IllegalArgumentException("a student of " + studentLayers + " layers does not divide a teacher of "
                    + teacherLayers + "; give the layer maps explicitly");
        }
        int k = teacherLayers / studentLayers;
        return new DistillationLayers(
                IntStream.range(0, studentLayers).mapToObj(l -> l * k + k - 1).toList(),
                IntStream.rangeClosed(0, studentLayers).mapToObj(i -> i * k).toList());
    }
}
