package io.bantam.trainer.recipe;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A key that a record once had and that never changed anything. Recipes with it, such as those in older run folders,
 * are read as if it were not there, with a warning; a key whose absence changes a result must be refused instead.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@interface Retired {
    /** The reason of a source's {@code language}. */
    String LANGUAGE = "the form py150 is of Python alone, and plain text may be of any language";

    /** The key's name. */
    String value();

    /** Says why it is not needed; follows "remove it:". */
    String reason();
}
