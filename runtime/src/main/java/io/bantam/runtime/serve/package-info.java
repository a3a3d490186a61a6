/**
 * A completion server for editors, on the JDK's own HTTP server: {@link io.bantam.runtime.serve.CompletionServer}.
 *
 * <p>Speaks OpenAI's {@code POST /v1/completions} and {@code GET /v1/models}, llama.cpp's {@code POST /infill}, and has
 * {@code GET /health}, {@code GET /metrics} in Prometheus's text form, and a page to try it at {@code /}.
 *
 * <p>A request is read, parsed and answered by a virtual thread of its own; completions run on a fixed number of
 * platform threads, the slots, so that nobody who reads or writes slowly holds one.
 *
 * <p>May depend on the other packages of {@code io.bantam.runtime} and the JDK.
 */
package io.bantam.runtime.serve;
