package io.bantam.trainer.recipe;

/** What names may look like: they become folder and file names, and parts of a {@code --set} path. */
final class Names {
    static final String SIMPLE = "[A-Za-z][A-Za-z0-9_-]{0,63}";
    static final String SIMPLE_IN_WORDS = "a letter, then letters, digits, '-' or '_' (at most 64 characters)";
    static final String VARIANT = "[A-Za-z0-9]([A-Za-z0-9 _+-]{0,62}[A-Za-z0-9_+-])?";
    static final String VARIANT_IN_WORDS =
            "letters, digits, spaces, '+', '-' or '_', beginning with a letter or digit (at most 64 characters)";

    private Names() {}
}
