/**
 * Completing source code with a packed model: the library face of Bantam, for editors and servers.
 *
 * <p>Start from {@link io.bantam.runtime.completion.PackedModel}, which loads a packed file, and {@link
 * io.bantam.runtime.completion.CompletionSession}, which completes one text after another and reads only what is new in
 * each. Both take and give plain source code. {@code CursorText} is what a session needs to know of a form of text:
 * {@code PlainCursor} for source as it stands, {@code NormalFormCursor} for PY150's normal form, with {@code
 * io.bantam.runtime.python} in between. {@link io.bantam.runtime.completion.Sampler} chooses the tokens.
 *
 * <p>May depend on the other packages of {@code io.bantam.runtime} except {@code kernel} and {@code serve}, and on the
 * JDK.
 */
package io.bantam.runtime.completion;
