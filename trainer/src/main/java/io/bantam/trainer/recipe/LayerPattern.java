package io.bantam.trainer.recipe;

import java.util.Arrays;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Matches layer names against texts in which {@code *} stands for any text, also for none. */
final class LayerPattern {
    private LayerPattern() {}

    static boolean matches(String pattern, String layer) {
        String regex =
                Arrays.stream(pattern.split("\\*", -1)).map(Pattern::quote).collect(Collectors.joining(".*"));
        return layer.matches(regex);
    }
}
