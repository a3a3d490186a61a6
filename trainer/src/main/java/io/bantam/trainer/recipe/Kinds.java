package io.bantam.trainer.recipe;

import io.bantam.trainer.recipe.key.Kind;
import java.util.Arrays;
import java.util.List;

/** The records of a sealed interface by their {@link Kind}. */
final class Kinds {
    private Kinds() {}

    static boolean pickedByKind(Class<?> type) {
        return type.isSealed() && type.getPermittedSubclasses()[0].isAnnotationPresent(Kind.class);
    }

    static List<String> words(Class<?> sealedType) {
        return records(sealedType).stream().map(Kinds::word).toList();
    }

    static List<Class<?>> records(Class<?> sealedType) {
        return Arrays.asList(sealedType.getPermittedSubclasses());
    }

    static String word(Class<?> record) {
        return record.getAnnotation(Kind.class).value();
    }

    static String meaning(Class<?> record) {
        return record.getAnnotation(Kind.class).meaning();
    }

    /** Returns the record of a word, or null. */
    static Class<?> find(Class<?> sealedType, String word) {
        return records(sealedType).stream()
                .filter(record -> word(record).equals(word))
                .findFirst()
                .orElse(null);
    }
}
