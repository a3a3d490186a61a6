/**
 * Completing Python source with a packed model: the library face of Bantam, for editors and servers.
 *
 * <p>{@link io.bantam.runtime.completion.PackedModel} loads a packed file; {@link io.bantam.runtime.completion.CompletionSession}
 * completes one text after another and reads only what is new in each. Both take and give plain source code. Between the two
 * stands the normal form of {@code io.bantam.runtime.python}.
 *
 * <p>May depend on the other packages of {@code io.bantam.runtime} except {@code serve}, and on the JDK.
 */
package io.bantam.runtime.completion;
