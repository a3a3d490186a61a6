/**
 * A completion server for editors, on the JDK's own HTTP server.
 *
 * <p>Start from {@link io.bantam.runtime.serve.CompletionServer}, which takes a request from its path to its answer,
 * and {@link io.bantam.runtime.serve.ServerOptions}, its settings. Then {@code CompletionRequest} for what a client may
 * ask, {@code Dialect} for the JSON of each kind of client, and {@code Slots} and {@code Generation} for how requests
 * share the model.
 *
 * <p>Speaks OpenAI's {@code POST /v1/completions} and {@code GET /v1/models}, llama.cpp's {@code POST /infill}, and has
 * {@code GET /health}, {@code GET /metrics} in Prometheus's text form, and a page to try it at {@code /}.
 *
 * <p>A request is read, parsed and answered by a virtual thread of its own; completions run on a fixed number of
 * platform threads, the slots, so that nobody who reads or writes slowly holds one.
 *
 * <p>May depend on {@code io.bantam.runtime.completion}, on {@code io.bantam.runtime.format} (for its JSON) and on the
 * JDK with its module {@code jdk.httpserver}; not on {@code model}, {@code kernel}, {@code tokenizer} or {@code
 * python}, which are the concern of {@code completion}.
 */
package io.bantam.runtime.serve;
