/**
 * Byte pair encoding with the JDK alone, byte-level or as SentencePiece has it.
 *
 * <p>Start from {@link io.bantam.runtime.tokenizer.BytePairTokenizer}, which reads the Hugging Face {@code
 * tokenizer.json} that a packed file holds, and encodes and decodes as the Hugging Face library does. {@code
 * TokenizerFile} is the checked content of that file.
 *
 * <p>A text goes through four steps, each a class: {@code AddedTokens} are found, what stands between them is put
 * through the {@code Normalization}, cut by the {@code PreTokenization}, and the pieces are merged by the {@code
 * PieceEncoder}, with {@code BytePairMerger}. {@code TokenTexts} is the way back. {@link
 * io.bantam.runtime.tokenizer.ChunkEncoder} remembers what it encoded, for speed.
 *
 * <p>May depend on {@code io.bantam.runtime.format} (for its JSON and errors) and the JDK; not on the other packages of
 * {@code io.bantam.runtime}.
 */
package io.bantam.runtime.tokenizer;
