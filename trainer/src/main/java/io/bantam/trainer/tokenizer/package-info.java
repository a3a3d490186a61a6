/**
 * The tokenizer of the code models: byte-level BPE in the Hugging Face form.
 *
 * <p>{@link io.bantam.trainer.tokenizer.BpeTrainer} learns merges from documents in PY150 normal form and yields a
 * {@link io.bantam.trainer.tokenizer.BpeModel}, which {@link io.bantam.trainer.tokenizer.TokenizerJson} writes as a
 * {@code tokenizer.json}. {@link io.bantam.trainer.tokenizer.CodeTokenizer} opens such a file and encodes and decodes
 * through DJL's Hugging Face tokenizers; {@code io.bantam.runtime.tokenizer} does the same without them.
 *
 * <h2>Spaces around special tokens</h2>
 *
 * In normal form every token stands between single spaces, line ends and numbers included:
 * {@code x = <NUM_LIT:0> <EOL> return x}. Byte-level BPE joins a space to the word that follows it, so a plain added
 * token would leave the space before it alone: one wasted position per {@code <EOL>} and per number, about a tenth of
 * all positions. Therefore
 *
 * <ul>
 *   <li>{@code <EOL>} and {@code <NUM_LIT...>}, which always follow a space, are added tokens with
 *       {@code lstrip: true}: encoding takes the space into the token;
 *   <li>the decoder gives the space back: it replaces {@code <EOL>} by {@code Ġ<EOL>} and {@code <NUM_LIT} by
 *       {@code Ġ<NUM_LIT} before the byte-level step, and both act on one token at a time, so decoding a concatenation
 *       is concatenating the decoded parts. No ordinary token is touched: the GPT-2 pattern never puts letters and
 *       punctuation into one piece;
 *   <li>{@code <s>}, {@code </s>} and the string placeholders, which stand right behind a quote
 *       ({@code b'<STR_LIT>'}), are plain added tokens.
 * </ul>
 *
 * So {@code x = <NUM_LIT:0> <EOL> return x} is {@code x}, {@code Ġ=}, {@code <NUM_LIT:0>}, {@code <EOL>},
 * {@code Ġreturn}, {@code Ġx}, and decodes to exactly that text. The file alone is exact for every text in which the
 * stripping tokens follow exactly one space; {@link io.bantam.trainer.tokenizer.CodeTokenizer} keeps the rest exact
 * too by encoding a {@code <EOL>} with another neighbour as ordinary characters.
 *
 * <p>This package needs DJL's tokenizers, Jackson and {@code io.bantam.runtime}; it knows no model, no tensors and no
 * recipe.
 */
package io.bantam.trainer.tokenizer;
