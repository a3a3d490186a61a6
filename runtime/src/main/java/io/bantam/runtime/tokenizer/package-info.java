/**
 * BPE with the JDK alone, byte-level or as SentencePiece has it: {@link io.bantam.runtime.tokenizer.BytePairTokenizer}
 * reads the Hugging Face {@code tokenizer.json} that a packed file holds, and encodes and decodes as the Hugging Face
 * library does.
 *
 * <p>A text goes through four steps, each a class: {@code AddedTokens} are found, what stands between them is put
 * through the {@code Normalization}, cut by the {@code PreTokenization}, and the pieces are merged by the {@code
 * PieceEncoder}. {@code TokenTexts} is the way back.
 *
 * <p>May depend on {@code io.bantam.runtime.format} (for its JSON) and the JDK.
 */
package io.bantam.runtime.tokenizer;
