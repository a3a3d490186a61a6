/**
 * Byte-level BPE with the JDK alone: {@link io.bantam.runtime.tokenizer.BytePairTokenizer} reads the Hugging Face {@code
 * tokenizer.json} that a packed file holds, and encodes and decodes as the Hugging Face library does.
 *
 * <p>May depend on {@code io.bantam.runtime.format} (for its JSON) and the JDK.
 */
package io.bantam.runtime.tokenizer;
