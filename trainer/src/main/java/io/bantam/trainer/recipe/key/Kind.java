package io.bantam.trainer.recipe.key;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The word that picks a record of a sealed interface by the key {@code kind}, as in {@code kind: distill}. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface Kind {
    /** The word as written in a recipe. */
    String value();

    /** One sentence for people: what the record is. It is shown by editors and in the recipe reference. */
    String meaning();
}
