package io.bantam.compression.reduction;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class LayerReductionTest {

    @Test
    void selectionsChooseTheirLayers() {
        assertEquals(List.of(1, 3, 5, 7, 9, 11), new LayerSelection.EverySecond().layers(12));
        assertEquals(List.of(1, 3), new LayerSelection.EverySecond().layers(5));
        assertEquals(List.of(0, 1, 2), new LayerSelection.First(3).layers(12));
        assertEquals(List.of(9, 10, 11), new LayerSelection.Last(3).layers(12));
        assertEquals(List.of(1, 3, 5, 7, 9, 11), new LayerSelection.Evenly(6).layers(12));
        assertEquals(List.of(1, 3, 6, 8, 11), new LayerSelection.Evenly(5).layers(12));
        assertEquals(List.of(2, 4, 6, 8, 10), LayerSelection.of(2, 4, 6, 8, 10).layers(12));
        assertEquals(List.of(0, 2, 3), new LayerSelection.ByImportance(3, List.of(9.0, 3.0, 4.0, 4.0, 3.5)).layers(5));
        assertEquals(List.of(0, 1), new LayerSelection.ByImportance(2, List.of(3.0, 3.0, 3.0)).layers(3));
    }

    /**
     * Layers 0 and 3 do the same: the worse one goes first, then the other one is needed. One by one neither would be.
     */
    @Test
    void greedyMeasuresAnewAfterEachLayerLeftOut() {
        ToDoubleFunction<List<Integer>> loss = layers -> (layers.contains(0) || layers.contains(3) ? 0 : 9)
                + (layers.contains(0) ? 0 : 0.1)
                + (layers.contains(1) ? 0 : 2)
                + (layers.contains(2) ? 0 : 1);
        assertEquals(List.of(0, 1, 2), new LayerSelection.Greedy(3, loss).layers(4));
        assertEquals(List.of(0, 1), new LayerSelection.Greedy(2, loss).layers(4));
        assertEquals(List.of(0, 1, 2, 3), new LayerSelection.Greedy(4, loss).layers(4));
        assertEquals(List.of(0, 1), new LayerSelection.Greedy(2, _ -> 1).layers(4), "of equal ones the later goes");
        assertMessage("is NaN", () -> new LayerSelection.Greedy(1, _ -> Double.NaN).layers(2));
        assertMessage("cannot keep 3", () -> new LayerSelection.Greedy(3, loss).layers(2));
    }

    @Test
    void layersThatDoNotExistAreRefused() {
        assertMessage(
                "layer 12 does not exist; the teacher has 12 layers, 0 to 11. "
                        + "Use [1, 3, 5, 7, 9, 11] for every second layer.",
                () -> LayerSelection.of(1, 12).layers(12));
        assertMessage("layer -1 does not exist", () -> LayerSelection.of(-1).layers(12));
        assertMessage("the list of layers is empty", () -> LayerSelection.of().layers(12));
        assertMessage("cannot keep 13 of the teacher's 12 layers", () -> new LayerSelection.First(13).layers(12));
        assertMessage("cannot keep 0", () -> new LayerSelection.Last(0).layers(12));
        assertMessage("cannot keep 0", () -> new LayerSelection.EverySecond().layers(1));
        assertMessage(
                "measured for 2 layers, but the teacher has 12",
                () -> new LayerSelection.ByImportance(1, List.of(1.0, 2.0)).layers(12));
        assertMessage(
                "layer 3 does not exist; the teacher has layers [0, 1, 2]",
                () -> new LayerReduction(List.of(3)).reduce(teacher(3), float[]::clone));
    }

    @Test
    void studentHasCopiesOfTheChosenLayersAndOfEverythingElse() {
        Map<String, float[]> teacher = teacher(12);
        Map<String, float[]> student =
                LayerReduction.of(new LayerSelection.EverySecond(), 12).reduce(teacher, float[]::clone);
        List<String> expected = new ArrayList<>(teacher(6).keySet());
        assertEquals(expected, new ArrayList<>(student.keySet()));
        for (int i = 0; i < 6; i++) {
            String source = "h." + (2 * i + 1) + ".mlp.c_fc.weight";
            float[] copy = student.get("h." + i + ".mlp.c_fc.weight");
            assertArrayEquals(teacher.get(source), copy);
            assertNotSame(teacher.get(source), copy);
        }
        for (String name : List.of("wte.weight", "wpe.weight", "ln_f.weight", "ln_f.bias")) {
            assertArrayEquals(teacher.get(name), student.get(name));
            assertNotSame(teacher.get(name), student.get(name));
        }
    }

    @Test
    void firstHiddenStateOfAStudentThatKeepsLayerZeroIsTheEmbedding() {
        assertEquals(
                List.of(0, 1, 3),
                DistillationLayers.afterReduction(List.of(0, 2)).hidden());
        assertEquals(
                List.of(0, 2), DistillationLayers.afterReduction(List.of(0, 2)).attention());
    }

    @Test
    void layerMapsThatDoNotFitAreRefused() {
        assertMessage("does not divide", () -> DistillationLayers.between(12, 5));
        assertMessage("2 hidden states, not 1", () -> new DistillationLayers(List.of(0), List.of(0)));
        assertMessage("no layers", () -> DistillationLayers.afterReduction(List.of()));
    }

    /** Every parameter holds its own number. */
    private static Map<String, float[]> teacher(int layers) {
        List<String> names = new ArrayList<>(List.of("wte.weight", "wpe.weight"));
        for (int layer = 0; layer < layers; layer++) {
            names.add("h." + layer + ".ln_1.weight");
            names.add("h." + layer + ".attn.c_attn.weight");
            names.add("h." + layer + ".mlp.c_fc.weight");
        }
        names.addAll(List.of("ln_f.weight", "ln_f.bias"));
        Map<String, float[]> parameters = new LinkedHashMap<>();
        names.forEach(name -> parameters.put(name, new float[] {parameters.size()}));
        return parameters;
    }

    private static void assertMessage(String part, Executable action) {
        String message = assertThrows(IllegalArgumentException.class, action).getMessage();
        assertTrue(message.contains(part), message);
    }
}
