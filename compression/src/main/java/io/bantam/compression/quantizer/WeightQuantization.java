package io.bantam.compression.quantizer;

import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Which tensors of a model are quantized, and how; all others stay float.
 *
 * @param quantizers the quantizer of each quantized tensor, by name
 */
public record WeightQuantization(Map<String, Quantizer> quantizers) {

    /** The weights of the four linear layers of every GPT-2 block. */
    public static final List<String> GPT2_LINEARS =
            List.of("h.*.attn.c_attn.weight", "h.*.attn.c_proj.weight", "h.*.mlp.c_fc.weight", "h.*.mlp.c_proj.weight");

    public WeightQuantization {
        quantizers = Collections.unmodifiableMap(new LinkedHashMap<>(quantizers));
    }

    /** Nothing is quantized. */
    public static WeightQuantization none() {
        return new WeightQuantization(Map.of());
    }

    /** The quantizer of a tensor, or none if it stays float. */
    public Optional<Quantizer> of(String name) {
        return Optional.ofNullable(quantizers.get(name));
    }

    /** This one and more tensors; a tensor named before gets the new quantizer. */
    public WeightQuantization with(Collection<String> names, Quantizer quantizer) {
        Map<String, Quantizer> all = new LinkedHashMap<>(quantizers);
        names.forEach(name -> all.put(name, quantizer));
        return new WeightQuantization(all);
    }

    /**
     * The names that match a pattern of {@code include} and none of {@code exclude}, in the order given. In a pattern
     * {@code *} stands for any text.
     *
     * @throws IllegalArgumentException if a pattern matches no name, which is most likely a misspelling
     */
    public static List<String> select(Collection<String> names, List<String> include, List<String> exclude) {
        Set<String> included = matching(names, include);
        Set<String> excluded = matching(names, exclude);
        return names.stream()
                .filter(name -> included.contains(name) && !excluded.contains(name))
                .toList();
    }

    private static Set<String> matching(Collection<String> names, List<String> patterns) {
        Set<String> matching = new TreeSet<>();
        for (String pattern : patterns) {
            // The limit of -1 keeps an empty part after a last asterisk.
            Pattern regex = Pattern.compile(
                    Arrays.stream(pattern.split("\\*", -1)).map(Pattern::quote).collect(Collectors.joining(".*")));
            List<String> found =
                    names.stream().filter(name -> regex.matcher(name).matches()).toList();
            if (found.isEmpty()) {
                throw new IllegalArgumentException("pattern '" + pattern + "' matches no tensor; there are "
                        + names.stream().limit(5).collect(Collectors.joining(", "))
                        + (names.size() > 5 ? ", ..." : ""));
            }
            matching.addAll(found);
        }
        return matching;
    }
}
