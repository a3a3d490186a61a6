/**
 * Model files: safetensors in general, Bantam's packed file, which is a safetensors file with packed bits inside, and
 * GGUF.
 *
 * <p>Entry classes: {@link io.bantam.runtime.format.PackedFile} for packed models, {@link
 * io.bantam.runtime.format.SafetensorsReader} and {@link io.bantam.runtime.format.SafetensorsWriter} for plain ones,
 * {@link io.bantam.runtime.format.GgufReader} for llama.cpp's. The package needs the JDK alone and knows nothing of the
 * other packages.
 *
 * <p>Every reader checks its file before it allocates for it. A file that is not sound gives a {@link
 * io.bantam.runtime.format.FormatException} with one line: what was expected, what was found, where.
 *
 * <h2>Safetensors</h2>
 *
 * <p>Eight bytes, little-endian: the header's length n. Then n bytes of JSON (UTF-8, from '{', padded with spaces): a
 * map from tensor name to {@code {"dtype", "shape", "data_offsets": [begin, end]}}, offsets counted from the end of the
 * header, and under {@code __metadata__} a map of strings. Then the data, row-major, little-endian, without holes.
 *
 * <p>There is no magic number: a file is told by its ninth byte, '{', and a length before it that is at most
 * 100,000,000 and within the file. What is written here aligns the data to 64 bytes (by the spaces behind the header),
 * tensors of a multiple of 64 bytes too (they come first), and the others to their element type (wider types come
 * first); readers must not rely on it, since the format does not ask for it.
 *
 * <h2>The packed file, version 3</h2>
 *
 * <p>A safetensors file whose {@code __metadata__} holds:
 *
 * <ul>
 *   <li>{@code bantam.format}: {@code packed}, by which the file is known; {@code bantam.version}: {@code 3}. A reader
 *   takes
 *       1 and 2 too, see below, and refuses a greater one, which was written by a newer Bantam
 *   <li>{@code bantam.config}: a JSON object with {@code architecture} (the family), {@code vocab_size}, {@code
 *       n_positions}, {@code n_embd}, {@code n_inner}, {@code n_layer}, {@code n_head}, {@code layer_norm_epsilon},
 *       {@code bos_token_id}, {@code eos_token_id}, {@code eol_token_id} (the last three a number or null),
 *       and, unless the architecture is {@code gpt2}, {@code form}: an object with the parts of {@link
 *       io.bantam.runtime.format.Architecture}, {@code norm} (layer | rms), {@code rotary} (null for none, or
 *       {@code {"width", "neighbours", "base", "scaling": none | linear | llama3 | yarn}} with the scaling's numbers),
 *       {@code sinusoids} (only with fixed positions: {@code {"first", "base"}}), {@code embedding_scale} (only if it
 *       is not 1), {@code feed_forward} (gelu | erf_gelu | swiglu), {@code parallel}, {@code key_value_heads},
 *       {@code head_width}, {@code tied_head}, {@code biases} (a list of attention_in | attention_out | feed_forward |
 *       head). A model with an encoder has {@code stacks} (encoder | encoder-decoder) and the fields of
 *       {@link io.bantam.runtime.format.EncoderConfig} instead
 *   <li>{@code bantam.quantization}: a JSON object, for each quantized tensor
 *   {@code {"scheme": binary | ternary | symmetric
 *       | asymmetric, "bits", "group", "rows", "columns", "layout": rows | tiles | quintets | triples |
 *       bytes}}; {@code group} is the number
 *       of columns that share a scale, 0 if the whole tensor shares one; {@code layout} is that of the codes, see
 *       below; or {@code {"scheme": codebooks, "bits", "count", "vector", "rows", "columns"}}
 *   <li>{@code bantam.activations}: a JSON object
 *   {@code {"bits": 32 | 16 | 8 | 4, "symmetric": true | false, "mode": dynamic
 *       | static, "ranges": {activation: [min, max]}, "group": features, "widths": {activation: bits}}}, the last two
 *       only where there are some; 32 and 16: the linears' inputs stay in floating point
 *   <li>{@code bantam.tokenizer}: the SHA-256, in lower-case hexadecimal, of the tokenizer, if there is one
 *   <li>{@code bantam.text}: {@code plain} if the model reads source text as it stands; without it, a model whose
 *   tokenizer has
 *       {@code <s>} and {@code <EOL>} reads PY150's normal form, and any other plain text
 * </ul>
 *
 * <p>Tensors, named as in {@link io.bantam.runtime.format.ModelConfig#shapes}; a linear's weight is [outputs, inputs].
 * A tied embedding, {@code wte.weight}, is stored once and serves the lookup and the vocabulary product. A tensor X
 * that is not in {@code bantam.quantization} is stored as X in F32 or F16. Otherwise there are:
 *
 * <ul>
 *   <li>{@code X.codes}: layout {@code rows}: U8 [rows, bytes per row]; {@code tiles}, {@code quintets} and
 *   {@code triples}: U8
 *       [rows / 64 rounded up, bytes per row, 64]; {@code bytes}: I8 [rows, columns]
 *   <li>{@code X.scales}: F32 or F16 [groups], row by row
 *   <li>{@code X.zeros}: F32 or F16 [groups], for {@code asymmetric} only
 * </ul>
 *
 * <p>For {@code codebooks} (additive quantization) there are:
 *
 * <ul>
 *   <li>{@code X.codes}: U8 [rows, bytes per row]: columns / vector * count codes a row, packed as {@code asymmetric}
 *   ones of
 *       that width
 *   <li>{@code X.codebooks}: F16 [count, 2^bits, vector]
 *   <li>{@code X.scales}: F32 or F16 [rows]
 * </ul>
 *
 * <p>Scales and zeros are F16 where that holds all of them exactly.
 *
 * <p>The weights at columns vector * j to vector * (j + 1) - 1 are the scale of the row times the sum of codewords:
 * code count * j + m of the row picks one from codebook m. Codewords are added in the order of the codebooks.
 *
 * <p>The tokenizer is the U8 tensor {@code tokenizer.json}, the bytes of the Hugging Face file of that name. Its hash
 * is the only one in the file; weights are guarded by their shapes and ranges: scales and zeros must be finite, and
 * tensors exactly those of the config, no more and no fewer.
 *
 * <h2>Bytes of a row of codes</h2>
 *
 * <p>Every row starts at a whole byte; unused bits (and unused ternary digits) of its last byte are 0.
 *
 * <ul>
 *   <li>{@code binary}: column i is bit i mod 8 (0 the lowest) of byte i / 8; 1 is +1, 0 is -1. Weight = scale * code.
 *   <li>{@code ternary}: five columns a byte, the first the lowest digit in base 3: byte = d0 + 3 d1 + 9 d2 + 27 d3 +
 *   81 d4,
 *       digit = code + 1, codes -1, 0, +1. Bytes above 242 are refused. Weight = scale * code.
 *   <li>{@code symmetric} with k bits: a little-endian stream of bits; column i takes the bits i k to i k + k - 1 of
 *   the
 *       row, bit j being bit j mod 8 of byte j / 8. The stored number is code + 2^(k-1), code -2^(k-1) to 2^(k-1) - 1.
 *       Weight = scale * code.
 *   <li>{@code asymmetric} with k bits: the same stream; the stored number is the code, 0 to 2^k - 1. Weight = scale *
 *   code +
 *       zero.
 * </ul>
 *
 * <p>Weights are defined by float32 arithmetic: one multiplication, then one addition.
 *
 * <h2>Layouts of codes</h2>
 *
 * <p>A matrix has the layout that the kernels read, so that its codes are used where they are, in the mapped file:
 *
 * <ul>
 *   <li>{@code tiles} for 1, 2 and 4 bits, unless ternary or in groups that begin within a byte: 64 rows a tile, the
 *   last one filled
 *       up with rows of zero bytes; byte c of row r of tile i is at
 *       {@code (i * bytes per row + c) * 64 + 4 * (r mod 16) + r / 16}
 *   <li>{@code quintets} for ternary codes, unless in groups that are no multiples of 24: tiles too, but a row is
 *   columns / 24 rounded
 *       up times five bytes. Three columns are a number of five bits, n = d0 + 3 d1 + 9 d2, digit = code + 1; numbers
 *       above 26 are refused, and digits behind the last column are 0. Of the eight numbers of five bytes b0 to b4, n0
 *       to n4 are the low five bits of each; n5 has bits 5 to 7 of b0 and, above them, bits 5 and 6 of b1; n6 the same
 *       of b2 and b3; n7 bits 5 to 7 of b4, bit 7 of b1 and bit 7 of b3
 *   <li>{@code triples} for 3 bits, unless in groups that are no multiples of 8: tiles too, but a row is columns / 8
 *   rounded up times three
 *       bytes. Of eight stored numbers s0 to s7, byte b has s(2b) in bits 0 to 2 and s(2b + 1) in bits 3 to 5, and bits
 *       6 and 7 of the three bytes are the six bits of s6 + 8 s7, the lowest two in the first byte
 *   <li>{@code bytes} for 8 bits: row by row, a signed byte a code; of {@code asymmetric} codes the code less 128
 *   <li>{@code rows} for all others: row by row
 * </ul>
 *
 * <p>Where registers are too short for tables of five bits (128 and 256 bits), {@code quintets} are turned into tiles
 * of 2 bits a code in memory.
 *
 * <p>Version 2, which is still read, had neither {@code quintets} nor {@code triples}: such codes were {@code rows}.
 * Version 1, which is still read too, had no {@code layout}: all codes were {@code rows}.
 */
package io.bantam.runtime.format;
