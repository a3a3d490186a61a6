/**
 * The arithmetic of packed inference on plain arrays. Entry: {@link io.bantam.runtime.kernel.Kernels#best}.
 *
 * <p>A newcomer may read the classes in this order:
 *
 * <ol>
 *   <li>{@link io.bantam.runtime.kernel.CodeForm}: the bit formats of codes of 1 to 4 bits, such as INT4 and
 *       TERNARY_5IN3
 *   <li>{@link io.bantam.runtime.kernel.WeightMatrix} and its four classes {@link
 *       io.bantam.runtime.kernel.FloatWeights}, {@link io.bantam.runtime.kernel.ByteWeights}, {@link
 *       io.bantam.runtime.kernel.TiledWeights} and {@link io.bantam.runtime.kernel.StreamedWeights}: weights in the
 *       form that the loops read; {@link io.bantam.runtime.kernel.GroupScales}: what their codes stand for
 *   <li>{@link io.bantam.runtime.kernel.Kernels}: the few loops that take the time; {@link
 *       io.bantam.runtime.kernel.ScalarKernels}: their definition in plain Java
 *   <li>{@link io.bantam.runtime.kernel.VectorKernels}: the same with {@code jdk.incubator.vector}, by the classes
 *       below, and {@code Registers}, which all of these use
 *   <li>products of floats: {@code RowProducts} with one token, {@code PanelProducts} with several
 *   <li>products of tiles with 8-bit codes, {@link io.bantam.runtime.kernel.TileProduct}: {@code Lut4} first, the
 *       lookup tables of four bits, then what {@code Lut6} and {@code Lut5} do otherwise, and {@code Int4Products},
 *       which multiplies; {@code ScaledSums} makes outputs of all their sums
 *   <li>{@code TileUnpacking}: tiles as floats, for several tokens; {@code RoundedBytes}: where only the largest output
 *       is wanted
 *   <li>what lies between products: {@code Norms}, {@code ActivationFunctions}, {@code CodeRounding}, {@code
 *       Reductions}
 * </ol>
 *
 * <h2>Which product</h2>
 *
 * <p>Codes of 1 to 3 bits are multiplied with codes of 8 bits by lookup tables (LUTs), those of 4 bits by
 * multiplication in 16-bit lanes. Both give whole numbers, added up in int32, and equal the plain definition bit for
 * bit. Where several tokens make it faster, tiles are turned into floats once for all of them. A linear chooses among
 * these once for few and for many tokens: {@link io.bantam.runtime.kernel.Kernels#tileProduct} and {@link
 * io.bantam.runtime.kernel.Kernels#unpacksFrom}.
 *
 * <p>Other products are of floats, in panels where there are several tokens: up to {@code width} tokens side by side,
 * {@code panel[feature * width + token]}. One vector register then holds one feature of neighbouring tokens, a weight
 * is one scalar for all of them, and no sum across a register is needed. Everywhere else the features of a token lie
 * side by side.
 *
 * <h2>What the compiler makes of it</h2>
 *
 * <p>On x86, Java 25: a byte shuffle ({@code selectFrom}) of 16 bytes is one instruction, of 64 with AVX-512 VBMI too,
 * of 32 with AVX2 several; {@code BIT_COUNT} is one with AVX-512; there is no access to VNNI or to products of bytes.
 * Vectors must not be handed from method to method where the compiler may not inline, and the {@code part} of a {@code
 * convertShape} should be a constant where it is called: objects are made otherwise.
 *
 * <p>{@code KernelsBenchmark} measures the loops with JMH, from the project's folder, with JMH's options in {@code
 * jmh.args}:
 *
 * <pre>./mvnw -Pjmh -pl runtime test-compile exec:exec -Djmh.args="product -p kernels=vector"</pre>
 *
 * <p>May depend on {@code io.bantam.runtime.format} and the JDK.
 */
package io.bantam.runtime.kernel;
