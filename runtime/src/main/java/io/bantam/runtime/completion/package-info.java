/**
 * Completing source code with a packed model: the library face of Bantam, for editors and servers.
 *
 * <p>{@link io.bantam.runtime.completion.PackedModel} loads a packed file; {@link
 * io.bantam.runtime.completion.CompletionSession} completes one text after another and reads only what is new in each.
 * Both take and give plain source code. Where the model reads PY150's normal form, {@code io.bantam.runtime.python}
 * stands between.
 *
 * <p>May depend on the other packages of {@code io.bantam.runtime} except {@code serve}, and on the JDK.
 */
package io.bantam.runtime.completion;
