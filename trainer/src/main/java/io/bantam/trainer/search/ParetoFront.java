package io.bantam.trainer.search;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Points that no other point is better than in every figure, smaller figures being better, and an order that takes them
 * first.
 *
 * <p>The order is that of NSGA-II (Deb et al. 2002, sections III.A and III.B): first the front, then the front of the
 * rest, and so on; within a front those that are farthest from their neighbours first, its ends before all.
 */
public final class ParetoFront {
    private ParetoFront() {}

    /** Whether a point is nowhere worse than another and somewhere better. */
    static boolean dominates(double[] point, double[] other) {
        boolean better = false;
        for (int i = 0; i < point.length; i++) {
            if (point[i] > other[i]) {
                return false;
            }
            better |= point[i] < other[i];
        }
        return better;
    }

    /**
     * The numbers of the points that no other dominates, in order.
     *
     * @param points figures of one length each, none NaN
     */
    public static List<Integer> front(List<double[]> points) {
        return front(points, IntStream.range(0, points.size()).boxed().toList());
    }

    private static List<Integer> front(List<double[]> points, List<Integer> among) {
        return among.stream()
                .filter(i -> among.stream().noneMatch(j -> dominates(points.get(j), points.get(i))))
                .toList();
    }

    /** The numbers of all points, the best first; of equal ones the first. */
    public static List<Integer> order(List<double[]> points) {
        List<Integer> order = new ArrayList<>();
        List<Integer> rest =
                new ArrayList<>(IntStream.range(0, points.size()).boxed().toList());
        while (!rest.isEmpty()) {
            List<Integer> front = front(points, rest);
            double[] distances = crowding(points, front);
            IntStream.range(0, front.size())
                    .boxed()
                    .sorted(Comparator.comparingDouble((Integer i) -> -distances[i]))
                    .forEach(i -> order.add(front.get(i)));
            rest.removeAll(front);
        }
        return order;
    }

    /** Returns the crowding distance of each point: the gap between its neighbours over the front's extent, summed. */
    private static double[] crowding(List<double[]> points, List<Integer> front) {
        double[] distances = new double[front.size()];
        int figures = points.get(front.getFirst()).length;
        for (int figure = 0; figure < figures; figure++) {
            int at = figure;
            Integer[] sorted = IntStream.range(0, front.size()).boxed().toArray(Integer[]::new);
            Arrays.sort(sorted, Comparator.comparingDouble(i -> points.get(front.get(i))[at]));
            double first = points.get(front.get(sorted[0]))[at];
            double extent = points.get(front.get(sorted[sorted.length - 1]))[at] - first;
            distances[sorted[0]] = Double.POSITIVE_INFINITY;
            distances[sorted[sorted.length - 1]] = Double.POSITIVE_INFINITY;
            for (int i = 1; i < sorted.length - 1 && extent > 0; i++) {
                distances[sorted[i]] +=
                        (points.get(front.get(sorted[i + 1]))[at] - points.get(front.get(sorted[i - 1]))[at]) / extent;
            }
        }
        return distances;
    }
}
