package io.bantam.trainer.recipe.key;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** How the constants of an enum are written in a recipe: {@code ROUND_TO_NEAREST} as {@code round-to-nearest}. */
public final class Words {
    private Words() {}

    public static String of(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    public static List<String> all(Class<?> enumType) {
        return Arrays.stream(enumType.getEnumConstants())
                .map(constant -> of((Enum<?>) constant))
                .toList();
    }

    /** Returns the constant of a word, or null. */
    public static Object find(Class<?> enumType, String word) {
        return Arrays.stream(enumType.getEnumConstants())
                .filter(constant -> of((Enum<?>) constant).equals(word))
                .findFirst()
                .orElse(null);
    }
}
