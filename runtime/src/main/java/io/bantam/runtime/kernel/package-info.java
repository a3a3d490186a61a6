/**
 * The arithmetic of packed inference on plain arrays.
 *
 * <p>{@link io.bantam.runtime.kernel.Kernels} lists the few loops that take the time, {@link
 * io.bantam.runtime.kernel.ScalarKernels} defines them, {@link io.bantam.runtime.kernel.VectorKernels} does the same through
 * {@code jdk.incubator.vector}, and {@link io.bantam.runtime.kernel.Kernels#best} chooses. {@link
 * io.bantam.runtime.kernel.WeightMatrix} holds weights in the form that the loops read.
 *
 * <p>Codes of 1 to 3 bits are multiplied with codes of 8 bits by table look-up, {@code Lut4}, those of 4 bits by
 * multiplication in 16-bit lanes, {@code Int4Products}: a whole number each,
 * added up in int32, and equal to the plain definition bit for bit. Where several tokens make it faster, {@code TileUnpacking} turns such
 * codes into floats once for all of them. Other products are of floats, in panels where there are several
 * tokens: up to {@code width} tokens side by side, {@code panel[feature * width + token]}. One vector register then holds one
 * feature of neighbouring tokens, a weight is one scalar for all of them, and no sum across a register is needed. Everywhere else
 * the features of a token lie side by side.
 *
 * <p>Where only the largest of many outputs is wanted, {@code RoundedBytes} multiplies bytes with an input of seven to eight bits in
 * 16-bit lanes, to find the few rows that come into question.
 *
 * <p>What the compiler of Java 25 makes of the Vector API on x86: a byte shuffle ({@code selectFrom}) of 16 bytes is one
 * instruction, of 64 with AVX-512 VBMI too, of 32 with AVX2 several; {@code BIT_COUNT} is one with AVX-512; there is no access to
 * VNNI or to products of bytes.
 * Vectors must not be handed from method to method where the compiler may not inline, and the {@code part} of a {@code
 * convertShape} should be a constant where it is called: objects are made otherwise.
 *
 * <p>{@code KernelsBenchmark} measures the loops with JMH, from the project's folder, with JMH's options in {@code jmh.args}:
 *
 * <pre>./mvnw -Pjmh -pl runtime test-compile exec:exec -Djmh.args="product -p kernels=vector"</pre>
 *
 * <p>May depend on {@code io.bantam.runtime.format} and the JDK.
 */
package io.bantam.runtime.kernel;
