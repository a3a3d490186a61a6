/**
 * Python source as code models read and write it, without a Python.
 *
 * <p>Start from {@link io.bantam.runtime.python.PythonNormalizer}, which turns source into the normal form of PY150,
 * and {@link io.bantam.runtime.python.PythonPrinter}, which turns the words of that form back into source that a person
 * would write. Under the first are {@code SourceDecoder} (bytes to text), {@code PythonLexer} (text to tokens of
 * Python) and {@code Literals} (those that the normal form keeps), under the second {@code WordKind} (spaces) and
 * {@code PythonIndentation}.
 *
 * <p>A word of the normal form is what stands between two of its spaces; a token, in this package, is one of Python's.
 * The tokens of a model's vocabulary do not occur here.
 *
 * <p>May depend on {@code io.bantam.runtime.format} (for its JSON) and the JDK; not on the other packages of {@code
 * io.bantam.runtime}.
 */
package io.bantam.runtime.python;
