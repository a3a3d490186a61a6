package io.bantam.trainer.recipe.key;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Says what one key of a recipe means, what it is when left out, and which values it takes.
 *
 * <p>It is the only place where defaults and ranges stand: the loader, the constructors, the JSON Schema, the
 * reference and the resolved recipe all read it. The key's name is the record component's name.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Key {
    /** Marks a key without a default: the recipe must give it. */
    String REQUIRED = "\0required";

    /** One sentence for people: it is shown by editors and in the recipe reference. */
    String value();

    /** The default, written as YAML; {@code null} makes an empty {@code Optional}. */
    String standard() default REQUIRED;

    /** The least value of a number. */
    double atLeast() default Double.NEGATIVE_INFINITY;

    /** The greatest value of a number. */
    double atMost() default Double.POSITIVE_INFINITY;

    /** A number must be greater than this. */
    double above() default Double.NEGATIVE_INFINITY;

    /** A number must be less than this. */
    double below() default Double.POSITIVE_INFINITY;

    /** The only values of a whole number; empty: any in the range. */
    long[] oneOf() default {};

    /** The regular expression that a text, or every key of a mapping, must match; empty: any. */
    String pattern() default "";

    /** Says in words what {@link #pattern()} asks. */
    String patternInWords() default "";

    /**
     * Whether the value can change what a stage or a teacher gives: the model and its figures. False for keys of time
     * and memory alone, for files whose content is hashed in their place, and for keys that change later stages only,
     * whose fingerprints count them. Fingerprints leave false ones out, so a resumed run may change them.
     */
    boolean result() default true;

    /** Whether a list or mapping must have at least one entry, and a text at least one character. */
    boolean notEmpty() default false;
}
