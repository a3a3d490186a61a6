package io.bantam.compression.reduction;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** Which of a teacher's layers, counted from 0, become the student's. */
public sealed interface LayerSelection {

    /**
     * The chosen layers, in the student's order.
     *
     * @param teacherLayers number of the teacher's layers
     * @throws IllegalArgumentException if the selection does not fit that number
     */
    List<Integer> layers(int teacherLayers);

    /** Layers 1, 3, 5, ...: XTC's choice (arXiv:2206.01859). */
    record EverySecond() implements LayerSelection {
        @Override
        public List<Integer> layers(int teacherLayers) {
            checkKeep(teacherLayers / 2, teacherLayers);
            return IntStream.range(0, teacherLayers / 2)
                    .mapToObj(i -> 2 * i + 1)
                    .toList();
        }
    }

    /** The first {@code keep} layers. */
    record First(int keep) implements LayerSelection {
        @Override
        public List<Integer> layers(int teacherLayers) {
            checkKeep(keep, teacherLayers);
            return IntStream.range(0, keep).boxed().toList();
        }
    }

    /** The last {@code keep} layers. */
    record Last(int keep) implements LayerSelection {
        @Override
        public List<Integer> layers(int teacherLayers) {
            checkKeep(keep, teacherLayers);
            return IntStream.range(teacherLayers - keep, teacherLayers).boxed().toList();
        }
    }

    /**
     * {@code keep} layers with equal gaps, the last one included: {@code floor((i + 1) * teacherLayers / keep) - 1}.
     * With half the layers this is {@link EverySecond}.
     */
    record Evenly(int keep) implements LayerSelection {
        @Override
        public List<Integer> layers(int teacherLayers) {
            checkKeep(keep, teacherLayers);
            return IntStream.range(0, keep)
                    .mapToObj(i -> (i + 1) * teacherLayers / keep - 1)
                    .toList();
        }
    }

    /** Exactly these layers, in this order. */
    record Listed(List<Integer> chosen) implements LayerSelection {
        public Listed {
            chosen = List.copyOf(chosen);
        }

        @Override
        public List<Integer> layers(int teacherLayers) {
            if (chosen.isEmpty()) {
                throw new IllegalArgumentException("the list of layers is empty; name at least one");
            }
            for (int layer : chosen) {
                checkLayer(layer, teacherLayers);
            }
            return chosen;
        }
    }

    /**
     * The {@code keep} layers whose removal raises the loss most, in the teacher's order; of equal ones the earlier.
     *
     * @param keep number of layers to keep
     * @param lossWithout element l: the teacher's loss when its layer l alone is left out
     */
    record ByImportance(int keep, List<Double> lossWithout) implements LayerSelection {
        public ByImportance {
            lossWithout = List.copyOf(lossWithout);
            if (lossWithout.stream().anyMatch(loss -> loss.isNaN())) {
                throw new IllegalArgumentException("a measured loss is NaN: " + lossWithout);
            }
        }

        @Override
        public List<Integer> layers(int teacherLayers) {
            checkKeep(keep, teacherLayers);
            if (lossWithout.size() != teacherLayers) {
                throw new IllegalArgumentException("losses were measured for " + lossWithout.size()
                        + " layers, but the teacher has " + teacherLayers);
            }
            return IntStream.range(0, teacherLayers)
                    .boxed()
                    .sorted(Comparator.comparing((Integer layer) -> lossWithout.get(layer))
                            .reversed())
                    .limit(keep)
                    .sorted()
                    .toList();
        }
    }

    /**
     * Leaves out one layer after the other, each time the one without which the loss is lowest, of equal ones the
     * later, until {@code keep} are left (SLEB, arXiv:2402.09025, whose redundancy is measured anew after each removal
     * too).
     *
     * @param keep number of layers to keep
     * @param loss the loss of the teacher with these layers alone
     */
    record Greedy(int keep, ToDoubleFunction<List<Integer>> loss) implements LayerSelection {
        @Override
        public List<Integer> layers(int teacherLayers) {
            checkKeep(keep, teacherLayers);
            List<Integer> left = IntStream.range(0, teacherLayers).boxed().toList();
            while (left.size() > keep) {
                left = withoutTheLeastNeeded(left);
            }
            return left;
        }

        private List<Integer> withoutTheLeastNeeded(List<Integer> layers) {
            List<Integer> best = null;
            double lowest = Double.NaN;
            for (int out = layers.size() - 1; out >= 0; out--) {
                List<Integer> others = new ArrayList<>(layers);
                others.remove(out);
                double found = loss.applyAsDouble(List.copyOf(others));
                if (Double.isNaN(found)) {
                    throw new IllegalArgumentException("the loss of layers " + others + " is NaN");
                }
                if (best == null || found < lowest) {
                    best = others;
                    lowest = found;
                }
            }
            return List.copyOf(best);
        }
    }

    /** A list of layers. */
    static LayerSelection of(int... layers) {
        return new Listed(Arrays.stream(layers).boxed().toList());
    }

    private static void checkKeep(int keep, int teacherLayers) {
        if (keep < 1 || keep > teacherLayers) {
            throw new IllegalArgumentException("cannot keep " + keep + " of the teacher's " + teacherLayers
                    + " layers; keep at least 1 and at most " + teacherLayers);
        }
    }

    private static void checkLayer(int layer, int teacherLayers) {
        if (layer < 0 || layer >= teacherLayers) {
            List<Integer> everySecond = teacherLayers < 2 ? List.of(0) : new EverySecond().layers(teacherLayers);
            throw new IllegalArgumentException("layer " + layer + " does not exist; the teacher has " + teacherLayers
                    + " layers, 0 to " + (teacherLayers - 1) + ". Use " + everySecond + " for every second layer.");
        }
    }
}
