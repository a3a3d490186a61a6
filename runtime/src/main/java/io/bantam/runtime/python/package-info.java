/**
 * Python source as code models read and write it, without a Python.
 *
 * <p>{@link io.bantam.runtime.python.PythonNormalizer} turns source into the normal form of PY150, {@link
 * io.bantam.runtime.python.PythonPrinter} turns the words of that form back into source that a person would write.
 *
 * <p>May depend on {@code io.bantam.runtime.format} (for its JSON) and the JDK.
 */
package io.bantam.runtime.python;
