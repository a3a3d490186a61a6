package io.bantam.compression.range;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RangeTest {

    @Test
    void streamedMseRangeComesCloseToTheExactSearchThoughLaterBatchesAreLarger() {
        Random random = new Random(3);
        float[] all = new float[16 * 1024];
        for (int i = 0; i < all.length; i++) {
            all[i] = (float) random.nextGaussian() * (1 + i / 1024); // Sixteen batches, each wider than the last.
        }
        for (int bits : new int[] {4, 8}) {
            for (boolean symmetric : new boolean[] {true, false}) {
                GridFamily family = new GridFamily(bits, symmetric, GridRule.XTC);
                MseRange streamed = new MseRange(family);
                assertTrue(streamed.isEmpty());
                for (int from = 0; from < all.length; from += 1024) {
                    streamed.observe(Arrays.copyOfRange(all, from, from + 1024));
                }
                assertFalse(streamed.isEmpty());
                Range exact = RangeSearch.MSE.search(all, 0, all.length, family);
                double exactLoss = loss(family.grid(exact), all);
                double streamedLoss = loss(family.grid(streamed.range()), all);
                assertTrue(streamedLoss <= 1.01 * exactLoss, bits + " bits: " + streamedLoss + " > " + exactLoss);
                double minMaxLoss = loss(family.grid(Range.of(all)), all);
                assertTrue(bits == 8 || streamedLoss < 0.9 * minMaxLoss, streamedLoss + " of " + minMaxLoss);
            }
        }
    }

    @Test
    void streamedMseRangeOfZerosAndOfZerosThenValues() {
        MseRange range = new MseRange(new GridFamily(8, true, GridRule.XTC));
        range.observe(new float[10]);
        assertEquals(new Range(0, 0), range.range());
        range.observe(new float[] {-1, 1});
        assertTrue(range.range().maximum() > 0.9f, range.range().toString());
    }

    private static double loss(UniformGrid grid, float[] values) {
        double loss = 0;
        for (float value : values) {
            loss += Math.pow(value - grid.fakeQuantize(value), 2);
        }
        return loss;
    }

    @Test
    void theWidestDefaultCandidateClipsNothing() {
        float[] values = {-0.3f, 0.2f, 0.7f};
        for (int bits = 2; bits <= 8; bits++) {
            for (GridRule rule : GridRule.values()) {
                for (boolean symmetric : new boolean[] {true, false}) {
                    GridFamily family = new GridFamily(bits, symmetric, rule);
                    Range widest = new MseSearch().candidate(Range.of(values), family, 100);
                    UniformGrid grid = family.grid(widest);
                    float half = grid.scale() * 0.501f;
                    assertTrue(grid.value(grid.highestCode()) + half >= 0.7f, family + " " + grid);
                    assertTrue(grid.value(grid.lowestCode()) - half <= -0.3f, family + " " + grid);
                }
            }
        }
    }

    @Test
    void mseCandidatesScaleWithTheData() {
        float[] values = {0.02f, -0.11f, 0.35f, -0.42f, 0.27f, 0.08f, -0.6f, 1.6f};
        float[] small = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            small[i] = values[i] / 1024; // A power of two: exactly the same digits.
        }
        GridFamily family = new GridFamily(4, true, GridRule.XTC);
        Range range = RangeSearch.MSE.search(values, 0, values.length, family);
        Range smallRange = RangeSearch.MSE.search(small, 0, small.length, family);
        assertEquals(range.maximum() / 1024, smallRange.maximum());
    }

    @Test
    void rangesRefuseWhatTheyCannotHold() {
        assertThrows(IllegalArgumentException.class, () -> Range.of(new float[0]));
        assertThrows(IllegalArgumentException.class, () -> Range.of(new float[] {1, Float.NaN, 2}));
        assertThrows(IllegalArgumentException.class, () -> Range.of(new float[] {Float.NEGATIVE_INFINITY}));
        assertThrows(IllegalArgumentException.class, () -> new Range(2, 1));
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray broken = manager.create(new float[] {1, Float.NaN, 2});
            assertThrows(IllegalArgumentException.class, () -> Range.of(broken));
            assertThrows(IllegalArgumentException.class, () -> Range.of(manager.create(new Shape(0))));
            assertEquals(new Range(-1, 3), Range.of(manager.create(new float[] {2, -1, 3, 0}, new Shape(2, 2))));
        }
    }

    @Test
    void estimatorsAskForABatchFirst() {
        for (RangeEstimator estimator : new RangeEstimator[] {
            new CurrentMinMax(),
            new AllMinMax(),
            new RunningMinMax(0.9f),
            new MseRange(new GridFamily(8, true, GridRule.XTC))
        }) {
            assertTrue(estimator.isEmpty());
            String message =
                    assertThrows(IllegalStateException.class, estimator::range).getMessage();
            assertTrue(message.contains("calibrate"), message);
            estimator.observe(new float[] {-1, 2});
            assertTrue(estimator.range().maximum() > 1);
        }
    }

    @Test
    void runningRangeContinuesFromASavedOne() {
        RunningMinMax running = new RunningMinMax(0.75f, new Range(-1, 1));
        running.observe(new float[] {-2, 5});
        assertEquals(new Range(-1.25f, 2), running.range());
        assertThrows(IllegalArgumentException.class, () -> new RunningMinMax(1));
        assertThrows(IllegalArgumentException.class, () -> new RunningMinMax(Float.NaN));
    }

    @Test
    void percentilesLeaveOutTheExtremesOfAllBatches() {
        PercentileRange range = new PercentileRange(99);
        float[] values = new float[1000];
        for (int batch = 0; batch < 2; batch++) {
            for (int i = 0; i < values.length; i++) {
                values[i] = i / 1000f + batch;
            }
            values[0] = batch == 0 ? -500 : 900;
            range.observe(values);
        }
        // 2,000 values, evenly from 0 to 2 but for two: 20 lie outside of each end.
        assertEquals(0.019, range.range().minimum(), 0.26);
        assertEquals(1.981, range.range().maximum(), 0.26);
        PercentileRange all = new PercentileRange(100);
        all.observe(values);
        assertEquals(Range.of(values), all.range());
        assertThrows(IllegalArgumentException.class, () -> new PercentileRange(50));
        assertThrows(IllegalStateException.class, () -> new PercentileRange(99).range());
    }

    @Test
    void aConstantHasARangeWithoutExtentForEveryEstimator() {
        GridFamily family = new GridFamily(8, true, GridRule.XTC);
        for (RangeEstimator estimator :
                new RangeEstimator[] {new PercentileRange(99), new EntropyRange(family), new MseRange(family)}) {
            estimator.observe(new float[5]);
            assertEquals(0, estimator.range().magnitude());
        }
    }

    @Test
    void entropyClipsALongTailMoreTheFewerLevelsThereAre() {
        java.util.Random random = new java.util.Random(4);
        float[] values = new float[100_000];
        for (int i = 0; i < values.length; i++) {
            // Laplace: a sharp peak and long tails.
            values[i] = (float) (-Math.log(1 - random.nextDouble()) * (random.nextBoolean() ? 1 : -1));
        }
        double last = Range.of(values).magnitude();
        for (int bits : new int[] {8, 4}) {
            EntropyRange estimator = new EntropyRange(new GridFamily(bits, true, GridRule.XTC));
            estimator.observe(values);
            double magnitude = estimator.range().magnitude();
            assertTrue(magnitude > 1 && magnitude < last, bits + " bits: " + magnitude + " after " + last);
            last = magnitude;
        }
    }

    private static float[] normal(int count, long seed) {
        java.util.Random random = new java.util.Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static double error(float[] values, GridFamily family, RangeSearch search) {
        UniformGrid grid = family.grid(search.search(values, 0, values.length, family));
        double error = 0;
        for (float value : values) {
            error += Math.pow(value - grid.fakeQuantize(value), 2);
        }
        return error;
    }

    @Test
    void twoDimensionsMoveOneEndWithoutTheOther() {
        float[] values = normal(2000, 3);
        values[7] = 12; // The only value beyond 4.
        for (GridRule rule : GridRule.values()) {
            GridFamily family = new GridFamily(4, false, rule);
            double one = error(values, family, new MseSearch());
            double two = error(values, family, new MseGrid2dSearch());
            assertTrue(two < 0.8 * one, rule + ": " + two + " of " + one);
            assertTrue(two <= error(values, family, RangeSearch.MIN_MAX));
        }
        GridFamily symmetric = new GridFamily(4, true, GridRule.XTC);
        assertEquals(
                new MseSearch().search(values, 0, 2000, symmetric),
                new MseGrid2dSearch().search(values, 0, 2000, symmetric));
    }

    @Test
    void goldenSectionComesCloseToTheGridWithAFewTrials() {
        float[] values = normal(2000, 5);
        values[7] = 9;
        for (boolean symmetric : new boolean[] {true, false}) {
            GridFamily family = new GridFamily(4, symmetric, GridRule.UNIFORM);
            double grid = error(values, family, new MseGrid2dSearch());
            double golden = error(values, family, new GoldenSectionSearch());
            assertTrue(golden < 1.1 * grid, symmetric + ": " + golden + " of " + grid);
            assertTrue(golden < 0.7 * error(values, family, RangeSearch.MIN_MAX));
        }
        float[] zeros = new float[4];
        GridFamily family = new GridFamily(4, false, GridRule.UNIFORM);
        assertEquals(new Range(0, 0), new GoldenSectionSearch().search(zeros, 0, 4, family));
        assertEquals(new Range(0, 0), new MseGrid2dSearch().search(zeros, 0, 4, family));
        assertThrows(IllegalArgumentException.class, () -> new GoldenSectionSearch(0));
        assertThrows(IllegalArgumentException.class, () -> new MseGrid2dSearch(0));
    }

    @Test
    void overBatchesTheSearchesFindWhatTheyFindAtOnce() {
        float[] values = normal(4000, 6);
        GridFamily family = new GridFamily(4, false, GridRule.XTC);
        for (LeastErrorSearch search : new LeastErrorSearch[] {new MseGrid2dSearch(40), new GoldenSectionSearch()}) {
            MseRange range = new MseRange(family, search);
            range.observe(java.util.Arrays.copyOf(values, 1500));
            range.observe(java.util.Arrays.copyOfRange(values, 1500, 4000));
            UniformGrid grid = family.grid(range.range());
            double error = 0;
            for (float value : values) {
                error += Math.pow(value - grid.fakeQuantize(value), 2);
            }
            assertEquals(1, error / error(values, family, search), 0.03, search.toString());
        }
    }

    @Test
    void crossEntropyOfLogits() {
        CrossEntropy entropy = new CrossEntropy();
        assertThrows(IllegalStateException.class, entropy::mean);
        // Two words alike, quantized to 3 : 1.
        entropy.add(new float[] {5, 5}, new float[] {(float) Math.log(3), 0}, 2);
        assertEquals(-0.5 * Math.log(0.75) - 0.5 * Math.log(0.25), entropy.mean(), 1e-7);
        // And one that is left as it is: its own entropy.
        entropy.add(new float[] {1, 1}, new float[] {1, 1}, 2);
        assertEquals((-0.5 * Math.log(0.75) - 0.5 * Math.log(0.25) + Math.log(2)) / 2, entropy.mean(), 1e-7);
        assertThrows(IllegalArgumentException.class, () -> entropy.add(new float[3], new float[3], 2));
    }

    @Test
    void aScaledRangeHasBothEndsNearerToZero() {
        GridFamily family = new GridFamily(4, true, GridRule.XTC);
        assertEquals(new Range(-0.5f, 2), new ScaledRange(0.5f).search(new float[] {4, -1, 9}, 0, 2, family));
        assertThrows(IllegalArgumentException.class, () -> new ScaledRange(0));
        assertThrows(IllegalArgumentException.class, () -> new ScaledRange(1.1f));
    }
}
