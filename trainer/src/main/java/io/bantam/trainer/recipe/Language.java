package io.bantam.trainer.recipe;

/** A programming language whose source files can be brought to the normal form that models read. */
public enum Language {
    /** Python 3, normalised as PY150 is. */
    PYTHON
}
