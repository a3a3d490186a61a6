package io.bantam.compression.reduction;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Makes a student's parameters out of a teacher's: block i of the student is block {@code teacherLayers[i]} of the
 * teacher, and everything outside the blocks is copied (XTC, arXiv:2206.01859).
 *
 * <p>Parameters have the names of {@link io.bantam.runtime.format.ModelConfig}: block N's begin with {@code h.N.}, such
 * as {@code h.3.mlp.c_fc.weight}, those of a second stack with its name before that.
 *
 * @param stack what the names of the blocks begin with before {@code h.}; other stacks are copied
 * @param teacherLayers the teacher's layers, in the student's order
 */
public record LayerReduction(String stack, List<Integer> teacherLayers) {
    private static final Pattern BLOCK = Pattern.compile("h\\.(\\d+)\\.(.+)");

    public LayerReduction {
        teacherLayers = List.copyOf(teacherLayers);
    }

    /** A reduction of the only stack, or of the encoder where there are two. */
    public LayerReduction(List<Integer> teacherLayers) {
        this("", teacherLayers);
    }

    /** A selection applied to a teacher of so many layers. */
    public static LayerReduction of(LayerSelection selection, int teacherLayers) {
        return new LayerReduction(selection.layers(teacherLayers));
    }

    /**
     * Returns the teacher's parameter that each of the student's parameters starts from, by name, blocks in the
     * student's order where the teacher's first block stood.
     *
     * @throws IllegalArgumentException if a chosen layer has no parameters
     */
    public Map<String, String> namesInTeacher(Collection<String> teacherNames) {
        Map<Integer, Map<String, String>> blocks = new LinkedHashMap<>();
        for (String name : teacherNames) {
            Matcher block = block(name);
            if (block.matches()) {
                blocks.computeIfAbsent(Integer.valueOf(block.group(1)), layer -> new LinkedHashMap<>())
                        .put(block.group(2), name);
            }
        }
        for (int layer : teacherLayers) {
            if (!blocks.containsKey(layer)) {
                throw new IllegalArgumentException(
                        "layer " + layer + " does not exist; the teacher has layers " + new TreeSet<>(blocks.keySet()));
            }
        }
        Map<String, String> names = new LinkedHashMap<>();
        boolean blocksDone = false;
        for (String name : teacherNames) {
            if (!block(name).matches()) {
                names.put(name, name);
            } else if (!blocksDone) {
                blocksDone = true;
                for (int i = 0; i < teacherLayers.size(); i++) {
                    String prefix = stack + "h." + i + ".";
                    blocks.get(teacherLayers.get(i)).forEach((rest, source) -> names.put(prefix + rest, source));
                }
            }
        }
        return names;
    }

    private Matcher block(String name) {
        return BLOCK.matcher(name.startsWith(stack) ? name.substring(stack.length()) : "");
    }

    /**
     * The student's parameters.
     *
     * @param teacher the teacher's parameters by name
     * @param copy makes the student's own copy of a parameter, such as {@code float[]::clone}
     * @throws IllegalArgumentException if a chosen layer has no parameters
     */
    public <T> Map<String, T> reduce(Map<String, T> teacher, UnaryOperator<T> copy) {
        Map<String, T> student = new LinkedHashMap<>();
        namesInTeacher(teacher.keySet()).forEach((name, source) -> student.put(name, copy.apply(teacher.get(source))));
        return student;
    }
}
